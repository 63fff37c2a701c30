"""The operations of identity.json."""

from . import cases_linking, cases_short_string, device_list, ed25519, text
from .device_list import LIFETIME_DAYS, Body
from .errors import FormError
from .form import members, number32, octets, positive32
from .hashes import H

LAYERS = {}


def account_id(inputs, comparison):
    members(inputs, "account_seed")
    account_key = ed25519.public_key(octets(inputs["account_seed"], 32))
    return {"account_key": account_key}, {"account_id": device_list.account_id(account_key)}


def _entry(device, account):
    members(device, "device_id", "signing_seed", "agreement_secret", "entry_signature")
    return device_list.make_entry(positive32(device["device_id"]), account, octets(device["signing_seed"], 32),
                                  octets(device["agreement_secret"], 32))


def signed_device_list(inputs, comparison):
    members(inputs, "account_seed", "devices", "epoch", "parents", "issued_day", "expires_day", "today")
    account_seed = octets(inputs["account_seed"], 32)
    account_key = ed25519.public_key(account_seed)
    issued_day, today = number32(inputs["issued_day"]), number32(inputs["today"])
    comparison.compare("inputs.expires_day", device_list.add_days(issued_day, LIFETIME_DAYS),
                       inputs["expires_day"])  # IDENTITY-13
    entries = [_entry(device, device_list.account_id(account_key)) for device in inputs["devices"]]
    for i, entry in enumerate(entries):
        comparison.compare("inputs.devices[{}].entry_signature".format(i), entry.signature,
                           inputs["devices"][i]["entry_signature"])
    body = Body(account_key, positive32(inputs["epoch"]),
                sorted(octets(parent, 32) for parent in inputs["parents"]),
                issued_day, number32(inputs["expires_day"]),
                sorted(entries, key=lambda entry: entry.device_id))  # WIRE-56
    encoded = device_list.write_signed(body, account_seed)
    # as a receiver
    signed_list = _read_device_list(encoded, today)
    device_list.verify_not_expired(signed_list.body, today)
    for entry in signed_list.body.entries:
        device_list.verify_entry(entry, account_key)
    if signed_list.body != body:
        raise FormError("the list isn't read as what was written")
    return ({"body": signed_list.body_bytes, "body_hash": H(signed_list.body_bytes)},
            {"signature": signed_list.signature, "signed_list": encoded, "hash": device_list.list_hash(signed_list)})


def _read_device_list(encoded, today):
    signed_list = device_list.parse(encoded)
    device_list.verify_signature(signed_list)
    device_list.verify_dates(signed_list.body, today)
    return signed_list


def read_device_list(inputs, comparison):
    members(inputs, "signed_list", "today")
    _read_device_list(octets(inputs["signed_list"]), number32(inputs["today"]))
    return None, None


def card(inputs, comparison):
    members(inputs, "signed_list")
    signed_list = device_list.parse(octets(inputs["signed_list"]))
    device_list.verify_signature(signed_list)
    body, list_hash = signed_list.body, device_list.list_hash(signed_list)
    payload = text.card_payload(body.account_key, body.epoch, list_hash)
    return ({"account_key": body.account_key, "epoch": body.epoch, "list_hash": list_hash},
            {"text": _written(text.CARD, payload)})


def recovery_code(inputs, comparison):
    members(inputs, "account_seed")
    return None, {"text": _written(text.RECOVERY_CODE, octets(inputs["account_seed"], 32))}  # IDENTITY-90


def _written(kind, payload):
    written = text.write_text(kind, payload)
    if text.read_text(kind, written) != payload:
        raise FormError("the text isn't read as what was written")
    return written


def read_recovery_code(inputs, comparison):
    members(inputs, "text")
    text.read_text(text.RECOVERY_CODE, inputs["text"])
    return None, None


def safety_number(inputs, comparison):
    members(inputs, "account_keys")
    account_keys = [octets(key, 32) for key in inputs["account_keys"]]
    if len(account_keys) != 2 or not all(map(ed25519.is_canonical, account_keys)):
        raise FormError("two account keys expected")
    return None, {"text": text.safety_number(account_keys)}


OPERATIONS = {
    "account id": account_id,
    "device list": signed_device_list,
    "read device list": read_device_list,
    "card": card,
    "recovery code": recovery_code,
    "read recovery code": read_recovery_code,
    "safety number": safety_number,
    **cases_short_string.OPERATIONS,
    **cases_linking.OPERATIONS,
}
