"""Two ends that talk: one of this implementation, and one of the other, behind a command and an answer a line."""

import random
import subprocess
from collections import Counter
from functools import partial

from . import handshake, sender_key, sender_key_message, sender_key_receiving, wire
from .agreement import ONE_TIME, SIGNED
from .errors import Refused
from .fixed import be
from .session import NonceSalts, draw_from
from .session_locate import CloneEvidence

FIRST_DAY = 20000
MS_OF_DAY = 86400000
# the group of the other end, and its roster
GROUP, ROSTER = b"\x61" * 32, b"\x62" * 32


class There:
    """The other implementation."""

    def __init__(self, program, seed):
        self._process = subprocess.Popen([program, str(seed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        """The words of the answer."""
        self._process.stdin.write(" ".join(word.hex() if isinstance(word, bytes) else word for word in words) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().split()
        if not answer or answer[0] == "?":
            raise AssertionError("{} was answered {}".format(words[0], " ".join(answer) or "with nothing"))
        return answer

    def seal(self, content):
        return bytes.fromhex(self.ask("seal", content)[1])

    def open(self, message):
        return _told(self.ask("open", message))

    def epoch(self):
        return int(self.ask("epoch")[1])

    def next_day(self):
        self.ask("next-day")

    def speak(self, content):
        return bytes.fromhex(self.ask("speak", content)[1])

    def hear(self, message):
        return _told(self.ask("hear", message))

    def end(self):
        self._process.stdin.close()
        self._process.wait()


def _told(answer):
    """What came of a message: ("opened", its content) or (what else, of which kind)."""
    if answer[0] in ("opened", "heard"):
        return "opened", bytes.fromhex("".join(answer[1:]))
    return answer[0], " ".join(answer[1:])


class Here:
    """This implementation."""

    def __init__(self, seed):
        self.draw = draw_from(random.Random(seed).randbytes)
        self.day = FIRST_DAY
        self.own = handshake.new_own(self.draw, self.day)
        self.salts = NonceSalts(self.draw(8))
        self.prekeys = [handshake.new_prekey(self.draw, kind, 1, self.day) for kind in (SIGNED, ONE_TIME)]
        self.session = None
        self.sending = sender_key.make(GROUP, self.own.account_id, self.own.device.device_id, ROSTER, self.draw(32),
                                       self.draw(32), self.day * MS_OF_DAY, None)
        self.heard = {}

    def bundle(self, one_time):
        return handshake.publish(self.own, self.prekeys[0], self.prekeys[1] if one_time else None)

    def begin(self, bundle, account):
        self.session = handshake.begin(self.own, bundle, account, 1, self.day, self.draw, self.salts)

    def _frame(self, content):
        return wire.Frame(0, None, None, None, self.day * MS_OF_DAY, self.draw(8), content)

    def seal(self, content):
        return self.session.seal(self._frame(content), self.day, self.day * MS_OF_DAY, self.draw).message

    def open(self, message):
        try:
            session = self.session or self._answer(message)
            opened = session.open(message, self.day)
        except Refused as refused:
            return "refused", refused.error
        if isinstance(opened, CloneEvidence):
            return "evidence", opened.evidence
        self.session = session
        return ("malformed", "") if opened.frame is None else ("opened", opened.frame.content)

    def _answer(self, message):
        one_time = self.prekeys[1] if handshake.one_time_prekey_of(message) else None
        return handshake.answer(self.own, message, self.prekeys[0], one_time, self.day, self.salts)

    def epoch(self):
        return self.session.state.epoch.number

    def next_day(self):
        self.day += 1

    def distribution(self):
        return sender_key.write_distribution(sender_key.distribution(self.sending))

    def accept(self, distribution, account, device):
        key, _ = sender_key_receiving.accept(distribution, GROUP, account, device, {})
        self.heard[sender_key_receiving.key_id(key)] = key, {}

    def speak(self, content):
        sealed, self.sending = sender_key_message.seal(self.sending, ROSTER, self.salts.next(), self._frame(content))
        return sealed.message

    def hear(self, message):
        try:
            key_id = sender_key_message.read(message).key_id
            if key_id not in self.heard:
                return "refused", "Rejected"
            opened, key, blocks = sender_key_receiving.open_message(*self.heard[key_id], message)
        except Refused as refused:
            return "refused", refused.error
        self.heard[key_id] = key, blocks
        return "opened", opened.frame.content


class Pipe:
    """What is under way between the two, and what has become of it."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.under_way = [[], []]
        self.opened = set()
        self.counts = Counter()

    def send(self, to, message, content):
        self.counts["sealed"] += 1
        if self.random.random() < 0.1:
            self.counts["lost"] += 1
        else:
            self.under_way[to].append((message, content))

    def deliver(self, to, open_message, reach=None):
        """One of the `reach` oldest arrives, or of all."""
        waiting = self.under_way[to]
        message, content = waiting.pop(self.random.randrange(min(reach or len(waiting), len(waiting))))
        if self.random.random() < 0.1:
            self.damaged(open_message, message)
        result = open_message(message)
        if message in self.opened:
            self.counts["repeated"] += 1
            assert result == ("refused", "Duplicate"), "a message that came again was {}".format(result)
            return
        assert result == ("opened", content), "a genuine message was {}".format(result)
        self.counts["opened"] += 1
        self.opened.add(message)
        if self.random.random() < 0.05:
            waiting.append((message, content))

    def damaged(self, open_message, message):
        changed = bytearray(message)
        changed[self.random.randrange(2, len(changed))] ^= 1 << self.random.randrange(8)
        result = open_message(bytes(changed))
        assert result[0] == "refused", "a damaged message was {}".format(result)
        self.counts["damaged"] += 1


def _pair(program, seed):
    return Here(seed), There(program, seed)


def _account_of(there):
    """Account and device of the other end, as its bundle has them."""
    return handshake.who_publishes(bytes.fromhex(there.ask("bundle", "signed")[1]))


def _begin(here, there, here_begins, one_time):
    """Both ends, who begins first."""
    if here_begins:
        there.ask("wait")
        account, _ = _account_of(there)
        here.begin(bytes.fromhex(there.ask("bundle", "one-time" if one_time else "signed")[1]), account)
        return [here, there]
    there.ask("begin", here.own.account_id, here.bundle(one_time))
    return [there, here]


def converse(program, seed, messages, here_begins, one_time):
    """A session: its counts, and the epoch that both ends have come to."""
    here, there = _pair(program, seed)
    ends = _begin(here, there, here_begins, one_time)
    pipe = Pipe(seed)
    number = 0
    while number < messages:
        who = pipe.random.randrange(2) if pipe.opened else 0
        for _ in range(pipe.random.randint(1, 4)):
            content = be(number, 4) + pipe.random.randbytes(pipe.random.choice((0, 1, 32, 32, 200, 1024, 5000)))
            pipe.send(1 - who, ends[who].seal(content), content)
            number += 1
        for to in (1, 0):
            while pipe.under_way[to] and pipe.random.random() < 0.8:
                pipe.deliver(to, ends[to].open, reach=4)
        if pipe.opened and pipe.random.random() < 0.01:
            for end in ends:
                end.next_day()
    for to in (1, 0):
        while pipe.under_way[to]:
            pipe.deliver(to, ends[to].open)
    epochs = [end.epoch() for end in ends]
    assert abs(epochs[0] - epochs[1]) <= 1 and min(epochs) > 1, "the ends are in the epochs {}".format(epochs)
    there.end()
    return dict(pipe.counts, epoch=min(epochs))


def group(program, seed, messages):
    """Both write to a group, each under its own key."""
    here, there = _pair(program, seed)
    answer = there.ask("accept", here.distribution(), here.own.account_id, str(here.own.device.device_id))
    assert answer == ["accepted"], answer
    here.accept(bytes.fromhex(there.ask("distribution")[1]), *_account_of(there))
    ends = [here, there]
    pipe = Pipe(seed)
    for number in range(messages):
        who = pipe.random.randrange(2)
        content = be(number, 4) + pipe.random.randbytes(pipe.random.choice((0, 32, 200)))
        pipe.send(1 - who, ends[who].speak(content), content)
        for to in (1, 0):
            while len(pipe.under_way[to]) > 8:
                pipe.deliver(to, ends[to].hear)
    for to in (1, 0):
        while pipe.under_way[to]:
            pipe.deliver(to, ends[to].hear)
    there.end()
    return dict(pipe.counts)


def run(program, seed=1, messages=800):
    """Plays all of them. The exit code."""
    plays = [("{} begins, {}".format("this end" if here_begins else "the other end",
                                     "with a one-time prekey" if one_time else "without one"),
              partial(converse, program, seed, messages, here_begins, one_time))
             for here_begins in (True, False) for one_time in (True, False)]
    plays.append(("both speak to a group", partial(group, program, seed, messages)))
    failed = 0
    for name, play in plays:
        try:
            counts = ", ".join("{} {}".format(what, count) for what, count in sorted(play().items()))
        except (AssertionError, Refused) as error:
            failed += 1
            counts = "FAILED: {}".format(error)
        print("{}: {}".format(name, counts))
    print("{} passed, {} failed".format(len(plays) - failed, failed))
    return 1 if failed else 0
