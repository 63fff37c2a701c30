#!/usr/bin/env python3
"""Checks the test vectors: derives every case again, as the specification says, and compares. So it does with the
specification's worked examples.

    pip install -r requirements.txt
    python3 check.py [folder with the vectors]
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True  # a run leaves nothing in the source tree

from checker.runner import run  # noqa: E402

if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent))
