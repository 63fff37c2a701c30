"""Both ends of an agreement, driven live from raw keys: accounts, devices, bundles, and the sessions they begin."""

from collections import namedtuple

from . import agreement, device_list, ed25519, protobuf, wire, x25519
from .agreement import FRESH, Device, PrekeySecrets
from .errors import refuse_unless
from .session import Session

PREKEY_DAYS = 90  # AGREE-22

# A device that owns its account: what it signs with, what it agrees with, and its list as it was signed.
Own = namedtuple("Own", "device account_id account_seed signing_seed signed_list")


def new_own(draw, day):
    """A new account with one device."""
    account_seed = draw(32)
    account_key = ed25519.public_key(account_seed)
    device_id = int.from_bytes(draw(8)[4:], "big")
    refuse_unless(device_id != 0, "random", "Random", "PRIM-10")
    signing_seed, agreement_secret = draw(32), draw(32)
    device = Device(account_key, device_id, ed25519.public_key(signing_seed), x25519.public_key(agreement_secret),
                    agreement_secret)
    return Own(device, device_list.account_id(account_key), account_seed, signing_seed,
               _sign_list(account_seed, signing_seed, device, day))


def _sign_list(account_seed, signing_seed, device, day):
    """The first list of an account with one device: IDENTITY-2, 5, 13"""
    entry = device_list.Entry(1, device.device_id, device.signing_key, device.agreement_key, None)
    message = device_list.entry_message(entry, device_list.account_id(device.account_key))
    entry = entry._replace(signature=ed25519.sign(signing_seed, message))
    body = device_list.write_body(device_list.Body(
        device.account_key, 1, [], day, device_list.add_days(day, device_list.LIFETIME_DAYS), [entry]))
    return device_list.encode_signed(body, ed25519.sign(account_seed, device_list.list_message(body)))


def new_prekey(draw, kind, prekey_id, day):
    curve_secret, kem_seed = draw(32), draw(64)
    return PrekeySecrets(kind, prekey_id, curve_secret, kem_seed, day, device_list.add_days(day, PREKEY_DAYS))


def publish(own, signed_prekey, one_time_prekey=None):
    """A bundle (WIRE-73). The prekeys are PrekeySecrets."""

    def signed(secrets):
        prekey = agreement.public_prekey(secrets)
        message = agreement.prekey_message(prekey, secrets.kind, own.account_id, own.device)
        return agreement.encode_prekey(prekey._replace(signature=ed25519.sign(own.signing_seed, message)))

    return protobuf.encode(protobuf.BUNDLE, {
        "device_list": own.signed_list,
        "device_id": own.device.device_id,
        "signed_prekey": signed(signed_prekey),
        "one_time_prekey": signed(one_time_prekey) if one_time_prekey else None,
    })


def begin(own, encoded_bundle, peer_account, counter, today, draw, salts, mode=FRESH, continued=None):
    """The initiator's session with the device of a bundle, which is verified first. Its first message can be sealed."""
    agreement.refuse_itself(own.device, peer_account, who_publishes(encoded_bundle)[1])
    bundle = agreement.read_bundle(encoded_bundle, peer_account, today)
    ephemeral_secret, randomness = draw(32), draw(32)
    agreed = agreement.initiate(own.device, own.signed_list, bundle, mode, continued, counter, ephemeral_secret,
                                randomness, today)
    return Session.initiate(agreed.T, agreed.hs, agreed.RK, agreed.HK_A, agreed.HK_B, agreed.handshake,
                            bundle.signed_prekey.curve_key, salts)


def named_by(message):
    """What a prekey message's handshake names, to be looked up: the ids of the prekeys and of the continued secret."""
    values = protobuf.decode(protobuf.HANDSHAKE, wire.read_envelope(message).handshake)
    return values["signed_prekey_id"], values["one_time_prekey_id"], values["resumption_id"]


def answer(own, message, sender, signed_prekey, one_time_prekey, today, salts, continued=None):
    """The responder's session for a prekey message. Nothing of it counts before a message has opened in it.

    `sender` is (account id, device id), or None where there is no hint.
    """
    encoded = wire.read_envelope(message).handshake
    agreed = agreement.respond(encoded, sender, own.device, device_list.parse(own.signed_list), signed_prekey,
                               one_time_prekey, continued, today)
    return Session.respond(agreed.T, agreed.hs, agreed.RK, agreed.HK_A, agreed.HK_B, signed_prekey.curve_secret, salts)


def who_publishes(encoded_bundle):
    """Account id and device id that a bundle is of, by its own word."""
    values = protobuf.decode(protobuf.BUNDLE, encoded_bundle)
    return device_list.account_id(device_list.parse(values["device_list"]).body.account_key), values["device_id"]
