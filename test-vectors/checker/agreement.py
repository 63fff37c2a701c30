"""Prekeys, bundles, handshakes, the transcript and the key schedule."""

from collections import namedtuple

from . import device_list, ed25519, protobuf, x25519
from .errors import refuse_unless
from .fixed import be
from .hashes import PREKEY, RESUMPTION_ID, SESSION, TRANSCRIPT, H, expand, extract, handshake_hash
from .ml_kem import ML_KEM_1024 as KEM

SIGNED, ONE_TIME = 1, 2
FRESH, CONTINUED, RESET = 1, 2, 3

# A device with its secret keys; `account_key` is public.
Device = namedtuple("Device", "account_key device_id signing_key agreement_key agreement_secret")
PrekeySecrets = namedtuple("PrekeySecrets", "kind id curve_secret kem_seed issued_day expires_day")
Prekey = namedtuple("Prekey", "id curve_key kem_key issued_day expires_day signature")
# What an old session gives to the one that continues it.
Continued = namedtuple("Continued", "T RS")
# A bundle that passed all checks. `one_time_prekey` is None when there is none to use.
Bundle = namedtuple("Bundle", "device_list entry signed_prekey one_time_prekey")
# What the transcript has of a side.
Side = namedtuple("Side", "account_key device_id signing_key agreement_key epoch list_hash")
Secrets = namedtuple("Secrets", "dh1 dh2 dh3 dh4 ct ss")
Session = namedtuple("Session", "handshake hs secrets transcript T ikm PRK RK HK_A HK_B")


def prekey_message(prekey, kind, account, entry):  # AGREE-1
    return b"".join((PREKEY, be(1, 1), account, be(entry.device_id, 4), entry.signing_key, entry.agreement_key,
                     be(kind, 1), be(prekey.id, 4), prekey.curve_key, prekey.kem_key,
                     be(prekey.issued_day, 4), be(prekey.expires_day, 4)))


def public_prekey(secrets):  # AGREE-33: without a signature
    return Prekey(secrets.id, x25519.public_key(secrets.curve_secret), KEM.public_key(secrets.kem_seed),
                  secrets.issued_day, secrets.expires_day, None)


def sign_prekey(secrets, account, entry, signing_seed):
    """A Prekey (WIRE-71) of these secrets. Of `entry` the id and the keys are read."""
    prekey = public_prekey(secrets)
    signature = ed25519.sign(signing_seed, prekey_message(prekey, secrets.kind, account, entry))
    return protobuf.encode(protobuf.PREKEY, prekey._replace(signature=signature)._asdict())


def read_prekey(encoded):
    return Prekey(**protobuf.decode(protobuf.PREKEY, encoded))


def _verify_prekey(prekey, kind, account, entry, today):
    # AGREE-3
    refuse_unless(x25519.is_canonical(prekey.curve_key), "encoding", "Malformed", "AGREE-3", "PRIM-4")
    refuse_unless(KEM.is_encapsulation_key(prekey.kem_key), "encoding", "Malformed", "AGREE-3", "PRIM-8")
    # AGREE-2
    holds = ed25519.verify(entry.signing_key, prekey.signature, prekey_message(prekey, kind, account, entry))
    refuse_unless(holds, "prekey", "BadPrekeySignature", "AGREE-1", "AGREE-2")
    # AGREE-4
    refuse_unless(prekey.issued_day <= device_list.add_days(today, 1), "prekey", "FutureDated", "AGREE-4")


def _is_stale(prekey, today):
    return today >= prekey.expires_day


def write_bundle(signed_list, account, entry, signing_seed, signed_prekey, one_time_prekey):
    """A Bundle (WIRE-73). `signed_list` is encoded, the prekeys are PrekeySecrets."""
    one_time = one_time_prekey and sign_prekey(one_time_prekey, account, entry, signing_seed)
    return protobuf.encode(protobuf.BUNDLE, {
        "device_list": signed_list,
        "device_id": entry.device_id,
        "signed_prekey": sign_prekey(signed_prekey, account, entry, signing_seed),
        "one_time_prekey": one_time,
    })


