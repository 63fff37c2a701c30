"""The worked examples of layouts and of agreement, and the longest messages (WIRE-60)."""

from . import agreement, controls, device_list, linking, list_proof, protobuf, wire
from .examples_form import FRAME, HEADER, filled
from .hashes import handshake_hash


def _layouts():
    yield "header", wire.write_header(HEADER), "aa" * 32 + "0000000500000003040102030405060708"
    yield ("frame", wire.write_frame(FRAME, "padme"),
           "00" + "000000000001" + "09" * 8 + "626f6e6a6f7572" + "80" + "00" * 41)
    hashed = wire.message_hash(filled(1), filled(2), FRAME.kind, FRAME.sent_ms, FRAME.nonce, FRAME.content)
    yield "message id", hashed[:16], "5116870ea603064af621aacf1cccad9b"
    for length, padded in ((64, 64), (65, 72), (1000, 1024), (1000000, 1015808)):
        yield "{} bytes padded".format(length), wire.padded_length("padme", length), padded
    entry = device_list.Entry(1, 1, filled(0xAA), filled(0xBB), filled(0xCC, 64))
    body = device_list.Body(filled(0x11), 2, [filled(0x22)], 3, 93, [entry])
    yield ("device list body", device_list.write_body(body),
           "01" + "11" * 32 + "0000000201" + "22" * 32 + "00" * 32 + "000000030000005d01"
           + "0100000001" + "aa" * 32 + "bb" * 32 + "cc" * 64 + "00" * 133)


def _agreement():
    yield "hs", handshake_hash(b"\1\2\3"), "e051b09fa0b82e418583fd041b854d3d69385f4ed4ab67801a430648be88c6bf"
    yield "resumption id", agreement.resumption_id(filled(8)), "23c7efbac9ab2896"
    secrets = agreement.Secrets(filled(1), filled(2), filled(3), None, None, filled(5))
    for name, rs, expected in (
        ("fresh", None, ["a81b8ad912d860a49f74ee8be6f2fc603d8696111e557a8d619d6a17d5a1be9c",
                         "e0e98f4eaedb960288f6d3a03afcd01826bdba8254aacdcbb8ebd32bfa358a22",
                         "1ddcef135bf95da03720a3372535cf47a669d3e5e80e66b9b60a14db4a115276",
                         "f17243f694627999fcf46183ea81f8cf693164610657c777f333fa1553dd0f61"]),
        ("continued", filled(8), ["cb709f893b6353cfd5be2006902fdfdb6376a78fed06c84d35ac711bafd615ed",
                                  "8b5dfd4333373a9f7e404dab289bb16288b00dbc7fe557627346a4be0c99b270",
                                  "d6b18415f1daf613a1b79e564148c03c194ee9407dc67c70aec198f9e5356c0e",
                                  "8cb674bf5771c0278330761012411f0df8329f8aa6680498d194cb254f79bfaa"]),
    ):
        _, *keys = agreement.key_schedule(secrets, filled(6), rs)
        yield "PRK, RK, HK_A, HK_B, " + name, keys, expected


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


CHAPTERS = ("wire.md", "agreement.md")
PARTS = (_layouts, _agreement, _lengths)
