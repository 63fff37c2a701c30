"""The operations of sender-keys.json."""

from . import sender_key, sender_key_message, sender_key_receiving, sender_key_records
from .errors import FormError, Refused
from .form import members, number, number32, octets, optional, positive32, time
from .frame_form import read_frame
from .sender_key import ITERATIONS, Previous

LAYERS = {}


def _previous(value):
    if value is None:
        return None
    members(value, "id", "count")
    return Previous(octets(value["id"], 16), number(value["count"], 0, ITERATIONS))


def make(inputs, comparison):
    members(inputs, "group", "account", "device", "roster", "chain_key", "signing_seed", "previous", "created")
    sending = sender_key.make(
        octets(inputs["group"], 32), octets(inputs["account"], 32), positive32(inputs["device"]),
        octets(inputs["roster"], 32), octets(inputs["chain_key"], 32), octets(inputs["signing_seed"], 32),
        time(inputs["created"]), _previous(inputs["previous"]))
    given = sender_key.distribution(sending)
    distribution, record = sender_key.write_distribution(given), sender_key_records.write_sending(sending)
    if sender_key.read_distribution(distribution) != given or sender_key_records.read_sending(record) != sending:
        raise FormError("the key isn't read as what was written")
    return ({"signing_key": given.signing_key, "commitment": given.commitment},
            {"key_id": sender_key.key_id(given), "distribution": distribution, "record": record})


def chain(inputs, comparison):
    members(inputs, "chain_key", "steps")
    chain_key = octets(inputs["chain_key"], 32)
    chain_keys, message_keys = [], []
    for _ in range(number(inputs["steps"], 1, ITERATIONS)):
        chain_key, message_key = sender_key.step(chain_key)
        chain_keys.append(chain_key)
        message_keys.append(message_key)
    return None, {"chain_keys": chain_keys, "message_keys": message_keys}


def seal(inputs, comparison):
    members(inputs, "sending", "named_roster", "nonce_salt", "frame")
    sending = sender_key_records.read_sending(octets(inputs["sending"]))
    sealed, afterwards = sender_key_message.seal(sending, octets(inputs["named_roster"], 32),
                                                 octets(inputs["nonce_salt"], 8), read_frame(inputs["frame"]))
    intermediate = sealed._asdict()
    message = intermediate.pop("message")
    return intermediate, {"message": message, "record": sender_key_records.write_sending(afterwards)}


class _Receiver:
    """The keys that one receiver has of a group, by their ids, and the blocks of each."""

    def __init__(self, group):
        self.group = group
        self.keys = {}
        self.blocks = {}

    def _keep(self, key_id, key, blocks=None):
        self.keys[key_id] = key
        if blocks is not None:
            self.blocks[key_id] = blocks

    def _known(self, key_id):
        if key_id not in self.keys:
            raise FormError("the receiver doesn't have this key")
        return self.keys[key_id], self.blocks[key_id]

    def accept(self, step):
        members(step, "do", "distribution", "from")
        members(step["from"], "account", "device")
        distribution = octets(step["distribution"])
        key_id = sender_key.key_id(sender_key.read_distribution(distribution))
        key, is_new = sender_key_receiving.accept(distribution, self.group, octets(step["from"]["account"], 32),
                                                  number32(step["from"]["device"]), self.keys)
        self._keep(key_id, key, {} if is_new else None)
        return key_id, {"result": "accepted" if is_new else "known", "key_id": key_id}

    def open(self, step):
        members(step, "do", "message")
        message = octets(step["message"])
        key_id = sender_key_message.read(message).key_id
        opened, key, blocks = sender_key_receiving.open_message(*self._known(key_id), message)
        self._keep(key_id, key, blocks)
        content = None if opened.frame is None else opened.frame.content
        return key_id, {"result": "opened", "content": content, "roster": opened.roster}

    def close(self, step):
        members(step, "do", "key_id", "parked", "ms")
        key_id = octets(step["key_id"], 16)
        parked = optional(number, step["parked"], 0, ITERATIONS - 1)
        key, blocks = sender_key_receiving.close(*self._known(key_id), parked, time(step["ms"]))
        self._keep(key_id, key, blocks)
        return key_id, {"result": "closed"}

    def end(self, step):
        members(step, "do", "key_id", "newer")
        key_id = octets(step["key_id"], 16)
        newer, _ = self._known(octets(step["newer"], 16))
        key, _ = self._known(key_id)
        if not sender_key_receiving.ends(newer, key):
            raise FormError("the newer key says nothing of this one")
        key, clone_suspected = sender_key_receiving.supersede(key, newer.previous.count)
        self._keep(key_id, key)
        return key_id, {"result": "ended", "clone_suspected": clone_suspected}

    def give_up(self, step):
        members(step, "do", "key_id", "ms")
        key_id = octets(step["key_id"], 16)
        key, blocks = sender_key_receiving.give_up(*self._known(key_id), time(step["ms"]))
        self._keep(key_id, key, blocks)
        return key_id, {"result": "given up"}

    def lose(self, step):
        members(step, "do", "key_id")
        key_id = octets(step["key_id"], 16)
        self._keep(key_id, self._known(key_id)[0], {})
        return key_id, {"result": "lost"}

    def do(self, step):
        actions = {"accept": self.accept, "open": self.open, "close": self.close, "end": self.end,
                   "give up": self.give_up, "lose": self.lose}
        if step.get("do") not in actions:
            raise FormError("unknown step {!r}".format(step.get("do")))
        try:
            key_id, outcome = actions[step["do"]](step)
        except Refused as refused:
            key_id = _named_key(step)
            outcome = {"result": "refused", "layer": LAYERS.get(refused.layer, refused.layer), "error": refused.error}
        return dict(outcome, **self._state(key_id))

    def _state(self, key_id):
        if key_id not in self.keys:
            return {"record": None, "skipped": []}
        return {"record": sender_key_records.write_receiving(self.keys[key_id]),
                "skipped": sender_key_records.write_blocks(self.blocks[key_id])}


def _named_key(step):
    """The id of the key that a refused step is about, or None."""
    try:
        if step["do"] == "accept":
            return sender_key.key_id(sender_key.read_distribution(octets(step["distribution"])))
        if step["do"] == "open":
            return sender_key_message.read(octets(step["message"])).key_id
    except Refused:
        return None
    return octets(step["key_id"], 16)


def receive(inputs, comparison):
    members(inputs, "group", "steps")
    receiver = _Receiver(octets(inputs["group"], 32))
    return None, {"steps": [receiver.do(step) for step in inputs["steps"]]}


def accept(inputs, comparison):
    members(inputs, "group", "from", "distribution", "known")
    members(inputs["from"], "account", "device")
    known = {}
    if inputs["known"] is not None:
        key = sender_key_records.read_receiving(octets(inputs["known"]))
        known[sender_key_receiving.key_id(key)] = key
    sender_key_receiving.accept(octets(inputs["distribution"]), octets(inputs["group"], 32),
                                octets(inputs["from"]["account"], 32), number32(inputs["from"]["device"]), known)
    return None, None


def open_message(inputs, comparison):
    members(inputs, "record", "skipped", "message")
    key = sender_key_records.read_receiving(octets(inputs["record"]))
    blocks = sender_key_records.read_blocks([octets(record) for record in inputs["skipped"]])
    sender_key_receiving.open_message(key, blocks, octets(inputs["message"]))
    return None, None


OPERATIONS = {
    "sender key": make,
    "chain": chain,
    "seal": seal,
    "receive": receive,
    "accept distribution": accept,
    "open": open_message,
}
