package org.entrenous;

import com.sun.jna.IntegerType;
import com.sun.jna.Native;
import com.sun.jna.ptr.ByReference;

/** C's {@code size_t}: as wide as a pointer. Public, since JNA makes values of both classes. */
public final class SizeT extends IntegerType {
    private static final long serialVersionUID = 1;

    public SizeT() {
        this(0);
    }

    SizeT(long value) {
        super(Native.SIZE_T_SIZE, value, true);
    }

    /** A place for an output. */
    public static final class Out extends ByReference {
        public Out() {
            super(Native.SIZE_T_SIZE);
        }

        /** What was written. All that this library gives fits an {@code int}. */
        int get() {
            var at = getPointer();
            return Math.toIntExact(Native.SIZE_T_SIZE == 8 ? at.getLong(0) : at.getInt(0));
        }
    }
}
