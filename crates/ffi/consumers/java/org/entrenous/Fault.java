package org.entrenous;

/** Who can do something about a result. */
public enum Fault implements Numbered {
    /** All has gone well. */
    NONE(0),
    /** Nobody: the same may do later. */
    PASSING(1),
    /** The user, who has something to do or to decide. */
    USER(2),
    /** Whoever has made, carried or changed the bytes. */
    OTHER(3),
    /** The application has asked for what can't be. */
    APPLICATION(4),
    /** The store, or whoever has changed what lies there. */
    STORE(5),
    /** The library. */
    LIBRARY(6);

    private final int number;

    Fault(int number) {
        this.number = number;
    }

    @Override
    public int number() {
        return number;
    }
}
