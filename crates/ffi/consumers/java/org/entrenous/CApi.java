package org.entrenous;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.ptr.ByteByReference;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.util.Map;

/**
 * What this binding uses of {@code entrenous.h}, by its names. Handles are pointers that are never followed; a C
 * {@code bool} is a byte, since JNA's boolean has four.
 */
interface CApi extends Library {
    /** {@code ENTRENOUS_VERSION_NUMBER} of the header that this was written from. */
    int VERSION_NUMBER = 1_000;

    int ACCOUNT_LEN = 32;
    int GROUP_LEN = 32;
    int MESSAGE_ID_LEN = 16;
    int STORE_KEY_LEN = 32;
    int DIGITS_LEN = 72;
    int RENDEZVOUS_LEN = 16;

    CApi C = load();

    private static CApi load() {
        CApi library = Native.load("entrenous", CApi.class, Map.of(OPTION_STRING_ENCODING, "UTF-8"));
        if (library.entrenous_is_compatible(VERSION_NUMBER) == 0) {
            throw new UnsatisfiedLinkError("entrenous " + library.entrenous_version() + " is not what this binding is for");
        }
        return library;
    }

    // library
    String entrenous_version();
    int entrenous_is_compatible(int headerVersionNumber);
    String entrenous_result_text(int result);
    int entrenous_result_fault(int result);
    int entrenous_free(Pointer handle);
    int entrenous_count(Pointer list, SizeT.Out count);
    int entrenous_buffer_read(Pointer buffer, PointerByReference data, SizeT.Out len);

    // store
    int entrenous_store_key_generate(byte[] key);
    int entrenous_store_memory(PointerByReference store);
    int entrenous_store_sqlite(byte[] path, SizeT pathLen, int busyMs, long maxBytes, PointerByReference store);
    int entrenous_store_is_locked(Pointer store, ByteByReference locked);
    int entrenous_store_lock(Pointer store, byte[] passphrase, SizeT passphraseLen, Pointer cost, byte[] key);
    int entrenous_store_unlock(Pointer store, byte[] passphrase, SizeT passphraseLen, byte[] key);

    // client
    int entrenous_client_create(
            Pointer store, byte[] key, Pointer environment, PointerByReference client, PointerByReference recovery);
    int entrenous_client_open(Pointer store, byte[] key, Pointer environment, PointerByReference client);
    int entrenous_client_address(Pointer client, Address address);

    // directory
    int entrenous_client_publish_prekeys(Pointer client, int left, PointerByReference upload);
    int entrenous_upload_read(Pointer upload, PointerByReference info);
    int entrenous_upload_at(Pointer upload, SizeT index, PointerByReference bundle);
    int entrenous_client_prekeys_published(Pointer client, long number);
    int entrenous_client_start_session(
            Pointer client, byte[] account, byte[] bundle, SizeT bundleLen, int replace, int acceptStale, Address with);

    // messages
    int entrenous_client_send(
            Pointer client, byte[] account, byte[] content, SizeT contentLen, Pointer options, byte[] id, Pointer unreached);
    int entrenous_client_receive(
            Pointer client, Address from, byte[] envelope, SizeT envelopeLen, PointerByReference items);
    int entrenous_client_inbox(Pointer client, long from, PointerByReference items);
    int entrenous_items_at(Pointer items, SizeT index, PointerByReference item);
    int entrenous_client_acknowledge(Pointer client, long[] numbers, SizeT count);
    int entrenous_client_outbox(Pointer client, long from, PointerByReference envelopes);
    int entrenous_envelopes_at(Pointer envelopes, SizeT index, PointerByReference envelope);
    int entrenous_client_handed_over(Pointer client, long[] numbers, SizeT count);

    // groups
    int entrenous_client_create_group(Pointer client, byte[] title, SizeT titleLen, byte[] group);
    int entrenous_client_set_member(Pointer client, byte[] group, byte[] account, int role);
    int entrenous_client_send_to_group(
            Pointer client, byte[] group, byte[] content, SizeT contentLen, Pointer options, byte[] id, Pointer unreached);

    // contacts
    int entrenous_client_contacts(Pointer client, int strangers, byte[] after, PointerByReference contacts);
    int entrenous_contacts_at(Pointer contacts, SizeT index, PointerByReference contact);
    int entrenous_client_safety_number(Pointer client, byte[] account, PointerByReference comparison);
    int entrenous_comparison_digits(Pointer comparison, byte[] digits);
    int entrenous_client_verify_by_number(Pointer client, Pointer comparison, int same, IntByReference compared);
    int entrenous_client_own_card(Pointer client, PointerByReference card);
    int entrenous_client_add_card(Pointer client, byte[] card, SizeT cardLen, Card seen);

    @FieldOrder({"account", "device"})
    class Address extends Structure {
        public byte[] account = new byte[ACCOUNT_LEN];
        public int device;
    }

    @FieldOrder({"data", "len"})
    class Bytes extends Structure {
        public Pointer data;
        public SizeT len;

        byte[] copy() {
            return data == null ? new byte[0] : data.getByteArray(0, len.intValue());
        }
    }

    @FieldOrder({"state", "proof", "verified_ms", "replaces"})
    class Trust extends Structure {
        public int state;
        public int proof;
        public long verified_ms;
        public byte[] replaces = new byte[ACCOUNT_LEN];
    }

    @FieldOrder({"account", "trust"})
    class Contact extends Structure {
        public byte[] account = new byte[ACCOUNT_LEN];
        public Trust trust;
    }

    @FieldOrder({"account", "list", "verified"})
    class Card extends Structure {
        public byte[] account = new byte[ACCOUNT_LEN];
        public int list;
        public byte verified;
    }

    @FieldOrder({"number", "replaces", "last_resort"})
    class UploadInfo extends Structure {
        public long number;
        public byte replaces;
        public Bytes last_resort;
    }

    @FieldOrder({"number", "has_number", "to_rendezvous", "has_id", "id", "to", "rendezvous", "bytes"})
    class Envelope extends Structure {
        public long number;
        public byte has_number;
        public byte to_rendezvous;
        public byte has_id;
        public byte[] id = new byte[MESSAGE_ID_LEN];
        public Address to;
        public byte[] rendezvous = new byte[RENDEZVOUS_LEN];
        public Bytes bytes;
    }

    @FieldOrder({
        "number", "has_number", "one_time_prekey", "from_removed", "readable_by_removed", "event", "change", "role", "proof",
        "ended", "count", "who", "other", "conversation", "group", "id", "sent_ms", "expires_ms", "post_quantum_epoch",
        "content", "title", "trust", "security"
    })
    class Item extends Structure {
        public long number;
        public byte has_number;
        public byte one_time_prekey;
        public byte from_removed;
        public byte readable_by_removed;
        public int event;
        public int change;
        public int role;
        public int proof;
        public int ended;
        public int count;
        public Address who;
        public Address other;
        public byte[] conversation = new byte[ACCOUNT_LEN];
        public byte[] group = new byte[GROUP_LEN];
        public byte[] id = new byte[MESSAGE_ID_LEN];
        public long sent_ms;
        public long expires_ms;
        public long post_quantum_epoch;
        public Bytes content;
        public Pointer title;
        public Trust trust;
        public Pointer security;
    }
}
