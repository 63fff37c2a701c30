package org.entrenous;

import java.util.List;

/**
 * What a directory gets.
 *
 * @param number to be named when the directory has it
 * @param replaces whether the directory drops the one-time bundles that it has of this device
 * @param bundles each to be handed out once
 * @param lastResort for when those have run out
 */
public record Upload(long number, boolean replaces, List<byte[]> bundles, byte[] lastResort) {
    /** For {@code left}: the directory does not say how many it has. */
    public static final int LEFT_UNKNOWN = -1;
}
