"""The operations of agreement.json."""

from . import agreement, device_list, ed25519, protobuf, x25519
from .agreement import CONTINUED, FRESH, ONE_TIME, RESET, SIGNED, Continued, Device, PrekeySecrets
from .errors import FormError
from .form import members, number, number32, octets, optional, positive32

# This file names one layer where identity.json names several. The specification names neither.
LAYERS = {
    "device list body": "encoding",
    "device list signature": "device list",
    "device list dates": "device list",
}


def _device(name, inputs, comparison):
    party = inputs[name]
    members(party, "account_seed", "account_key", "account_id", "device_id", "signing_seed", "signing_key",
            "agreement_secret", "agreement_key")
    agreement_secret = octets(party["agreement_secret"], 32)
    device = Device(ed25519.public_key(octets(party["account_seed"], 32)), positive32(party["device_id"]),
                    ed25519.public_key(octets(party["signing_seed"], 32)), x25519.public_key(agreement_secret),
                    agreement_secret)
    public = {"account_key": device.account_key, "account_id": device_list.account_id(device.account_key),
              "signing_key": device.signing_key, "agreement_key": device.agreement_key}
    comparison.compare("inputs." + name, public, {member: party[member] for member in public})
    return device


def _prekey(value, kind):
    members(value, "kind", "id", "curve_secret", "kem_seed", "issued_day", "expires_day")
    if value["kind"] != kind:
        raise FormError("a prekey of kind {} expected".format(kind))
    return PrekeySecrets(kind, positive32(value["id"]), octets(value["curve_secret"], 32),
                         octets(value["kem_seed"], 64), number32(value["issued_day"]), number32(value["expires_day"]))


def _prekeys(inputs):
    return _prekey(inputs["signed_prekey"], SIGNED), optional(_prekey, inputs["one_time_prekey"], ONE_TIME)


def _continued(inputs, comparison):
    value = inputs["continued"]
    if value is None:
        return None
    members(value, "T", "RS", "id")
    continued = Continued(octets(value["T"], 32), octets(value["RS"], 32))
    comparison.compare("inputs.continued.id", agreement.resumption_id(continued.RS), value["id"])
    return continued


def _signed_again(encoded, party):
    """The list of the bytes, with the signatures of account and device made again from the seeds."""
    body = device_list.parse(encoded).body
    signing_seed = octets(party["signing_seed"], 32)
    account = device_list.account_id(body.account_key)
    entries = [device_list.sign_entry(entry, account, signing_seed) if entry.device_id == party["device_id"] else entry
               for entry in body.entries]
    return device_list.write_signed(body._replace(entries=entries), octets(party["account_seed"], 32))


def _bundle_again(encoded, party, device, secrets):
    """The bundle made again from the secret keys; of the list, all but its body comes from the seeds."""
    signed_list = _signed_again(protobuf.decode(protobuf.BUNDLE, encoded)["device_list"], party)
    return agreement.write_bundle(signed_list, device_list.account_id(device.account_key), device,
                                  octets(party["signing_seed"], 32), *secrets)


def handshake(inputs, comparison):
    members(inputs, "initiator", "initiator_list", "responder", "bundle", "signed_prekey", "one_time_prekey", "mode",
            "continued", "counter", "ephemeral_secret", "kem_randomness", "today")
    initiator, responder = _device("initiator", inputs, comparison), _device("responder", inputs, comparison)
    signed_prekey, one_time_prekey = _prekeys(inputs)
    continued = _continued(inputs, comparison)
    mode = number(inputs["mode"], FRESH, RESET)
    if (continued is not None) != (mode == CONTINUED):  # AGREE-30
        raise FormError("`continued` belongs to mode {}".format(CONTINUED))
    today = number32(inputs["today"])
    initiator_list = octets(inputs["initiator_list"])
    comparison.compare("inputs.initiator_list", _signed_again(initiator_list, inputs["initiator"]),
                       inputs["initiator_list"])
    bundle_bytes = octets(inputs["bundle"])
    comparison.compare(
        "inputs.bundle",
        _bundle_again(bundle_bytes, inputs["responder"], responder, (signed_prekey, one_time_prekey)),
        inputs["bundle"])

    bundle = agreement.read_bundle(bundle_bytes, device_list.account_id(responder.account_key), today)
    initiated = agreement.initiate(
        initiator, initiator_list, bundle, mode, continued, number(inputs["counter"], 1, 2**64 - 1),
        octets(inputs["ephemeral_secret"], 32), octets(inputs["kem_randomness"], 32), today)
    sender = device_list.account_id(initiator.account_key), initiator.device_id
    responded = agreement.respond(
        initiated.handshake, sender, responder, bundle.device_list, signed_prekey, one_time_prekey, continued, today)
    if responded != initiated:
        raise FormError("the responder comes to something else than the initiator")

    secrets = initiated.secrets
    intermediate = dict(secrets._asdict(), ikm=initiated.ikm, transcript_input=initiated.transcript)
    outputs = {"handshake": initiated.handshake, "hs": initiated.hs, "T": initiated.T, "RK": initiated.RK,
               "HK_A": initiated.HK_A, "HK_B": initiated.HK_B}
    return intermediate, outputs


def read_bundle(inputs, comparison):
    members(inputs, "bundle", "expected_account", "today")
    bundle = agreement.read_bundle(octets(inputs["bundle"]), octets(inputs["expected_account"], 32),
                                   number32(inputs["today"]))
    account, one_time = device_list.account_id(bundle.device_list.body.account_key), bundle.one_time_prekey
    return None, {"account": account, "device_id": bundle.entry.device_id, "signed_prekey_id": bundle.signed_prekey.id,
                  "one_time_prekey_id": one_time.id if one_time else None}


def read_handshake(inputs, comparison):
    members(inputs, "handshake", "responder", "responder_list", "signed_prekey", "one_time_prekey", "today")
    responder = _device("responder", inputs, comparison)
    signed_prekey, one_time_prekey = _prekeys(inputs)
    responder_list = octets(inputs["responder_list"])
    comparison.compare("inputs.responder_list", _signed_again(responder_list, inputs["responder"]),
                       inputs["responder_list"])
    given = octets(inputs["handshake"])
    session = agreement.respond(given, None, responder, device_list.parse(responder_list), signed_prekey,
                                one_time_prekey, None, number32(inputs["today"]))
    values = protobuf.decode(protobuf.HANDSHAKE, given)
    account_key = device_list.parse(values["device_list"]).body.account_key
    return None, {"account": device_list.account_id(account_key), "device_id": values["device_id"], "T": session.T}


OPERATIONS = {
    "handshake": handshake,
    "read bundle": read_bundle,
    "read handshake": read_handshake,
}
