package org.entrenous;

import java.nio.charset.StandardCharsets;

/**
 * Something that an application should know of: what a conversation shows of {@code entrenous_item}. Which parts have a
 * meaning depends on the event.
 *
 * @param number by which it is acknowledged; null for what is told once and not in the inbox
 * @param title of a group; null where it is about something else
 */
public record Item(
        Long number,
        Event event,
        Address who,
        Address other,
        AccountId conversation,
        GroupId group,
        MessageId id,
        long sentMs,
        long expiresMs,
        byte[] content,
        String title,
        Trust trust) {
    static Item of(CApi.Item c) {
        return new Item(
                c.has_number == 0 ? null : c.number,
                Numbered.of(Event.class, c.event, Event.UNKNOWN),
                Address.of(c.who),
                Address.of(c.other),
                new AccountId(c.conversation),
                new GroupId(c.group),
                new MessageId(c.id),
                c.sent_ms,
                c.expires_ms,
                c.content.copy(),
                c.title == null ? null : c.title.getString(0, StandardCharsets.UTF_8.name()),
                Trust.of(c.trust));
    }
}
