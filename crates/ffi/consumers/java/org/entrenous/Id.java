package org.entrenous;

import java.util.Arrays;

/** Bytes that name something, and are as many as they must be: C reads that many, whatever it is given. */
abstract class Id {
    private final byte[] bytes;

    Id(byte[] bytes, int len) {
        this.bytes = exactly(bytes, len).clone();
    }

    /** {@code bytes}, if they are {@code len}. */
    static byte[] exactly(byte[] bytes, int len) {
        if (bytes.length != len) {
            throw new IllegalArgumentException(bytes.length + " bytes instead of " + len);
        }
        return bytes;
    }

    public final byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public final boolean equals(Object other) {
        return other != null && getClass() == other.getClass() && Arrays.equals(bytes, ((Id) other).bytes);
    }

    @Override
    public final int hashCode() {
        return Arrays.hashCode(bytes);
    }
}
