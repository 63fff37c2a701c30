"""The operation of identity.json on linking a device."""

from . import agreement, device_list, ed25519, linking, short_string, text
from .errors import FormError
from .form import members, octets, positive32
from .linking import APPROVAL, REQUEST, REVEAL


def _entry(device, account):
    members(device, "device_id", "signing_seed", "agreement_secret")
    return device_list.make_entry(positive32(device["device_id"]), account, octets(device["signing_seed"], 32),
                                  octets(device["agreement_secret"], 32))


def _prekey(encoded, kind, account, entry):
    """The bytes of a prekey, which the device has signed for the account: IDENTITY-82, AGREE-1."""
    prekey = agreement.read_prekey(encoded)
    if not ed25519.verify(entry.signing_key, prekey.signature, agreement.prekey_message(prekey, kind, account, entry)):
        raise FormError("a prekey of kind {} is signed for something else".format(kind))
    return encoded


def _approved_list(before, account_seed, entry, day):
    """The list that follows, with the new device: IDENTITY-19, 87."""
    body = before.body._replace(
        epoch=before.body.epoch + 1, parents=[device_list.list_hash(before)], issued_day=day,
        expires_day=device_list.add_days(day, device_list.LIFETIME_DAYS),
        entries=sorted(before.body.entries + [entry], key=lambda listed: listed.device_id))
    return device_list.write_signed(body, account_seed)


def linking_run(inputs, comparison):
    members(inputs, "account_seed", "account_list", "rendezvous", "secret", "nonce", "device", "signed_prekey",
            "one_time_prekey", "request_nonce", "request_box_nonce", "reveal_box_nonce", "approval_box_nonce",
            "approved_list")
    account_seed = octets(inputs["account_seed"], 32)
    account_key = ed25519.public_key(account_seed)
    account = device_list.account_id(account_key)
    before = device_list.parse(octets(inputs["account_list"]))
    device_list.verify_signature(before)
    if before.body.account_key != account_key:
        raise FormError("the list is of another account")

    # the primary makes a code, the new device reads it
    nonce = octets(inputs["nonce"], 32)
    code = linking.Code(octets(inputs["rendezvous"], 16), octets(inputs["secret"], 32), account,
                        linking.commitment(nonce))
    payload = linking.code_payload(code)
    code_text = text.write_text(text.LINK_CODE, payload)
    scanned = linking.read_code_payload(text.read_text(text.LINK_CODE, code_text))

    # the new device's request
    entry = _entry(inputs["device"], scanned.account)
    prekeys = [_prekey(octets(inputs[name]), kind, scanned.account, entry)
               for name, kind in (("signed_prekey", agreement.SIGNED), ("one_time_prekey", agreement.ONE_TIME))]
    request = linking.write_request(scanned, entry, octets(inputs["device"]["signing_seed"], 32),
                                    octets(inputs["request_nonce"], 32), *prekeys)
    code_hash = linking.code_hash(scanned)
    request_box = linking.seal(scanned, REQUEST, code_hash, octets(inputs["request_box_nonce"], 12), request)

    # the primary's reveal
    taken = linking.take_request(code, account_key, request_box)
    request_hash = linking.request_hash(code, taken.encoded)
    transcript = linking.transcript(request_hash, nonce)
    reveal_box = linking.seal(code, REVEAL, request_hash, octets(inputs["reveal_box_nonce"], 12), nonce)

    # the new device's string is the primary's
    revealed = linking.take_reveal(scanned, request, reveal_box)
    if linking.transcript(linking.request_hash(scanned, request), revealed) != transcript:
        raise FormError("the two ends come to different strings")

    # the approval
    approved_bytes = octets(inputs["approved_list"])
    approved = device_list.parse(approved_bytes)
    comparison.compare("inputs.approved_list",
                       _approved_list(before, account_seed, taken.entry, approved.body.issued_day),
                       inputs["approved_list"])
    linking.check_approved(code, taken.entry, approved)
    approval_box = linking.seal(code, APPROVAL, transcript, octets(inputs["approval_box_nonce"], 12), approved_bytes)
    if linking.take_approval(scanned, entry, transcript, approval_box, approved.body.issued_day) != approved:
        raise FormError("the new device takes another list than the primary approved")

    intermediate = {
        "payload": payload, "commitment": code.commitment, "code_hash": code_hash, "request": request,
        "signed": linking.signed_bytes(scanned, taken.values), "request_hash": request_hash, "transcript": transcript,
        "request_key": linking.box_key(code, REQUEST, code_hash),
        "reveal_key": linking.box_key(code, REVEAL, request_hash),
        "approval_key": linking.box_key(code, APPROVAL, transcript),
    }
    return intermediate, {"code_text": code_text, "request_box": request_box, "reveal_box": reveal_box,
                          "approval_box": approval_box, "emoji": short_string.emoji(transcript),
                          "decimals": short_string.decimals(transcript)}


OPERATIONS = {
    "linking run": linking_run,
}
