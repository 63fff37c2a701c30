package org.entrenous;

/** A group's id. */
public final class GroupId extends Id {
    public GroupId(byte[] bytes) {
        super(bytes, CApi.GROUP_LEN);
    }
}
