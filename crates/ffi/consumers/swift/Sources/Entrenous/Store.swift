import CEntrenous

/// The key of a store: who has it and the store has everything.
public struct StoreKey {
    public let bytes: [UInt8]

    /// Of bytes that were kept in the platform's key store.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Int(ENTRENOUS_STORE_KEY_LEN) else { return nil }
        self.bytes = bytes
    }

    init(writtenBy call: (UnsafeMutablePointer<UInt8>) -> Int32) throws {
        bytes = try written(Int(ENTRENOUS_STORE_KEY_LEN), by: call)
    }

    /// Draws one, to be kept in the platform's key store.
    public static func generate() throws -> StoreKey {
        try StoreKey(writtenBy: { entrenous_store_key_generate($0) })
    }
}

/// Where a client lives. A client that uses it keeps it open.
public final class Store: Handle {
    /// Opens the store in one SQLite file, and makes the file and its folder if they aren't there.
    ///
    /// `busyMs`: how long an operation waits for another process. `maxBytes`: the most that the file may take; 0: whatever
    /// the disk holds.
    public static func sqlite(path: String, busyMs: UInt32 = 5_000, maxBytes: UInt64 = 0) throws -> Store {
        Store(try newHandle { entrenous_store_sqlite(path, path.utf8.count, busyMs, maxBytes, $0) })
    }

    /// Makes a store in memory, for tests.
    public static func memory() throws -> Store {
        Store(try newHandle { entrenous_store_memory($0) })
    }

    /// Whether the store's key is under a passphrase in it.
    public func isLocked() throws -> Bool {
        var locked = false
        try check(entrenous_store_is_locked(pointer, &locked))
        return locked
    }

    /// Draws a key and keeps it in the store, under a passphrase. Takes about a second, as `unlock` does.
    public func lock(passphrase: [UInt8]) throws -> StoreKey {
        try StoreKey(writtenBy: { key in
            withChars(passphrase) { entrenous_store_lock(pointer, $0, passphrase.count, nil, key) }
        })
    }

    /// Gives the key of a store that has a lock.
    public func unlock(passphrase: [UInt8]) throws -> StoreKey {
        try StoreKey(writtenBy: { key in
            withChars(passphrase) { entrenous_store_unlock(pointer, $0, passphrase.count, key) }
        })
    }
}

/// Bytes as characters of C, which a passphrase is made of.
private func withChars(_ bytes: [UInt8], _ call: (UnsafePointer<CChar>?) -> Int32) -> Int32 {
    bytes.withUnsafeBufferPointer { $0.withMemoryRebound(to: CChar.self) { call($0.baseAddress) } }
}
