"""The examples of short strings and linking, and WIRE-60: python -m checker.self_check_people, from above."""

from . import controls, linking, list_proof, protobuf, short_string, text
from .device_list import account_id


def _filled(value, length=32):
    return bytes([value]) * length


def _shown(transcript):
    names = " ".join(short_string.NAMES[i] for i in short_string.emoji(transcript))
    return "{}; {}".format(names, short_string.decimals(transcript))


def _short_string():
    hashed = bytes(17 * i % 251 for i in range(32))
    yield "short string", _shown(hashed), "anchor apple bee gift camera robot cherries; 1841 6763 2388"


def _comparison():
    yield "the lower account", account_id(_filled(0x11)) < account_id(_filled(0x22)), True
    view = short_string.view_of(_filled(0x11), _filled(0x22), _filled(0x33), _filled(0x44), _filled(0x55))
    yield "view", view.hex(), "27f39b95c98f2dd4924170d46d2f50a9c6faf41708820231c3015edecb39c051"
    asked, ask = short_string.ask(view)
    committed, commit = short_string.commit(view, ask, _filled(0x66, 16), _filled(0x77))
    yield "commitment", short_string.read(commit).value.hex(), (
        "f26d6abd6b8997c29b17b1c9255da9b78025a52e08973c340b1ce5851cb9e61a")
    answered, answer = short_string.answer(asked.view, commit, _filled(0x88))
    lower, reveal = short_string.reveal(committed, answer)
    higher = short_string.conclude(answered, reveal)
    yield "both ends", lower, higher
    yield "transcript", lower.transcript.hex(), "0ed293e37af92c10f3e776d802fc39f0bbd02e86187fac63933b20a72b6f4849"
    yield "shown", _shown(lower.transcript), "banana mushroom cactus compass snail shoe magnet; 7409 7174 7824"


def _linking():
    nonce, request = _filled(0x44), b"abc"
    code = linking.Code(_filled(0x11, 16), _filled(0x22), _filled(0x33), linking.commitment(nonce))
    yield "link commitment", code.commitment.hex(), "d30ab17a31e58639d96a18d6182f2e5babe06405ee9a71e2858e8ac27a6c45e4"
    written = text.write_text(text.LINK_CODE, linking.code_payload(code))
    yield "code", written, (
        "EN1D-248H-248H-248H-248H-248H-248H-24H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2"
        "-48H2-4CSK-6CSK-6CSK-6CSK-6CSK-6CSK-6CSK-6CSK-6CSK-6CSK-6CSK-6CSK-6CSK-TC5B-2YHH"
        "-WP33-KPBA-33B1-GBSE-BENY-0S05-XTD7-3RM5-HT5C-4YKC-8QJE-N7CZ-Z8")
    yield "code that is read", linking.read_code_payload(text.read_text(text.LINK_CODE, written)), code
    yield "code hash", linking.code_hash(code).hex(), "5b2fb35890d2e7a17e502c55fa341e2a65b05a5526212a902e5be5b245eb40c6"
    hashed = linking.request_hash(code, request)
    yield "request hash", hashed.hex(), "227f56fc2d50f76abe00d99569f71a8a14e53f544091e3ca69f0f53fd60ef368"
    transcript = linking.transcript(hashed, nonce)
    yield "link transcript", transcript.hex(), "1d9689a544f49c2820d9102f047500f4c5fa58635a02a03fba5789b6c6b4ef2f"
    yield "link shown", _shown(transcript), "book dolphin door bus lemon corn compass; 8732 8419 0452"
    box = linking.seal(code, linking.REVEAL, hashed, _filled(0x55, 12), nonce)
    yield "reveal", box.hex(), (
        "0102555555555555555555555555f746d2f538013a255a58e2b818b32ab2be057e07231a9e77fea2"
        "a95b0a5a3a0126b993520295b1d6299379e4cd26f6420b")
    yield "reveal that is taken", linking.take_reveal(code, request, box), nonce


def _longest(message):
    """The sum of what the bounds of the fields allow, each with its key and length (WIRE-60)."""
    total = 0
    for field in message.fields:
        high = _longest(field.message) if field.message else field.high
        once = message._replace(fields=(field._replace(most=None, absent=None),))
        longest = protobuf.encode(once, {field.name: bytes(high) if field.type == "bytes" else high})
        total += len(longest) * (field.most or 1)
    return total


def _lengths():
    for message in (protobuf.SIGNED_DEVICE_LIST, protobuf.PREKEY, protobuf.BUNDLE, protobuf.HANDSHAKE,
                    list_proof.LIST_LINK, list_proof.LIST_PROOF, controls.CONTROL, linking.LINK_REQUEST):
        yield message.name, _longest(message), message.max_length


def run():
    """The names of the examples that come out otherwise."""
    parts = (_short_string, _comparison, _linking, _lengths)
    return [name for part in parts for name, derived, expected in part() if derived != expected]


if __name__ == "__main__":
    wrong = run()
    print("examples that differ: {}".format(", ".join(wrong) or "none"))
    raise SystemExit(bool(wrong))
