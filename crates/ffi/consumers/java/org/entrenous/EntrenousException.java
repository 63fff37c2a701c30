package org.entrenous;

/**
 * A call that has not gone well. It has changed nothing, unless the header says so.
 *
 * <p>Unchecked, since few callers can do more than to look at {@link #fault}. Who receives envelopes catches it: anybody can
 * send what is refused.
 */
public final class EntrenousException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int code;

    private EntrenousException(int code) {
        super(CApi.C.entrenous_result_text(code) + " (" + code + ")");
        this.code = code;
    }

    static void check(int result) {
        if (result != 0) {
            throw new EntrenousException(result);
        }
    }

    /** A number of {@code entrenous_result}. */
    public int code() {
        return code;
    }

    /** What it means, in a few English words; for a log. */
    public String text() {
        return CApi.C.entrenous_result_text(code);
    }

    /** Who can do something about it. */
    public Fault fault() {
        return Numbered.of(Fault.class, CApi.C.entrenous_result_fault(code), Fault.LIBRARY);
    }
}
