package org.entrenous;

/**
 * An envelope for the transport.
 *
 * @param number by which it is handed over; null for what is ephemeral
 * @param id of the application's message in it; null if there is none
 * @param to the device that it goes to; null if it goes into a mailbox
 * @param rendezvous the mailbox of a linking; null if it goes to a device
 */
public record Envelope(Long number, MessageId id, Address to, byte[] rendezvous, byte[] bytes) {
    static Envelope of(CApi.Envelope c) {
        boolean toDevice = c.to_rendezvous == 0;
        return new Envelope(
                c.has_number == 0 ? null : c.number,
                c.has_id == 0 ? null : new MessageId(c.id),
                toDevice ? Address.of(c.to) : null,
                toDevice ? null : c.rendezvous,
                c.bytes.copy());
    }
}
