"""Comparing what was derived with what a file says."""


class Comparison:
    """Counts the values that were compared and keeps where they differ."""

    def __init__(self):
        self.count = 0
        self.differences = []

    def compare(self, path, derived, given):
        if isinstance(derived, dict) and isinstance(given, dict):
            for name in sorted(set(derived) | set(given)):
                where = path + "." + name
                if name not in given:
                    self.differences.append(where + ": is missing")
                elif name not in derived:
                    self.differences.append(where + ": is nothing that is derived")
                else:
                    self.compare(where, derived[name], given[name])
        elif isinstance(derived, list) and isinstance(given, list) and len(derived) == len(given):
            for i, (one, other) in enumerate(zip(derived, given)):
                self.compare("{}[{}]".format(path, i), one, other)
        else:
            self._compare_value(path, derived.hex() if isinstance(derived, bytes) else derived, given)

    def _compare_value(self, path, derived, given):
        self.count += 1
        if type(derived) is type(given) and derived == given:
            return
        self.differences.append("{}: derived {}, given {}".format(path, *_shown(derived, given)))


def _shown(derived, given):
    """Both values; of long texts, what stands around the first difference."""
    if not (isinstance(derived, str) and isinstance(given, str)):
        return _shortened(derived), _shortened(given)
    first = next((i for i, (a, b) in enumerate(zip(derived, given)) if a != b), min(len(derived), len(given)))
    start = max(0, first - 16)
    return tuple("{}{!r}{} ({} characters)".format("…" if start else "", text[start : start + 64],
                                                   "…" if len(text) > start + 64 else "", len(text))
                 for text in (derived, given))


def _shortened(value):
    text = repr(value.hex() if isinstance(value, bytes) else value)
    return text if len(text) <= 80 else text[:79] + "…"
