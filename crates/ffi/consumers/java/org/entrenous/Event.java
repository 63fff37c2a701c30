package org.entrenous;

/** What an item is about, as the header says of {@code entrenous_event}. */
public enum Event implements Numbered {
    UNKNOWN(0),
    MESSAGE(1),
    EPHEMERAL(2),
    GROUP_MESSAGE(3),
    EXPIRED(4),
    SESSION_STARTED(10),
    SESSION_RESET(11),
    NEW_SESSION_NEEDED(12),
    UNSUPPORTED(13),
    MALFORMED_FRAME(14),
    CLONE_SUSPECTED(15),
    POST_QUANTUM_EPOCH(16),
    POST_QUANTUM_STALLED(17),
    KEYS_LOST(18),
    NOT_SENT(19),
    DEVICE_ADDED(30),
    DEVICE_REMOVED(31),
    OWN_DEVICE_ADDED(32),
    OWN_DEVICE_REMOVED(33),
    REMOVED_FROM_ACCOUNT(34),
    CONTACTS_RECEIVED(35),
    DEVICE_LIST_FORKED(36),
    DEVICE_LIST_STALE(37),
    IDENTITY_CHANGED(40),
    TRUST_LOST(41),
    LIST_WITHHELD(42),
    CARD_CONTRADICTS(43),
    COMPARISON_FAILED(44),
    TRUST_DECIDED(45),
    SHORT_STRING_ASKED(50),
    SHORT_STRING_READY(51),
    SHORT_STRING_ENDED(52),
    MANY_SHORT_STRINGS(53),
    GROUP_INVITED(60),
    GROUP_JOINED(61),
    GROUP_LEFT(62),
    GROUP_CHANGED(63),
    GROUP_EQUIVOCATION(64),
    STORE_RESTORED(70),
    DAMAGED(71),
    ENVELOPE_DAMAGED(72);

    private final int number;

    Event(int number) {
        this.number = number;
    }

    @Override
    public int number() {
        return number;
    }
}
