"""A script of both ends of a session: an operation of ratchet.json and of pq-ratchet.json."""

from . import x25519
from .errors import FormError, Refused
from .form import flag, members, number, number32, octets, time
from .frame_form import read_frame
from .hashes import H, handshake_hash
from .session import NonceSalts, Session
from .session_locate import CloneEvidence


class Drawn:
    """The bytes that a sealing consumes, all of them and in their order."""

    def __init__(self, data):
        self._left = data

    def draw(self, length):
        if len(self._left) < length:
            raise FormError("{} bytes are drawn, and {} are left".format(length, len(self._left)))
        drawn, self._left = self._left[:length], self._left[length:]
        return drawn

    def end(self):
        if self._left:
            raise FormError("{} bytes are not drawn".format(len(self._left)))


def root_step(root):
    if root is None:
        return None
    return {"dh": root.dh, "es": root.es, "mix": int(root.es is not None), "e": root.e, "rk": root.RK, "ck": root.CK,
            "nhk": root.NHK, "rs": root.RS}


def opened_values(session, message, day):
    """(intermediate, outputs) of an opening; raises Refused."""
    opened = session.open(message, day)
    if isinstance(opened, CloneEvidence):
        return None, {"result": "clone evidence", "evidence": opened.evidence}
    ended = opened.ended_epoch
    return {"place": opened.place, "root_step": root_step(opened.root_step), "mk": opened.message_key}, {
        "result": "opened",
        "content": opened.frame and opened.frame.content,
        "malformed": opened.frame is None,
        "new_chain": opened.new_chain,
        "clone_suspected": opened.clone_suspected,
        "lost_keys": opened.lost_keys,
        "ended_epoch": None if ended is None else {"epoch": ended[0], "mixed": ended[1]},
    }


def stored(session, outputs):
    return dict(outputs, state=session.record(), skipped=session.skipped_records())


def _seal(session, step, made):
    members(step, "who", "do", "day", "ms", "frame", "drawn", "drop")
    drawn = Drawn(octets(step["drawn"]))
    sealed = session.seal(read_frame(step["frame"]), number32(step["day"]), time(step["ms"]), drawn.draw,
                          commit=not flag(step["drop"]))
    drawn.end()
    made.append(sealed.message)
    intermediate = {"ratchet_secret": sealed.state.sending.ratchet_secret,
                    "ratchet_public": sealed.state.sending.ratchet_key,
                    "root_step": root_step(sealed.root_step), "mk": sealed.message_key, "hdr": sealed.header_bytes,
                    "frame": sealed.frame_bytes, "header_key": sealed.header_key}
    return intermediate, {"message": sealed.message, "state": session.record()}


def _opened(session, message, day):
    try:
        intermediate, outputs = opened_values(session, message, number32(day))
    except Refused as refused:
        intermediate, outputs = None, {"result": "refused", "layer": refused.layer, "error": refused.error}
    return intermediate, stored(session, outputs)


def _open(session, step, made):
    members(step, "who", "do", "day", "message")
    message = made[number(step["message"], 0, len(made) - 1)]
    if message is None:
        raise FormError("step {} has sealed nothing".format(step["message"]))
    made.append(None)
    return _opened(session, message, step["day"])


def _open_bytes(session, step, made):
    members(step, "who", "do", "day", "message")
    made.append(None)
    return None, _opened(session, octets(step["message"]), step["day"])[1]


STEPS = {"seal": _seal, "open": _open, "open bytes": _open_bytes}


def _sessions(inputs, comparison):
    handshake, prekey_secret = octets(inputs["handshake"]), octets(inputs["prekey_secret"], 32)
    prekey = x25519.public_key(prekey_secret)
    comparison.compare("inputs.prekey", prekey, inputs["prekey"])
    comparison.compare("inputs.hs", handshake_hash(handshake), inputs["hs"])
    agreed = [octets(inputs[name], 32) for name in ("T", "hs", "RK", "HK_A", "HK_B")]
    members(inputs["nonce_base"], "A", "B")
    salts = {who: NonceSalts(octets(base, 8)) for who, base in inputs["nonce_base"].items()}
    return {"A": Session.initiate(*agreed, handshake, prekey, salts["A"]),
            "B": Session.respond(*agreed, prekey_secret, salts["B"])}


def conversation(inputs, comparison):
    members(inputs, "T", "hs", "RK", "HK_A", "HK_B", "handshake", "prekey_secret", "prekey", "nonce_base",
            "states", "steps")
    if inputs["states"] not in ("whole", "sha256"):
        raise FormError("states are whole, or their hashes")
    sessions = _sessions(inputs, comparison)
    made, intermediate, outputs = [], [], []
    for i, step in enumerate(inputs["steps"]):
        try:
            values = STEPS[step["do"]](sessions[step["who"]], step, made)
        except (FormError, Refused) as error:
            raise FormError("step {}: {}".format(i, error)) from error
        intermediate.append(values[0])
        outputs.append(values[1])
    whole = inputs["states"] == "whole"
    return {"steps": intermediate}, {"steps": outputs if whole else _shortened(outputs)}


def _shortened(outputs):
    """The hashes of records instead of the records."""

    def shortened(record):
        return record and {"sha256": H(record)}

    return [dict(step, state=shortened(step["state"]),
                 **({"skipped": [shortened(record) for record in step["skipped"]]} if "skipped" in step else {}))
            for step in outputs]
