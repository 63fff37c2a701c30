"""The worked examples of groups and of proofs: python -m checker.self_check_groups, from the folder above."""

from . import ed25519, ed25519_cofactored, list_proof, roster, roster_entry, sender_key, sender_key_message, wire
from .roster_entry import REKEY, Body

KEY_ID = "da696e7670eada11e99d24ac38760cb7"
SIGNING_KEY = "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394"
COMMITMENT = "ee1ecadb5f57cab5d3af0a9fe6d186e5d6e2560ed8385b69d9f3e14f776aa00e"


def _filled(value, length=32):
    return bytes([value]) * length


def _key():
    return sender_key.make(_filled(3), _filled(4), 5, _filled(6), _filled(1), _filled(2), 0, None)


def _sender_key():
    chain_key, message_key = sender_key.step(_filled(1))
    yield "CK_1", chain_key, "ef9477d1657ed1b5212596ddbc0e94aac10ba2d0c3f93985ab37cc2f1b94bb5b"
    yield "MK_0", message_key, "e44206b59fb96dd601fb2a2bcc7d4a44c4176563062202e06d3b13ec65a55820"
    given = sender_key.distribution(_key())
    yield "signing key", given.signing_key, SIGNING_KEY
    yield "commitment", given.commitment, COMMITMENT
    yield "key id", sender_key.key_id(given), KEY_ID
    yield ("distribution", sender_key.write_distribution(given),
           "01" + "03" * 32 + "04" * 32 + "00000005" + "06" * 32 + SIGNING_KEY + COMMITMENT + "01" * 32 + "00" * 24)


def _group_message():
    frame = wire.Frame(0, None, None, None, 1, _filled(9, 8), b"bonjour")
    sealed, _ = sender_key_message.seal(_key(), _filled(7), bytes.fromhex("0102030405060708"), frame)
    yield ("group message", sealed.message,
           "0103da696e7670eada11e99d24ac38760cb700000000010203040506070873e5be2fe701146a74c0fc31608f484799b2c60a1467"
           "513fab6d1747bcd2a15330e839660e7b5957ac69aa2dd528876164df22a1880fb3624300169856732b4e29b83591c871ee99a249"
           "cc90088638421f09a0270c59ab4df1f73620cec392955cfbaeb2c65e40a9863680c5c3b3889e12d0d96719652e8c436d4b8d5d01"
           "56e4d888d2fefe37524b70f727aac2cb4f5e4fffbe0f43b2aaf47e7e1cd998bdc2caad226cf8e8fc705445a8bef7d24d20fc")


def _cofactored():
    key = ed25519.public_key(_filled(1))
    signature = bytes.fromhex("96488876fba843a773c1bf3b3526edf264c5e314f4ec462b1eefea04117b502d"
                              "bebf0688e0bb56c6b454472aa495c083b07ae8d18b4671b727c1e13adc6c1101")
    yield "verified with the cofactor", bytes([ed25519_cofactored.verify(key, signature, b"x")]), "01"
    yield "verified without it", bytes([ed25519.verify(key, signature, b"x")]), "00"


def _rosters():
    body = Body(_filled(1), REKEY, _filled(2), 3, 4, 5, 6, _filled(7), [_filled(8)], None)
    body_bytes = roster_entry.write_body(body)
    yield "length of an entry's body", bytes([len(body_bytes)]), "95"
    yield ("entry's hash", roster_entry.entry_hash(body_bytes),
           "ae3c7ed3d8164ad3c929d407b63fe167dfb3e9d2c239ad382563a29b51fc5caf")
    yield ("roster id", roster.roster_id([_filled(2), _filled(1)]),
           "698b77c0a0d9acbfd92dcbb0fb3e113d44f795c1f53df06c6646b5b90e651aa2")


def _link():
    yield ("link's hash", list_proof.link_hash([_filled(0x22)], _filled(0x33)),
           "36051e4dd9b0dda936a6a15c5c0e3549117de1be9c895a740a3cfb77ff199e1d")


def run():
    """The names of the examples that come out otherwise."""
    parts = (_sender_key, _group_message, _cofactored, _rosters, _link)
    return [name for part in parts for name, derived, expected in part() if derived.hex() != expected]


if __name__ == "__main__":
    wrong = run()
    print("examples that differ: {}".format(", ".join(wrong) or "none"))
    raise SystemExit(bool(wrong))
