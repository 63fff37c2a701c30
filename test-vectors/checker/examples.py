"""Derives the worked examples of the specification again."""

from . import examples_groups, examples_people, examples_ratchet, examples_wire
from .compare import Comparison

MODULES = (examples_wire, examples_people, examples_ratchet, examples_groups)


def _failures(part):
    """How many examples were derived, and what is wrong with which."""
    count, failures = 0, []
    try:
        for name, derived, expected in part():
            comparison = Comparison()
            comparison.compare(name, derived, expected)
            count += 1
            failures += comparison.differences[:1]
    except Exception as error:  # whatever goes wrong is the failure of one more
        count += 1
        failures.append("{}: {}: {}".format(part.__name__, type(error).__name__, error))
    return count, failures


def check(module):
    """How many examples passed and failed."""
    results = [_failures(part) for part in module.PARTS]
    chapters, count = ", ".join(module.CHAPTERS), sum(count for count, _ in results)
    failures = [failure for _, failures in results for failure in failures]
    print("{}: {} examples, {} failed".format(chapters, count, len(failures)))
    for failure in failures:
        print("  {}: {}".format(chapters, failure))
    return count - len(failures), len(failures)
