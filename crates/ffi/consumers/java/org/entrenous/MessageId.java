package org.entrenous;

/** A message's id. */
public final class MessageId extends Id {
    public MessageId(byte[] bytes) {
        super(bytes, CApi.MESSAGE_ID_LEN);
    }
}
