import CEntrenous

/// Bytes that name something, and are as many as they must be: C reads that many, whatever it is given.
public struct Id<Of: IdKind>: Hashable {
    public let bytes: [UInt8]

    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Of.length else { return nil }
        self.bytes = bytes
    }

    /// Of a C array, which Swift sees as a tuple.
    init<Tuple>(of tuple: Tuple) {
        bytes = withUnsafeBytes(of: tuple) { Array($0) }
        precondition(bytes.count == Of.length)
    }

    init(writtenBy call: (UnsafeMutablePointer<UInt8>) -> Int32) throws {
        bytes = try written(Of.length, by: call)
    }
}

public typealias AccountId = Id<AccountKind>
public typealias GroupId = Id<GroupKind>
public typealias MessageId = Id<MessageKind>

/// What an id is of.
public protocol IdKind {
    static var length: Int { get }
}

public enum AccountKind: IdKind {
    public static var length: Int { Int(ENTRENOUS_ACCOUNT_LEN) }
}

public enum GroupKind: IdKind {
    public static var length: Int { Int(ENTRENOUS_GROUP_LEN) }
}

public enum MessageKind: IdKind {
    public static var length: Int { Int(ENTRENOUS_MESSAGE_ID_LEN) }
}
