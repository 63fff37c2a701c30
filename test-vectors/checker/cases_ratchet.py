"""The operations of ratchet.json."""

from . import boxes, session_record, wire
from .agreement import resumption_id
from .cases_conversation import Drawn, conversation, opened_values, stored
from .errors import Refused
from .form import members, number, number32, octets, optional, time
from .frame_form import read_frame
from .hashes import handshake_hash
from .kdf import chain_step, root_step
from .session import NonceSalts, Session

LAYERS = {}


def root(inputs, comparison):
    members(inputs, "rk", "dh", "es", "e")
    es = optional(octets, inputs["es"], 32)
    step = root_step(octets(inputs["rk"], 32), octets(inputs["dh"], 32), es, number(inputs["e"], 1, 2**64 - 1))
    return ({"prk": step.prk, "info": step.info},
            {"RK": step.RK, "CK": step.CK, "NHK": step.NHK, "RS": step.RS, "resumption_id": resumption_id(step.RS)})


def chain(inputs, comparison):
    members(inputs, "ck")
    ck, mk = chain_step(octets(inputs["ck"], 32))
    return None, {"CK": ck, "MK": mk}


def seal_message(inputs, comparison):
    members(inputs, "hs", "handshake", "mk", "header_key", "hdr", "frame")
    handshake = hs = None
    if inputs["handshake"] is not None:
        handshake = octets(inputs["handshake"])
        hs = handshake_hash(handshake)
    comparison.compare("inputs.hs", hs, inputs["hs"])
    sealed = boxes.seal(boxes.prefix(hs), octets(inputs["mk"], 32), octets(inputs["header_key"], 32),
                        octets(inputs["hdr"], 49), octets(inputs["frame"]))
    message_type = wire.RATCHET_MESSAGE if handshake is None else wire.PREKEY_MESSAGE
    envelope = wire.Envelope(message_type, handshake, sealed.sealed_header, sealed.body, sealed.body_tag)
    intermediate = sealed._asdict()
    del intermediate["sealed_header"]
    return intermediate, {"message": wire.write_envelope(envelope)}


def open_one(inputs, comparison):
    members(inputs, "state", "skipped", "day", "message")
    session = Session.load(octets(inputs["state"]), NonceSalts(bytes(8)), map(octets, inputs["skipped"]))
    try:
        _, outputs = opened_values(session, octets(inputs["message"]), number32(inputs["day"]))
    except Refused as refused:
        if refused.layer == "envelope":
            raise Refused("envelope", "Malformed", *refused.rules) from None
        raise
    return None, stored(session, outputs)


def seal_one(inputs, comparison):
    """In a chain that has begun, so that nothing is drawn."""
    members(inputs, "state", "day", "ms", "nonce_base", "frame")
    session = Session.load(octets(inputs["state"]), NonceSalts(octets(inputs["nonce_base"], 8)))
    sealed = session.seal(read_frame(inputs["frame"]), number32(inputs["day"]), time(inputs["ms"]),
                          Drawn(b"").draw)
    return None, {"message": sealed.message, "state": session.record()}


def read_session_record(inputs, comparison):
    members(inputs, "record")
    return None, {"record": session_record.encode_record(session_record.decode_record(octets(inputs["record"])))}


OPERATIONS = {
    "root step": root,
    "chain step": chain,
    "seal message": seal_message,
    "conversation": conversation,
    "open": open_one,
    "seal": seal_one,
    "read session record": read_session_record,
}
