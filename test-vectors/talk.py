#!/usr/bin/env python3
"""A live conversation with the implementation in Rust, over a pipe that loses, repeats, shuffles and damages.

    cargo build -p entrenous-testkit --example line_peer
    python3 talk.py ../target/debug/examples/line_peer [seed [messages]]
"""

import sys

sys.dont_write_bytecode = True  # a run leaves nothing in the source tree

from checker.live import run  # noqa: E402

if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(run(sys.argv[1], *map(int, sys.argv[2:])))
