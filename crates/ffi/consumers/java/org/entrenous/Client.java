package org.entrenous;

import static org.entrenous.CApi.C;
import static org.entrenous.EntrenousException.check;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A device of an account. Threads may share one. */
public final class Client extends Handle {
    private Client(PointerByReference client) {
        super(client.getValue());
    }

    /** A new account's client, and the recovery code that the user writes down. */
    public record Created(Client client, String recovery) {}

    /** Creates an account on an empty store, with this as its first device. */
    public static Created create(Store store, byte[] key) {
        var client = new PointerByReference();
        var recovery = new PointerByReference();
        var exact = Id.exactly(key, CApi.STORE_KEY_LEN);
        check(C.entrenous_client_create(store.pointer(), exact, Pointer.NULL, client, recovery));
        return new Created(new Client(client), Copies.takeText(recovery.getValue()));
    }

    /** Opens the client that a store has. */
    public static Client open(Store store, byte[] key) {
        var client = new PointerByReference();
        var exact = Id.exactly(key, CApi.STORE_KEY_LEN);
        check(C.entrenous_client_open(store.pointer(), exact, Pointer.NULL, client));
        return new Client(client);
    }

    /** The own address: messages for this client go there. */
    public Address address() {
        var address = new CApi.Address();
        check(C.entrenous_client_address(pointer(), address));
        return Address.of(address);
    }

    /**
     * Gives what the directory does not have yet; null when it has everything.
     *
     * @param left how many one-time bundles it has of this device, unsigned, or {@link Upload#LEFT_UNKNOWN}
     */
    public Upload publishPrekeys(int left) {
        var handle = new PointerByReference();
        check(C.entrenous_client_publish_prekeys(pointer(), left, handle));
        var upload = handle.getValue();
        if (upload == null) {
            return null;
        }
        try {
            var at = new PointerByReference();
            check(C.entrenous_upload_read(upload, at));
            var info = Copies.read(CApi.UploadInfo.class, at);
            var bundles = Copies.list(upload, C::entrenous_upload_at, CApi.Bytes.class, CApi.Bytes::copy);
            return new Upload(info.number, info.replaces != 0, bundles, info.last_resort.copy());
        } finally {
            C.entrenous_free(upload);
        }
    }

    /** The directory has an upload. */
    public void prekeysPublished(long number) {
        check(C.entrenous_client_prekeys_published(pointer(), number));
    }

    /** Starts a session with a device of {@code account}, from a bundle that a directory gave. */
    public Address startSession(AccountId account, byte[] bundle) {
        var with = new CApi.Address();
        check(C.entrenous_client_start_session(
                pointer(), account.bytes(), bundle, new SizeT(bundle.length), 0, 0, with));
        return Address.of(with);
    }

    /** Sends a message to every device of an account, and to the own other ones. It is in the outbox then. */
    public MessageId send(AccountId account, byte[] content) {
        var id = new byte[CApi.MESSAGE_ID_LEN];
        var len = new SizeT(content.length);
        check(C.entrenous_client_send(pointer(), account.bytes(), content, len, Pointer.NULL, id, Pointer.NULL));
        return new MessageId(id);
    }

    /** Opens an envelope. What it tells is in the inbox then, but for what is ephemeral. */
    public List<Item> receive(Address from, byte[] envelope) {
        var items = new PointerByReference();
        check(C.entrenous_client_receive(pointer(), from.toC(), envelope, new SizeT(envelope.length), items));
        return items(items);
    }

    /** Gives what is not acknowledged yet, from the number {@code from} on, at most 256 at once. */
    public List<Item> inbox(long from) {
        var items = new PointerByReference();
        check(C.entrenous_client_inbox(pointer(), from, items));
        return items(items);
    }

    /** The application has stored these items: they leave the inbox. */
    public void acknowledge(long... numbers) {
        check(C.entrenous_client_acknowledge(pointer(), numbers, new SizeT(numbers.length)));
    }

    /** Gives what the transport has not taken yet, from the number {@code from} on, at most 256 at once. */
    public List<Envelope> outbox(long from) {
        var envelopes = new PointerByReference();
        check(C.entrenous_client_outbox(pointer(), from, envelopes));
        return Copies.takeList(envelopes.getValue(), C::entrenous_envelopes_at, CApi.Envelope.class, Envelope::of);
    }

    /** The transport has taken these envelopes: they leave the outbox. */
    public void handedOver(long... numbers) {
        check(C.entrenous_client_handed_over(pointer(), numbers, new SizeT(numbers.length)));
    }

    /** Begins a group, with the own account as its one member and first admin. */
    public GroupId createGroup(String title) {
        var utf8 = title.getBytes(StandardCharsets.UTF_8);
        var group = new byte[CApi.GROUP_LEN];
        check(C.entrenous_client_create_group(pointer(), utf8, new SizeT(utf8.length), group));
        return new GroupId(group);
    }

    /** Lets an account into a group, or gives a member another role. */
    public void setMember(GroupId group, AccountId account, Role role) {
        check(C.entrenous_client_set_member(pointer(), group.bytes(), account.bytes(), role.number()));
    }

    /** Sends a message to the devices of all members of a group. It is in the outbox then. */
    public MessageId sendToGroup(GroupId group, byte[] content) {
        var id = new byte[CApi.MESSAGE_ID_LEN];
        var len = new SizeT(content.length);
        check(C.entrenous_client_send_to_group(pointer(), group.bytes(), content, len, Pointer.NULL, id, Pointer.NULL));
        return new MessageId(id);
    }

    /**
     * Gives contacts, ascending by account, at most 256.
     *
     * @param strangers those who have written and nothing more, or the others
     * @param after the last one of the list before; null to begin
     */
    public List<Contact> contacts(boolean strangers, AccountId after) {
        var contacts = new PointerByReference();
        var begin = after == null ? null : after.bytes();
        check(C.entrenous_client_contacts(pointer(), flag(strangers), begin, contacts));
        return Copies.takeList(contacts.getValue(), C::entrenous_contacts_at, CApi.Contact.class, Contact::of);
    }

    /** Gives the number that two people compare over another channel. */
    public Comparison safetyNumber(AccountId account) {
        var comparison = new PointerByReference();
        check(C.entrenous_client_safety_number(pointer(), account.bytes(), comparison));
        return new Comparison(comparison.getValue());
    }

    /** The user has compared the number that was shown with the other side's. */
    public Compared verifyByNumber(Comparison comparison, boolean same) {
        var compared = new IntByReference();
        check(C.entrenous_client_verify_by_number(pointer(), comparison.pointer(), flag(same), compared));
        return Numbered.of(Compared.class, compared.getValue(), Compared.OUTDATED);
    }

    /** Gives the own card's text, to be shown as a QR code or sent. Nothing in it is secret. */
    public String ownCard() {
        var card = new PointerByReference();
        check(C.entrenous_client_own_card(pointer(), card));
        return Copies.takeText(card.getValue());
    }

    /** Takes in a card that came as a text: the account becomes a contact, and nothing is verified. */
    public Card addCard(String card) {
        var utf8 = card.getBytes(StandardCharsets.UTF_8);
        var seen = new CApi.Card();
        check(C.entrenous_client_add_card(pointer(), utf8, new SizeT(utf8.length), seen));
        return Card.of(seen);
    }

    private static List<Item> items(PointerByReference items) {
        return Copies.takeList(items.getValue(), C::entrenous_items_at, CApi.Item.class, Item::of);
    }

    private static int flag(boolean flag) {
        return flag ? 1 : 0;
    }
}
