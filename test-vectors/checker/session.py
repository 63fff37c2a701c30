"""One end of a session, with its state, its records of skipped keys, and its nonce salts."""

from . import session_open, session_record, session_state, skipped
from .errors import refuse_unless
from .session_locate import CloneEvidence
from .session_seal import seal


class NonceSalts:
    """The one source of salts of a client (RATCHET-8): for all its sessions, and never copied."""

    def __init__(self, base):
        self._last = int.from_bytes(base, "big")

    def next(self):
        self._last = (self._last + 1) % 2**64
        return self._last.to_bytes(8, "big")


def draw_from(source):
    """A draw (PRIM-10) from a source of random bytes, such as os.urandom."""

    def draw(length):
        data = source(length)
        refuse_unless(len(data) == length and any(data), "random", "Random", "PRIM-10")
        return data

    return draw


class Session:
    def __init__(self, state, salts, skipped_records=()):
        self.state = state
        self.salts = salts
        self.records = {}
        for encoded in skipped_records:
            record = skipped.decode_record(encoded)
            self.records[record.chain, record.block] = encoded

    @classmethod
    def initiate(cls, transcript, handshake_hash, rk, hk_a, hk_b, handshake, peer_prekey, salts):
        return cls(session_state.initiated(transcript, handshake_hash, rk, hk_a, hk_b, handshake, peer_prekey), salts)

    @classmethod
    def respond(cls, transcript, handshake_hash, rk, hk_a, hk_b, prekey_secret, salts):
        """Opens prekey messages of this handshake, and nothing else before the first one has opened."""
        return cls(session_state.responding(transcript, handshake_hash, rk, hk_a, hk_b, prekey_secret), salts)

    @classmethod
    def load(cls, record, salts, skipped_records=()):
        return cls(session_record.decode_record(record), salts, skipped_records)

    def record(self):
        """The session's record; None in Await, which is never stored."""
        return None if self.state.awaiting is not None else session_record.encode_record(self.state)

    def skipped_records(self):
        """Ascending by chain id and block."""
        return [self.records[place] for place in sorted(self.records)]

    def seal(self, frame, day, ms, draw, commit=True):
        """session_seal.Sealed, whose `message` is to be sent. `frame` is a wire.Frame without shards."""
        sealed = seal(self.state, frame, self.salts.next, day, ms, draw)
        if commit:
            self.state = sealed.state
        return sealed

    def open(self, message, day):
        """session_open.Opened, or CloneEvidence; raises Refused. Only Opened changes the session."""
        opened = session_open.open_message(self.state, self.records, message, day)
        if not isinstance(opened, CloneEvidence):
            self.state, self.records = opened.state, opened.records
        return opened
