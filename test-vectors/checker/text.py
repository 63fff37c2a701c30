"""What people compare and copy: safety numbers and text forms."""

from .device_list import account_id
from .errors import refuse_unless
from .fixed import be
from .hashes import SAFETY_NUMBER, TEXT_CHECK, H

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CARD, LINK_CODE, RECOVERY_CODE = "C", "D", "R"
PAYLOAD_LENGTHS = {CARD: 68, LINK_CODE: 112, RECOVERY_CODE: 32}
CHECK_LENGTH = 4
# IDENTITY-62: lower case for upper case, O for 0, I and L for 1
READ_AS = str.maketrans("abcdefghijklmnopqrstuvwxyzOIL", "ABCDEFGH1JK1MN0PQRSTUVWXYZ011")


def fingerprint(account_key):  # IDENTITY-9
    h = H(SAFETY_NUMBER, account_id(account_key), account_key)
    for _ in range(5200):
        h = H(h, account_key)
    return h


def safety_number(account_keys):  # IDENTITY-10, IDENTITY-11
    groups = []
    for account_key in sorted(account_keys, key=account_id):
        digits = fingerprint(account_key)
        for i in range(0, 30, 5):
            groups.append("{:05}".format(int.from_bytes(digits[i : i + 5], "big") % 100000))
    return " ".join(groups)


def _check(kind, payload):  # IDENTITY-61
    return H(TEXT_CHECK, kind.encode("ascii"), payload)[:CHECK_LENGTH]


def _symbol_count(length):
    return -(-length * 8 // 5)


def write_text(kind, payload):  # IDENTITY-60
    data = payload + _check(kind, payload)
    count = _symbol_count(len(data))
    bits = int.from_bytes(data, "big") << (count * 5 - len(data) * 8)
    symbols = "".join(ALPHABET[bits >> 5 * i & 31] for i in reversed(range(count)))
    return "-".join(["EN1" + kind] + [symbols[i : i + 4] for i in range(0, count, 4)])


def _is_left_out(c):  # IDENTITY-62: U+001C to U+001F are white space to Python, and haven't the property White_Space
    return c.isspace() and not "\x1c" <= c <= "\x1f" or c == "-" or "\u2010" <= c <= "\u2015"


def _normalized(text):  # IDENTITY-62
    return "".join(c for c in text if not _is_left_out(c)).translate(READ_AS)


def read_text(kind, text):
    """The payload."""
    text = _normalized(text)
    # IDENTITY-63
    refuse_unless(text.startswith("EN"), "text", "Foreign", "IDENTITY-63")
    refuse_unless(text[2:3] == "1", "text", "Version", "IDENTITY-63")
    refuse_unless(text[3:4] in PAYLOAD_LENGTHS, "text", "Foreign", "IDENTITY-63")
    refuse_unless(text[3] == kind, "text", "OtherKind", "IDENTITY-63")
    symbols = text[4:]
    length = PAYLOAD_LENGTHS[kind] + CHECK_LENGTH
    count = _symbol_count(length)
    refuse_unless(all(c in ALPHABET for c in symbols[:count]), "text", "Character", "IDENTITY-63")
    refuse_unless(len(symbols) == count, "text", "Length", "IDENTITY-63")
    # IDENTITY-61
    bits = 0
    for c in symbols:
        bits = bits << 5 | ALPHABET.index(c)
    unused = len(symbols) * 5 - length * 8
    data = (bits >> unused).to_bytes(length, "big")
    payload, check = data[:-CHECK_LENGTH], data[-CHECK_LENGTH:]
    unused_are_zero = bits & ((1 << unused) - 1) == 0
    refuse_unless(unused_are_zero and check == _check(kind, payload), "text", "Typo", "IDENTITY-61")
    return payload


def card_payload(account_key, epoch, list_hash):  # IDENTITY-64
    return account_key + be(epoch, 4) + list_hash
