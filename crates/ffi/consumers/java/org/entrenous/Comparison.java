package org.entrenous;

import static org.entrenous.CApi.C;
import static org.entrenous.EntrenousException.check;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;

/** The safety number of two accounts, to be shown. */
public final class Comparison extends Handle {
    Comparison(Pointer comparison) {
        super(comparison);
    }

    /** Sixty digits in groups of five. */
    public String digits() {
        var digits = new byte[CApi.DIGITS_LEN];
        check(C.entrenous_comparison_digits(pointer(), digits));
        return Native.toString(digits, StandardCharsets.US_ASCII);
    }
}
