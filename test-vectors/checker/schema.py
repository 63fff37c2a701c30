"""The form of the files, as schema.json beside them has it."""

import json
import re
from functools import lru_cache
from itertools import islice
from pathlib import Path

from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.exceptions import best_match

PATH = Path(__file__).resolve().parents[1] / "schema.json"
LINES_MAX = 20
GIVEN_MAX, MESSAGE_MAX = 60, 200


@lru_cache(maxsize=None)
def _compiled(pattern):
    """In JSON Schema, $ is the end; in Python it is also the place before a line break at the end."""
    return re.compile(pattern.replace("$", r"\Z"))


def _pattern(validator, pattern, instance, _):
    if validator.is_type(instance, "string") and not _compiled(pattern).search(instance):
        yield ValidationError("{!r} does not match {!r}".format(instance, pattern))


@lru_cache(maxsize=None)
def _validator():
    schema = json.loads(PATH.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    definitions = {"#/$defs/" + name: definition for name, definition in schema["$defs"].items()}

    def _reference(validator, reference, instance, _):
        """The library looks a reference up each time. Here all are to $defs."""
        yield from validator.descend(instance, definitions[reference])

    return validators.extend(Draft202012Validator, {"pattern": _pattern, "$ref": _reference})(schema)


def _line(error):
    error = best_match([error])  # of an anyOf, what is wrong in the alternative that was meant
    path = "".join("[{}]".format(step) if isinstance(step, int) else "." + step for step in error.absolute_path)
    message, given = error.message, repr(error.instance)
    if len(given) > GIVEN_MAX and message.startswith(given):
        message = given[:GIVEN_MAX] + "…" + message[len(given):]
    if len(message) > MESSAGE_MAX:
        message = message[:MESSAGE_MAX] + "…"
    return "{}: {}".format(path.lstrip(".") or "the file", message)


def violations(content):
    """What is not in the form, in lines that begin with the place in the document. Not all, if it is much."""
    errors = _validator().iter_errors(content)
    lines = [_line(error) for error in islice(errors, LINES_MAX)]
    if next(errors, None) is not None:
        lines.append("and more")
    return lines
