package org.entrenous;

import static org.entrenous.CApi.C;
import static org.entrenous.EntrenousException.check;

import com.sun.jna.Pointer;
import java.util.concurrent.atomic.AtomicReference;

/** An object of the library's. It is freed once; used afterwards it throws, since the library tells NULL from a handle. */
abstract class Handle implements AutoCloseable {
    private final AtomicReference<Pointer> pointer;

    Handle(Pointer pointer) {
        this.pointer = new AtomicReference<>(pointer);
    }

    final Pointer pointer() {
        return pointer.get();
    }

    @Override
    public final void close() {
        check(C.entrenous_free(pointer.getAndSet(null)));
    }
}
