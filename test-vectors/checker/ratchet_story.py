"""A long random conversation of two ends of this implementation, over a pipe that loses, repeats and shuffles.

    python -m checker.ratchet_story [seed [messages]]        from the folder above
"""

import random
import sys
from collections import Counter

from . import handshake, session_record, skipped, wire
from .agreement import CONTINUED, FRESH, ONE_TIME, SIGNED, resumption_id
from .errors import Refused
from .session import NonceSalts, Session, draw_from

FIRST_DAY = 20000
MS_OF_DAY = 86400000


class Story:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.draw = draw_from(self.random.randbytes)
        self.day = FIRST_DAY
        self.counts = Counter()
        self.owns = [handshake.new_own(self.draw, self.day) for _ in "AB"]
        self.salts = [NonceSalts(self.draw(8)) for _ in "AB"]
        self.sessions = [None, None]
        self.pipes = [[], []]  # what is under way to A and to B: pairs of a message and its content
        self.delivered = set()
        self.reported_lost = 0

    def begin(self, mode=FRESH, continued=None, one_time=True):
        """A begins a session with B, whose first message B opens."""
        a, b = self.owns
        signed_prekey = handshake.new_prekey(self.draw, SIGNED, 1, self.day)
        one_time_prekey = handshake.new_prekey(self.draw, ONE_TIME, 2, self.day) if one_time else None
        bundle = handshake.publish(b, signed_prekey, one_time_prekey)
        self.sessions[0] = handshake.begin(a, bundle, b.account_id, 1, self.day, self.draw, self.salts[0], mode,
                                           continued)
        self.pipes = [[], []]
        self.send(0)
        message = self.pipes[1][0][0]
        names = 1, 2 if one_time else None, resumption_id(continued.RS) if continued else None
        assert handshake.named_by(message) == names
        known = None
        if continued:
            known = next(c for c in self.sessions[1].resumption_secrets() if resumption_id(c.RS) == names[2])
        self.sessions[1] = handshake.answer(b, message, (a.account_id, a.device.device_id), signed_prekey,
                                            one_time_prekey, self.day, self.salts[1], known)
        self.deliver(1, 0)
        assert self.counts["opened first"]

    def send(self, who):
        session = self.sessions[who]
        content = self.random.randbytes(self.random.choice((0, 1, 32, 32, 200, 1024, 5000)))
        frame = wire.Frame(self.random.randrange(4), self.random.choice((None, 60)), None,
                           self.random.choice((None, 1)), self.day * MS_OF_DAY, self.draw(8), content)
        if self.random.random() < 0.05:  # a sealing that is dropped
            before = session.state
            session.seal(frame, self.day, self.day * MS_OF_DAY, self.draw, commit=False)
            assert session.state is before
        alone = session.state.handshake is not None
        sealed = session.seal(frame, self.day, self.day * MS_OF_DAY, self.draw)
        assert (sealed.message[1] == wire.PREKEY_MESSAGE) == alone
        self.counts["sealed"] += 1
        self.counts["shards"] += len((wire.read_frame(sealed.frame_bytes).shards or (0, b""))[1]) // 32
        self.check_records(who)
        self.pipes[1 - who].append((sealed.message, frame))

    def deliver(self, who, i):
        session = self.sessions[who]
        message, frame = self.pipes[who].pop(i)
        before = session.state, session.records
        if self.random.random() < 0.1:
            damaged = bytearray(message)
            damaged[self.random.randrange(2, len(damaged))] ^= 1 << self.random.randrange(8)
            try:
                session.open(bytes(damaged), self.day)
                raise AssertionError("a damaged message opens")
            except Refused as refused:
                assert refused.error in ("Rejected", "Length", "Truncated", "Duplicate"), refused
        assert (session.state, session.records) == before
        try:
            opened = session.open(message, self.day)
        except Refused as refused:
            self.counts[refused.error] += 1
            assert (session.state, session.records) == before
            # a repeated one, one whose key was lost, or one of a chain that is gone
            assert message in self.delivered or self.reported_lost > 0, refused
            return
        assert message not in self.delivered and opened.frame._replace(shards=None) == frame
        assert not opened.clone_suspected
        self.delivered.add(message)
        self.counts["opened " + opened.place] += 1
        self.counts["lost keys"] += opened.lost_keys
        self.reported_lost += opened.lost_keys
        if opened.ended_epoch:
            assert opened.ended_epoch[1]
            self.counts["epochs told"] += 1  # by each end
        self.check_records(who)
        if self.random.random() < 0.05:
            self.pipes[who].append((message, frame))

    def check_records(self, who):
        """What is stored is what is there, and goes on as this does."""
        session = self.sessions[who]
        record, skipped_records = session.record(), session.skipped_records()
        loaded = Session.load(record, session.salts, skipped_records)
        assert (loaded.state, loaded.records) == (session.state, session.records)
        assert session_record.encode_record(loaded.state) == record
        state = session.state
        chains = ((state.receiving,) if state.receiving else ()) + state.old
        places = {(chain.id, n // skipped.BLOCK) for chain in chains for n in chain.skipped}
        assert places == set(session.records)

    def talk(self, messages, loss, burst, reach):
        """`burst` messages in a row at most; the next one to arrive is one of the `reach` oldest under way."""
        end = self.counts["sealed"] + messages
        while self.counts["sealed"] < end:
            who = self.random.randrange(2)
            for _ in range(self.random.randint(1, burst)):
                self.send(who)
            if self.random.random() < loss and self.pipes[1 - who]:
                self.pipes[1 - who].pop()
                self.counts["dropped"] += 1
            for receiver in (0, 1):
                while self.pipes[receiver] and self.random.random() < 0.85:
                    self.deliver(receiver, self.random.randrange(min(reach, len(self.pipes[receiver]))))
            if self.random.random() < 0.002:
                self.day += self.random.randint(1, 3)
        for receiver in (0, 1):
            while self.pipes[receiver]:
                self.deliver(receiver, self.random.randrange(len(self.pipes[receiver])))


def run(seed, messages):
    """The counts of what happened; whatever may not happen is an AssertionError."""
    story = Story(seed)
    story.begin()
    story.talk(messages // 2, loss=0.1, burst=3, reach=4)
    story.talk(messages // 4, loss=0.3, burst=12, reach=30)
    story.talk(messages // 4, loss=0.0, burst=1, reach=1)
    a, b = (session.state for session in story.sessions)
    assert set(a.resumption) & set(b.resumption)
    # the session is continued, by whom it was begun or by the other one, without a one-time prekey
    story.send(1)
    story.deliver(0, len(story.pipes[0]) - 1)
    for _ in range(2):
        story.sessions.reverse(), story.owns.reverse(), story.salts.reverse()
        story.begin(CONTINUED, story.sessions[0].continued(), one_time=False)
        story.talk(40, loss=0.1, burst=3, reach=4)
    return dict(story.counts, epoch=a.epoch.number, day=story.day)


def main(seed="1", messages="3000"):
    for name, count in sorted(run(int(seed), int(messages)).items()):
        print("{:20} {}".format(name, count))


if __name__ == "__main__":
    main(*sys.argv[1:])
