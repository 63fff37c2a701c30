"""The worked examples of groups, and of signatures that are verified with the cofactor."""

from . import ed25519, ed25519_cofactored, roster, roster_entry, sender_key, sender_key_message
from .examples_form import FRAME, NONCE_SALT, filled
from .roster_entry import REKEY, Body

KEY_ID = "da696e7670eada11e99d24ac38760cb7"
SIGNING_KEY = "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394"
COMMITMENT = "ee1ecadb5f57cab5d3af0a9fe6d186e5d6e2560ed8385b69d9f3e14f776aa00e"


def _key():
    return sender_key.make(filled(3), filled(4), 5, filled(6), filled(1), filled(2), 0, None)


def _sender_key():
    chain_key, message_key = sender_key.step(filled(1))
    yield "CK_1", chain_key, "ef9477d1657ed1b5212596ddbc0e94aac10ba2d0c3f93985ab37cc2f1b94bb5b"
    yield "MK_0", message_key, "e44206b59fb96dd601fb2a2bcc7d4a44c4176563062202e06d3b13ec65a55820"
    given = sender_key.distribution(_key())
    yield "signing key", given.signing_key, SIGNING_KEY
    yield "commitment", given.commitment, COMMITMENT
    yield "key id", sender_key.key_id(given), KEY_ID
    yield ("distribution", sender_key.write_distribution(given),
           "01" + "03" * 32 + "04" * 32 + "00000005" + "06" * 32 + SIGNING_KEY + COMMITMENT + "01" * 32 + "00" * 24)


def _group_message():
    sealed, _ = sender_key_message.seal(_key(), filled(7), NONCE_SALT, FRAME)
    yield ("group message", sealed.message,
           "0103da696e7670eada11e99d24ac38760cb700000000010203040506070873e5be2fe701146a74c0fc31608f484799b2c60a1467"
           "513fab6d1747bcd2a15330e839660e7b5957ac69aa2dd528876164df22a1880fb3624300169856732b4e29b83591c871ee99a249"
           "cc90088638421f09a0270c59ab4df1f73620cec392955cfbaeb2c65e40a9863680c5c3b3889e12d0d96719652e8c436d4b8d5d01"
           "56e4d888d2fefe37524b70f727aac2cb4f5e4fffbe0f43b2aaf47e7e1cd998bdc2caad226cf8e8fc705445a8bef7d24d20fc")


def _cofactored():
    key = ed25519.public_key(filled(1))
    signature = bytes.fromhex("96488876fba843a773c1bf3b3526edf264c5e314f4ec462b1eefea04117b502d"
                              "bebf0688e0bb56c6b454472aa495c083b07ae8d18b4671b727c1e13adc6c1101")
    yield "verified with the cofactor", ed25519_cofactored.verify(key, signature, b"x"), True
    yield "verified without it", ed25519.verify(key, signature, b"x"), False


def _rosters():
    body = Body(filled(1), REKEY, filled(2), 3, 4, 5, 6, filled(7), [filled(8)], None)
    body_bytes = roster_entry.write_body(body)
    yield "length of an entry's body", len(body_bytes), 149
    yield ("entry's hash", roster_entry.entry_hash(body_bytes),
           "ae3c7ed3d8164ad3c929d407b63fe167dfb3e9d2c239ad382563a29b51fc5caf")
    yield ("roster id", roster.roster_id([filled(2), filled(1)]),
           "698b77c0a0d9acbfd92dcbb0fb3e113d44f795c1f53df06c6646b5b90e651aa2")


CHAPTERS = ("sender-keys.md", "roster.md", "README.md")
PARTS = (_sender_key, _group_message, _cofactored, _rosters)
