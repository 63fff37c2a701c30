"""Linking a device: the code, the request, the boxes and what both ends check (IDENTITY-80 to 88, WIRE-120 to 122)."""

from collections import namedtuple

from . import aes_gcm, device_list, ed25519, protobuf
from .errors import malformed_unless, refuse_unless
from .fixed import Reader, be
from .hashes import H, expand, label
from .protobuf import PREKEY, Message, bytes_field, message_field

LINK_CODE = label("link code")
LINK_NONCE = label("link nonce")
LINK_SIGNATURE = label("link signature")
LINK_REQUEST_LABEL = label("link request")
LINK_TRANSCRIPT = label("link transcript")
LINK_BOX = label("link box")
VERSION = 1
REQUEST, REVEAL, APPROVAL = 1, 2, 3
SEALED_LENGTHS = {REQUEST: 3615, REVEAL: 33, APPROVAL: 2309}  # WIRE-120, without the tag

LINK_REQUEST = Message("LinkRequest", "WIRE-122", 3614, (
    bytes_field(1, "entry", device_list.SLOT_LENGTH),
    bytes_field(2, "nonce", 32),
    message_field(3, "signed_prekey", PREKEY),
    message_field(4, "one_time_prekey", PREKEY),
    bytes_field(5, "signature", 64),
))

Code = namedtuple("Code", "rendezvous secret account commitment")
# A request that passed: its bytes, the Entry, and the bytes of the entry and of both prekeys in `values`.
Request = namedtuple("Request", "encoded entry values")

_well_formed = malformed_unless("encoding")


def commitment(nonce):  # IDENTITY-80
    return H(LINK_NONCE, nonce)


def code_payload(code):  # IDENTITY-80
    return b"".join(code)


def read_code_payload(payload):
    return Code(payload[:16], payload[16:48], payload[48:80], payload[80:])


def code_hash(code):  # IDENTITY-82
    return H(LINK_CODE, code_payload(code))


def request_hash(code, request):  # IDENTITY-85
    return H(LINK_REQUEST_LABEL, code_hash(code), request)


def transcript(hashed_request, nonce):  # IDENTITY-85
    return H(LINK_TRANSCRIPT, hashed_request, nonce)


def box_key(code, step, context):  # IDENTITY-83
    return expand(code.secret, LINK_BOX + be(step, 1) + context, 32)


def _associated_data(code, step, context):  # IDENTITY-83
    return b"".join((LINK_BOX, be(VERSION, 1), be(step, 1), code.rendezvous, context))


def seal(code, step, context, nonce, content):
    padded = (content + b"\x80").ljust(SEALED_LENGTHS[step], b"\0")  # IDENTITY-84
    sealed = aes_gcm.seal(box_key(code, step, context), nonce, _associated_data(code, step, context), padded)
    return be(VERSION, 1) + be(step, 1) + nonce + sealed  # WIRE-120


def open_box(code, step, context, box):
    """The content of the box of a step."""
    _well_formed(len(box) == 14 + SEALED_LENGTHS[step] + aes_gcm.TAG_LENGTH, "WIRE-120", "WIRE-121")
    reader = Reader(box, "encoding")
    _well_formed(reader.take_number(1) == VERSION, "WIRE-121")
    _well_formed(reader.take_number(1) == step, "WIRE-121")
    nonce = reader.take(12)
    padded = aes_gcm.open_box(box_key(code, step, context), nonce, _associated_data(code, step, context),
                              reader.rest())
    refuse_unless(padded is not None, "linking", "NotAuthentic", "IDENTITY-83")
    marked = padded.rstrip(b"\0")
    _well_formed(marked.endswith(b"\x80"), "IDENTITY-84")
    return marked[:-1]


def signed_bytes(code, values):  # IDENTITY-82
    return b"".join((LINK_SIGNATURE, code_hash(code), values["entry"], values["nonce"],
                     H(values["signed_prekey"]), H(values["one_time_prekey"])))


def write_request(code, entry, signing_seed, nonce, signed_prekey, one_time_prekey):  # IDENTITY-82
    """A LinkRequest. The prekeys are encoded."""
    values = {"entry": device_list.write_entry(entry), "nonce": nonce, "signed_prekey": signed_prekey,
              "one_time_prekey": one_time_prekey}
    signature = ed25519.sign(signing_seed, signed_bytes(code, values))
    return protobuf.encode(LINK_REQUEST, dict(values, signature=signature))


def take_request(code, account_key, box):
    """What the primary accepts for its code: a Request."""
    encoded = open_box(code, REQUEST, code_hash(code), box)
    values = protobuf.decode(LINK_REQUEST, encoded)
    entry = device_list.read_entry(Reader(values["entry"], "encoding"), "encoding")
    # IDENTITY-82: the entry, then the signature
    device_list.verify_entry(entry, account_key)
    holds = ed25519.verify(entry.signing_key, values["signature"], signed_bytes(code, values))
    refuse_unless(holds, "linking", "BadSignature", "IDENTITY-82")
    return Request(encoded, entry, values)


def take_reveal(code, request, box):
    """The primary's nonce, as the new device accepts it. `request` is encoded."""
    nonce = open_box(code, REVEAL, request_hash(code, request), box)
    _well_formed(len(nonce) == 32, "IDENTITY-86")
    refuse_unless(commitment(nonce) == code.commitment, "linking", "WrongNonce", "IDENTITY-86")
    return nonce


def check_approved(code, entry, signed_list):  # IDENTITY-88
    account = device_list.account_id(signed_list.body.account_key)
    refuse_unless(account == code.account, "account", "IdentityMismatch", "IDENTITY-88")
    listed = device_list.find_device(signed_list.body, entry.device_id, "IDENTITY-88")
    keys_are_listed = (listed.signing_key, listed.agreement_key) == (entry.signing_key, entry.agreement_key)
    refuse_unless(keys_are_listed, "device list", "UnknownDevice", "IDENTITY-88")


def take_approval(code, entry, transcript_hash, box, today):
    """The list that links the new device, as that accepts it."""
    signed_list = device_list.parse(open_box(code, APPROVAL, transcript_hash, box))
    device_list.verify_signature(signed_list)
    device_list.verify_dates(signed_list.body, today)
    check_approved(code, entry, signed_list)
    device_list.verify_not_expired(signed_list.body, today)  # IDENTITY-88: last
    return signed_list
