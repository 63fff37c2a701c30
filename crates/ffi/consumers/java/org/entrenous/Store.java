package org.entrenous;

import static org.entrenous.CApi.C;
import static org.entrenous.EntrenousException.check;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.ByteByReference;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;

/** Where a client lives. Closing it doesn't hurt a client that uses it. */
public final class Store extends Handle {
    private Store(PointerByReference store) {
        super(store.getValue());
    }

    /**
     * Opens the store in one SQLite file, and makes the file and its folder if they aren't there.
     *
     * @param busyMs how long an operation waits for another process
     * @param maxBytes the most that the file may take; 0: whatever the disk holds
     */
    public static Store sqlite(String path, int busyMs, long maxBytes) {
        var utf8 = path.getBytes(StandardCharsets.UTF_8);
        var store = new PointerByReference();
        check(C.entrenous_store_sqlite(utf8, new SizeT(utf8.length), busyMs, maxBytes, store));
        return new Store(store);
    }

    /** Makes a store in memory, for tests. */
    public static Store memory() {
        var store = new PointerByReference();
        check(C.entrenous_store_memory(store));
        return new Store(store);
    }

    /** Draws a key, to be kept in the platform's key store. Who has it and the store has everything. */
    public static byte[] keyGenerate() {
        var key = new byte[CApi.STORE_KEY_LEN];
        check(C.entrenous_store_key_generate(key));
        return key;
    }

    /** Whether the store's key is under a passphrase in it. */
    public boolean isLocked() {
        var locked = new ByteByReference();
        check(C.entrenous_store_is_locked(pointer(), locked));
        return locked.getValue() != 0;
    }

    /** Draws a key and keeps it in the store, under a passphrase. Takes about a second, as {@link #unlock} does. */
    public byte[] lock(byte[] passphrase) {
        var key = new byte[CApi.STORE_KEY_LEN];
        check(C.entrenous_store_lock(pointer(), passphrase, new SizeT(passphrase.length), Pointer.NULL, key));
        return key;
    }

    /** Gives the key of a store that has a lock. */
    public byte[] unlock(byte[] passphrase) {
        var key = new byte[CApi.STORE_KEY_LEN];
        check(C.entrenous_store_unlock(pointer(), passphrase, new SizeT(passphrase.length), key));
        return key;
    }
}
