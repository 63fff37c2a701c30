"""The worked examples of accounts, texts, short strings and linking."""

from . import device_list, ed25519, linking, short_string, text
from .device_list import account_id
from .examples_form import COUNTED, filled
from .hashes import H


def _shown(transcript):
    names = " ".join(short_string.NAMES[i] for i in short_string.emoji(transcript))
    return "{}; {}".format(names, short_string.decimals(transcript))


def _account():
    yield "account id", account_id(COUNTED), "814f3292aff4448aa74a8cb50446df9b5df0d109091736ac4c34bdaf865ec3dc"


def _lists():
    yield ("list's hash", device_list.link_hash([], H(b"abc")),
           "d342443809d37c53e16225f0d375708645f1f8288355b4ada59722caaed24cc6")
    yield ("link's hash", device_list.link_hash([filled(0x22)], filled(0x33)),
           "36051e4dd9b0dda936a6a15c5c0e3549117de1be9c895a740a3cfb77ff199e1d")


def _texts():
    yield ("recovery code", text.write_text(text.RECOVERY_CODE, COUNTED),
           "EN1R-000G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-C5RR-34D1-P70X-3RFT-CYK9-WW")
    payload = text.card_payload(ed25519.public_key(filled(1)), 7, filled(0x22))
    yield ("card", text.write_text(text.CARD, payload),
           "EN1C-HA4E-7QBM-17RS-BZAJ-VCPK-SEJX-EB56-E2DZ-3PA1-46ZK-EJ40-3D0F-DXE0-0000-0WH2-48H2-48H2-48H2-48H2-"
           "48H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2-47JK-ZH9G")


def _short_string():
    hashed = bytes(17 * i % 251 for i in range(32))
    yield "short string", _shown(hashed), "anchor apple bee gift camera robot cherries; 1841 6763 2388"


def _comparison():
    yield "the lower account", account_id(filled(0x11)) < account_id(filled(0x22)), True
    view = short_string.view_of(filled(0x11), filled(0x22), filled(0x33), filled(0x44), filled(0x55))
    yield "view", view, "27f39b95c98f2dd4924170d46d2f50a9c6faf41708820231c3015edecb39c051"
    asked, ask = short_string.ask(view)
    committed, commit = short_string.commit(view, ask, filled(0x66, 16), filled(0x77))
    yield "commitment", short_string.read(commit).value, (
        "f26d6abd6b8997c29b17b1c9255da9b78025a52e08973c340b1ce5851cb9e61a")
    answered, answer = short_string.answer(asked.view, commit, filled(0x88))
    lower, reveal = short_string.reveal(committed, answer)
    higher = short_string.conclude(answered, reveal)
    yield "both ends", lower, higher
    yield "transcript", lower.transcript, "0ed293e37af92c10f3e776d802fc39f0bbd02e86187fac63933b20a72b6f4849"
    yield "shown", _shown(lower.transcript), "banana mushroom cactus compass snail shoe magnet; 7409 7174 7824"


def _linking():
    nonce, request = filled(0x44), b"abc"
    code = linking.Code(filled(0x11, 16), filled(0x22), filled(0x33), linking.commitment(nonce))
    yield "link commitment", code.commitment, "d30ab17a31e58639d96a18d6182f2e5babe06405ee9a71e2858e8ac27a6c45e4"
    written = text.write_text(text.LINK_CODE, linking.code_payload(code))
    yield "code", written, (
        "EN1D-248H-248H-248H-248H-248H-248H-24H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2-48H2"
        "-48H2-4CSK-6CSK-6CSK-6CSK-6CSK-6CSK-6CSK-6CSK-6CSK-6CSK-6CSK-6CSK-6CSK-TC5B-2YHH"
        "-WP33-KPBA-33B1-GBSE-BENY-0S05-XTD7-3RM5-HT5C-4YKC-8QJE-N7CZ-Z8")
    yield "code that is read", linking.read_code_payload(text.read_text(text.LINK_CODE, written)), code
    yield "code hash", linking.code_hash(code), "5b2fb35890d2e7a17e502c55fa341e2a65b05a5526212a902e5be5b245eb40c6"
    hashed = linking.request_hash(code, request)
    yield "request hash", hashed, "227f56fc2d50f76abe00d99569f71a8a14e53f544091e3ca69f0f53fd60ef368"
    transcript = linking.transcript(hashed, nonce)
    yield "link transcript", transcript, "1d9689a544f49c2820d9102f047500f4c5fa58635a02a03fba5789b6c6b4ef2f"
    yield "link shown", _shown(transcript), "book dolphin door bus lemon corn compass; 8732 8419 0452"
    box = linking.seal(code, linking.REVEAL, hashed, filled(0x55, 12), nonce)
    yield "reveal", box, (
        "0102555555555555555555555555f746d2f538013a255a58e2b818b32ab2be057e07231a9e77fea2"
        "a95b0a5a3a0126b993520295b1d6299379e4cd26f6420b")
    yield "reveal that is taken", linking.take_reveal(code, request, box), nonce.hex()


CHAPTERS = ("identity.md",)
PARTS = (_account, _lists, _texts, _short_string, _comparison, _linking)
