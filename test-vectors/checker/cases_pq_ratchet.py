"""The operations of pq-ratchet.json."""

from . import epoch, reed_solomon
from .cases_conversation import conversation
from .errors import FormError
from .form import members, number, octets
from .kdf import epoch_secrets
from .ml_kem import ML_KEM_768 as KEM

LAYERS = {}
E_MAX = 2**64 - 1


def whole_epoch(inputs, comparison):
    members(inputs, "seed", "randomness", "T", "e")
    seed, randomness = octets(inputs["seed"], 64), octets(inputs["randomness"], 32)
    transcript, e = octets(inputs["T"], 32), number(inputs["e"], 1, E_MAX)
    ek = KEM.public_key(seed)
    ct, ss = KEM.encapsulate(ek, randomness)
    secrets = epoch_secrets(ss, transcript, e, ek, ct)
    answer, es = epoch.answer(ek, randomness, transcript, e)
    if not es == secrets.es == epoch.settle(seed, answer, transcript, e)[0]:
        raise FormError("offerer and answerer don't come to the same")
    return ({"ss": ss, "h": secrets.h},
            {"ek": ek, "ct": ct, "confirmation": secrets.confirmation, "es": es, "offer": ek, "answer": answer})


def read_answer(inputs, comparison):
    members(inputs, "seed", "T", "e", "answer")
    es, ss, secrets = epoch.settle(octets(inputs["seed"], 64), octets(inputs["answer"], epoch.ANSWER_LENGTH),
                                   octets(inputs["T"], 32), number(inputs["e"], 1, E_MAX))
    return {"ss": ss, "h": secrets.h, "confirmation": secrets.confirmation}, {"es": es}


def shards(inputs, comparison):
    members(inputs, "blob", "first", "count")
    blob = octets(inputs["blob"])
    first, count = number(inputs["first"], 0, 254), number(inputs["count"], 1, 255)
    made = [reed_solomon.shard(blob, (first + i) % reed_solomon.SHARDS) for i in range(count)]
    return None, {"shards": made, "data": len(blob) // reed_solomon.SHARD_LENGTH}


def reconstruct(inputs, comparison):
    members(inputs, "needed", "shards")
    given = [(number(index, 0, 254), octets(shard, 32)) for index, shard in inputs["shards"]]
    return None, {"blob": reed_solomon.reconstruct(number(inputs["needed"], 1, 255), given)}


OPERATIONS = {
    "epoch": whole_epoch,
    "answer": read_answer,
    "shards": shards,
    "reconstruct": reconstruct,
    "conversation": conversation,
}
