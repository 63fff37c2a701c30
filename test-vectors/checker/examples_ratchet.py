"""The worked examples of the ratchet and of its erasure code."""

from . import boxes, reed_solomon, wire
from .agreement import resumption_id
from .examples_form import FRAME, HEADER, filled
from .kdf import chain_step, epoch_secrets, root_step


def _root_steps():
    for es, expected in (
        (None, "7cded3b86d59dc124f90df120912baa95183710f8b6edbc4f9d9b08c6a04ba00"
               "f3454c0e555252d6ac1368924f6075f7cb9fcd7deec9ceed149e2aba584e03d6"
               "3c2dd167ced8d4c1ae759001a0fcd1dc50bbe0a673cceca0f7ec9284f5885a24"
               "e18693cd3b72be2528d0660006f6a5067457dfb335bba6437c8944e1e26897a1"),
        (filled(3), "093e7ef0cd65cd8ce8dc2a5fa5b4d2fb842ace4a9b4b07bd09bcd5fd40315d51"
                     "46f594b38f11422d08b6b961ea3dc4bb577d153197c75eb9330731ea07dab8a7"
                     "a55aa78270c88caa0f02555ae994b1e26f2d14889c40c5b4d44051c11cec8522"
                     "3ca35d46d0a0ff8e236b041e8662a74ed440a2bf39a668800852302a232cb317"),
    ):
        step = root_step(filled(1), filled(2), es, 1)
        yield "root step", step.RK + step.CK + step.NHK + step.RS, expected
        if es is None:
            yield "info", step.info, "656e7472656e6f757320763120726f6f7400" "00" "0000000000000001"
            yield "resumption id", resumption_id(step.RS), "96110d892e91aa20"


def _chain_step():
    yield ("chain step", b"".join(chain_step(filled(1))),
           "4e27257e364c8d1021cb6a63d265f7e63dd540de319cf8e03d2b1fa23ffae1db"
           "4cc42d1a279bb2ec17442ffe051be94012dc59a7916ac3ff2ec56f109346cce2")


def _message():
    sealed = boxes.seal(boxes.prefix(None), filled(1), filled(2), wire.write_header(HEADER),
                        wire.write_frame(FRAME, "padme"))
    yield "header nonce", sealed.header_nonce, "a91c2fbfe00a5f4aec5f958f"
    yield ("message", wire.write_envelope(wire.Envelope(2, None, sealed.sealed_header, sealed.body, sealed.body_tag)),
           "0102f1e340e23f7ed61acbb6532ebe286bcf88e2d979d6deacf37e2961a4c70b76981cd62bbc1d26e755c1c51e28d022ac0af944"
           "6d431ab48511e9165c412c767045c76628828e7d2305cefc90dfb5db2451b6347439d6185bdf3e62fcb878f3be3a8f560c7d1f1b"
           "af3b93c467abb453715455f6b61dc828715c199513e4a538d7cd4ba91c2fbfe00a5f4aec5f958fb78f9480")


def _epoch():
    h, confirmation, es = epoch_secrets(filled(4), filled(7), 1, filled(5, 1184), filled(6, 1088))
    yield "h", h, "10ec16dadd6538caf3624a333c6e313ac1a446103a80525cf67424ae6a33fd17"
    yield ("confirmation and es", confirmation + es,
           "73146f2f799d97d28963f1bd1b134eecd74a67b7354afa95fae56187432c8b2a"
           "84ccf3482f476b05faea68ad59ba1a39bfffcea549e9c7ee7cd1b326f047b266")


def _shards():
    blob = bytes(n % 251 for n in range(1120))
    yield "shard 35", reed_solomon.shard(blob, 35), "7475767778797a7b7c7d7e7fc757d055c3dce8f7d9fa78f378a404a1225752b7"
    yield "shard 254", reed_solomon.shard(blob, 254), "920b12f2438225bad5d7ced0d32d4bc1c9d815543a0529fa455c7cf4c99a7cf6"
    shards = [(i, reed_solomon.shard(blob, i)) for i in range(254, 254 - 35, -1)]
    yield "blob", reed_solomon.reconstruct(35, shards), blob.hex()


CHAPTERS = ("ratchet.md", "README.md")
PARTS = (_root_steps, _chain_step, _message, _epoch, _shards)