def read_bundle(encoded, expected_account, today):
    """The checks of an initiator, in the order of agreement.md."""
    # 1. the bytes
    values = protobuf.decode(protobuf.BUNDLE, encoded)
    signed_list = device_list.parse(values["device_list"])
    # 2. the list
    device_list.verify_signature(signed_list)
    device_list.verify_dates(signed_list.body, today)
    # 3. the account: AGREE-5
    account = device_list.account_id(signed_list.body.account_key)
    refuse_unless(account == expected_account, "account", "IdentityMismatch", "AGREE-5")
    # 4. the device
    device_list.verify_not_expired(signed_list.body, today)
    entry = device_list.find_device(signed_list.body, values["device_id"])
    device_list.verify_entry(entry, signed_list.body.account_key)
    # 5. the signed prekey
    signed_prekey = read_prekey(values["signed_prekey"])
    _verify_prekey(signed_prekey, SIGNED, account, entry, today)
    refuse_unless(not _is_stale(signed_prekey, today), "prekey", "Stale", "AGREE-6")
    # 6. the one-time prekey
    one_time_prekey = None
    if values["one_time_prekey"] is not None:
        one_time_prekey = read_prekey(values["one_time_prekey"])
        _verify_prekey(one_time_prekey, ONE_TIME, account, entry, today)
        if _is_stale(one_time_prekey, today):  # AGREE-17
            one_time_prekey = None
    return Bundle(signed_list, entry, signed_prekey, one_time_prekey)


def resumption_id(rs):  # RATCHET-51
    return H(RESUMPTION_ID, rs)[:8]


def _side(signed_list, device_id, signing_key, agreement_key):
    return Side(signed_list.body.account_key, device_id, signing_key, agreement_key,
                signed_list.body.epoch, device_list.list_hash(signed_list))


def transcript_input(a, b, signed_prekey, one_time_prekey, ephemeral_key, ct, counter, mode, continued):  # AGREE-10
    def side(s):
        return b"".join((s.account_key, be(s.device_id, 4), s.signing_key, s.agreement_key, be(s.epoch, 4),
                         s.list_hash))

    one_time = bytes(1 + 4 + 32)
    if one_time_prekey:
        one_time = be(1, 1) + be(one_time_prekey.id, 4) + one_time_prekey.curve_key
    old = bytes(32 + 8)
    if continued:
        old = continued.T + resumption_id(continued.RS)
    return b"".join((TRANSCRIPT, be(1, 1), side(a), side(b), be(signed_prekey.id, 4), signed_prekey.curve_key,
                     one_time, (one_time_prekey or signed_prekey).kem_key, ephemeral_key, ct, be(counter, 8),
                     be(mode, 1), old))


def key_schedule(secrets, t, rs):
    """(ikm, PRK, RK, HK_A, HK_B). `rs` is that of a continued session, or None."""
    # AGREE-11, AGREE-31
    ikm = b"".join((b"\xff" * 32, secrets.dh1, secrets.dh2, secrets.dh3, secrets.dh4 or b"", secrets.ss, rs or b""))
    prk = extract(bytes(32), ikm)
    keys = expand(prk, SESSION + t, 96)  # AGREE-12
    return ikm, prk, keys[:32], keys[32:64], keys[64:]


def _session(handshake, secrets, transcript, continued):
    t = H(transcript)
    return Session(handshake, handshake_hash(handshake), secrets, transcript, t,
                   *key_schedule(secrets, t, continued.RS if continued else None))


def refuse_itself(own, expected_account, device_id):  # AGREE-25: before anything of a bundle is verified
    itself = (device_list.account_id(own.account_key), own.device_id) == (expected_account, device_id)
    refuse_unless(not itself, "caller", "ApiMisuse", "AGREE-25")


