"""Both ends of an agreement, driven live from raw keys: accounts, devices, bundles, and the sessions they begin."""

from collections import namedtuple

from . import agreement, device_list, ed25519, protobuf, wire
from .agreement import FRESH, Device, PrekeySecrets
from .errors import refuse_unless
from .session import Session

PREKEY_DAYS = 90  # AGREE-22

# A device that owns its account: the device, what it signs with, and its list as it was signed.
Own = namedtuple("Own", "device account_id signing_seed signed_list")


def new_own(draw, day):
    """A new account with one device."""
    account_seed = draw(32)
    account_key = ed25519.public_key(account_seed)
    account = device_list.account_id(account_key)
    device_id = int.from_bytes(draw(8)[4:], "big")
    refuse_unless(device_id != 0, "random", "Random", "PRIM-10")
    signing_seed, agreement_secret = draw(32), draw(32)
    entry = device_list.make_entry(device_id, account, signing_seed, agreement_secret)
    expires_day = device_list.add_days(day, device_list.LIFETIME_DAYS)
    first_list = device_list.write_signed(device_list.Body(account_key, 1, [], day, expires_day, [entry]), account_seed)
    device = Device(account_key, device_id, entry.signing_key, entry.agreement_key, agreement_secret)
    return Own(device, account, signing_seed, first_list)


def new_prekey(draw, kind, prekey_id, day):
    curve_secret, kem_seed = draw(32), draw(64)
    return PrekeySecrets(kind, prekey_id, curve_secret, kem_seed, day, device_list.add_days(day, PREKEY_DAYS))


def publish(own, signed_prekey, one_time_prekey):
    """A bundle. The prekeys are PrekeySecrets; there may be no one-time prekey."""
    return agreement.write_bundle(own.signed_list, own.account_id, own.device, own.signing_seed, signed_prekey,
                                  one_time_prekey)


def begin(own, encoded_bundle, peer_account, counter, today, draw, salts):
    """The initiator's session with the device of a bundle, which is verified first. Its first message can be sealed."""
    agreement.refuse_itself(own.device, peer_account, who_publishes(encoded_bundle)[1])
    bundle = agreement.read_bundle(encoded_bundle, peer_account, today)
    ephemeral_secret, randomness = draw(32), draw(32)
    agreed = agreement.initiate(own.device, own.signed_list, bundle, FRESH, None, counter, ephemeral_secret, randomness,
                                today)
    return Session.initiate(agreed.T, agreed.hs, agreed.RK, agreed.HK_A, agreed.HK_B, agreed.handshake,
                            bundle.signed_prekey.curve_key, salts)


def one_time_prekey_of(message):
    """The id of the one-time prekey that a prekey message's handshake names, or None."""
    return protobuf.decode(protobuf.HANDSHAKE, wire.read_envelope(message).handshake)["one_time_prekey_id"]


def answer(own, message, signed_prekey, one_time_prekey, today, salts):
    """The responder's session for a prekey message. Nothing of it counts before a message has opened in it."""
    encoded = wire.read_envelope(message).handshake
    agreed = agreement.respond(encoded, None, own.device, device_list.parse(own.signed_list), signed_prekey,
                               one_time_prekey, None, today)
    return Session.respond(agreed.T, agreed.hs, agreed.RK, agreed.HK_A, agreed.HK_B, signed_prekey.curve_secret, salts)


def who_publishes(encoded_bundle):
    """Account id and device id that a bundle is of, by its own word."""
    values = protobuf.decode(protobuf.BUNDLE, encoded_bundle)
    return device_list.account_id(device_list.parse(values["device_list"]).body.account_key), values["device_id"]
