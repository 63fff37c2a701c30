"""The operations of identity.json on short strings."""

from . import device_list, short_string
from .errors import FormError
from .form import members, octets


def _list(encoded):
    signed_list = device_list.parse(octets(encoded))
    device_list.verify_signature(signed_list)
    return signed_list


def short_string_run(inputs, comparison):
    members(inputs, "lower_list", "higher_list", "T", "run", "lower_nonce", "higher_nonce")
    lower_list, higher_list = _list(inputs["lower_list"]), _list(inputs["higher_list"])
    ids = [device_list.account_id(signed_list.body.account_key) for signed_list in (lower_list, higher_list)]
    if ids[0] > ids[1]:
        raise FormError("the lower account's list isn't the first")
    t = octets(inputs["T"], 32)
    # each end computes the view of its own
    lower_view, higher_view = (short_string.view(own, other, t) for own, other in (
        (lower_list, higher_list), (higher_list, lower_list)))
    committed, commit = short_string.commit(lower_view, None, octets(inputs["run"], 16),
                                            octets(inputs["lower_nonce"], 32))
    answered, answer = short_string.answer(higher_view, commit, octets(inputs["higher_nonce"], 32))
    lower, reveal = short_string.reveal(committed, answer)
    if short_string.conclude(answered, reveal) != lower:
        raise FormError("the two ends come to different strings")
    return ({"view": lower_view, "commitment": answered.commitment, "transcript": lower.transcript},
            {"commit": commit, "answer": answer, "reveal": reveal, "emoji": short_string.emoji(lower.transcript),
             "decimals": short_string.decimals(lower.transcript)})


def read_short_string_message(inputs, comparison):
    members(inputs, "message")
    short_string.read(octets(inputs["message"]))
    return None, None


OPERATIONS = {
    "short string run": short_string_run,
    "read short string message": read_short_string_message,
}