def initiate(own, own_list_encoded, bundle, mode, continued, counter, ephemeral_secret, kem_randomness, today):
    peer_list, peer, signed_prekey, one_time_prekey = bundle
    refuse_itself(own, device_list.account_id(peer_list.body.account_key), peer.device_id)
    # AGREE-7
    own_list = device_list.parse(own_list_encoded)
    device_list.verify_signature(own_list)
    device_list.verify_not_expired(own_list.body, today)
    device_list.verify_not_expired(peer_list.body, today)
    own_entry = device_list.find_device(own_list.body, own.device_id, "AGREE-7")
    own_keys_are_listed = (own_list.body.account_key, own_entry.signing_key, own_entry.agreement_key) == (
        own.account_key, own.signing_key, own.agreement_key)
    refuse_unless(own_keys_are_listed, "device list", "UnknownDevice", "AGREE-7")
    # AGREE-8
    ct, ss = KEM.encapsulate((one_time_prekey or signed_prekey).kem_key, kem_randomness)
    secrets = Secrets(
        dh1=x25519.agree(own.agreement_secret, signed_prekey.curve_key),
        dh2=x25519.agree(ephemeral_secret, peer.agreement_key),
        dh3=x25519.agree(ephemeral_secret, signed_prekey.curve_key),
        dh4=x25519.agree(ephemeral_secret, one_time_prekey.curve_key) if one_time_prekey else None,
        ct=ct,
        ss=ss,
    )
    ephemeral_key = x25519.public_key(ephemeral_secret)
    handshake = protobuf.encode(protobuf.HANDSHAKE, {
        "device_list": own_list_encoded,
        "device_id": own.device_id,
        "signing_key": own.signing_key,
        "agreement_key": own.agreement_key,
        "recipient_device_id": peer.device_id,
        "recipient_list_epoch": peer_list.body.epoch,
        "counter": counter,
        "mode": mode,
        "resumption_id": resumption_id(continued.RS) if continued else None,  # AGREE-30
        "E_A": ephemeral_key,
        "signed_prekey_id": signed_prekey.id,
        "one_time_prekey_id": one_time_prekey.id if one_time_prekey else None,
        "ct": ct,
    })
    transcript = transcript_input(
        _side(own_list, own.device_id, own.signing_key, own.agreement_key),
        _side(peer_list, peer.device_id, peer.signing_key, peer.agreement_key),
        signed_prekey, one_time_prekey, ephemeral_key, ct, counter, mode, continued)
    return _session(handshake, secrets, transcript, continued)


def respond(handshake, sender, own, own_list, signed_prekey, one_time_prekey, continued, today):
    """The checks of a responder, in the order of agreement.md, from step 2 on.

    `sender` is the hint `from`, (account id, device id), or None where there is no hint to compare with. The prekeys
    are PrekeySecrets.
    """
    # 2. the bytes
    values = protobuf.decode(protobuf.HANDSHAKE, handshake)
    # 3. E_A, and the list's bytes
    refuse_unless(x25519.is_canonical(values["E_A"]), "encoding", "Malformed", "AGREE-3", "PRIM-4")
    peer_list = device_list.parse(values["device_list"])
    # 4. AGREE-21
    if sender is not None:
        claimed = device_list.account_id(peer_list.body.account_key), values["device_id"]
        refuse_unless(claimed == sender, "handshake", "NoSession", "AGREE-21")
    # 5. AGREE-13
    refuse_unless(values["recipient_device_id"] == own.device_id, "handshake", "WrongRecipient", "AGREE-13")
    # 6. the list
    device_list.verify_signature(peer_list)
    device_list.verify_dates(peer_list.body, today)
    device_list.verify_not_expired(peer_list.body, today)
    # 7. AGREE-14
    peer = device_list.find_device(peer_list.body, values["device_id"], "AGREE-14")
    device_list.verify_entry(peer, peer_list.body.account_key)
    keys_are_listed = (peer.signing_key, peer.agreement_key) == (values["signing_key"], values["agreement_key"])
    refuse_unless(keys_are_listed, "device list", "UnknownDevice", "AGREE-14")
    # 9. AGREE-32, AGREE-16
    continued_id = resumption_id(continued.RS) if continued else None
    refuse_unless(values["resumption_id"] == continued_id, "handshake", "WrongKey", "AGREE-32")
    one_time_id = one_time_prekey.id if one_time_prekey else None
    named = values["recipient_list_epoch"], values["signed_prekey_id"], values["one_time_prekey_id"]
    given = own_list.body.epoch, signed_prekey.id, one_time_id
    refuse_unless(named == given, "handshake", "WrongKey", "AGREE-16")
    # 10. AGREE-8
    secrets = Secrets(
        dh1=x25519.agree(signed_prekey.curve_secret, values["agreement_key"]),
        dh2=x25519.agree(own.agreement_secret, values["E_A"]),
        dh3=x25519.agree(signed_prekey.curve_secret, values["E_A"]),
        dh4=x25519.agree(one_time_prekey.curve_secret, values["E_A"]) if one_time_prekey else None,
        ct=values["ct"],
        ss=KEM.decapsulate((one_time_prekey or signed_prekey).kem_seed, values["ct"]),
    )
    transcript = transcript_input(
        _side(peer_list, peer.device_id, peer.signing_key, peer.agreement_key),
        _side(own_list, own.device_id, own.signing_key, own.agreement_key),
        public_prekey(signed_prekey), public_prekey(one_time_prekey) if one_time_prekey else None,
        values["E_A"], values["ct"], values["counter"], values["mode"], continued)
    return _session(handshake, secrets, transcript, continued)
