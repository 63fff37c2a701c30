"""Runs the cases of the files and the worked examples, and tells what came out."""

import json

from . import (cases_agreement, cases_controls, cases_identity, cases_pq_ratchet, cases_ratchet, cases_records,
               cases_roster, cases_sender_keys, cases_wire, examples, schema)
from .compare import Comparison
from .errors import FormError, Refused
from .form import members

TOPICS = {
    "wire": cases_wire,
    "identity": cases_identity,
    "agreement": cases_agreement,
    "ratchet": cases_ratchet,
    "pq-ratchet": cases_pq_ratchet,
    "sender-keys": cases_sender_keys,
    "roster": cases_roster,
    "records": cases_records,
    "controls": cases_controls,
}


def _object(pairs):
    value = dict(pairs)
    if len(value) != len(pairs):
        raise FormError("an object has a member twice")
    return value


def load(path):
    """The topic's module and the content of a file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_object)
    except (OSError, ValueError) as error:
        raise FormError(str(error)) from None
    members(content, "about", "cases", "schema", "topic")
    if content["schema"] != 1:
        raise FormError("schema 1 expected")
    if content["topic"] != path.stem or content["topic"] not in TOPICS:
        raise FormError("unknown topic {!r}".format(content["topic"]))
    if not isinstance(content["cases"], list) or not content["cases"]:
        raise FormError("there are no cases")
    return TOPICS[content["topic"]], content


def check_case(topic, number, case):
    """A Comparison with all that was compared."""
    comparison = Comparison()
    try:
        members(case, "number", "operation", "name", "rules", "expected", "inputs", "intermediate", "outputs")
        comparison.compare("number", number, case["number"])
        if case["operation"] not in topic.OPERATIONS:
            raise FormError("unknown operation {!r}".format(case["operation"]))
        intermediate = outputs = None
        expected = {"result": "accepted"}
        try:
            intermediate, outputs = topic.OPERATIONS[case["operation"]](case["inputs"], comparison)
        except Refused as refused:
            layer = topic.LAYERS.get(refused.layer, refused.layer)
            expected = {"result": "refused", "layer": layer, "error": refused.error}
            if case["expected"] == expected and not set(refused.rules) & set(case["rules"]):
                comparison.differences.append("rules: refused by {}, given {}".format(
                    " and ".join(refused.rules), " and ".join(case["rules"])))
        comparison.compare("expected", expected, case["expected"])
        comparison.compare("intermediate", intermediate, case["intermediate"])
        comparison.compare("outputs", outputs, case["outputs"])
    except Exception as error:  # whatever a broken case brings about is a failure of that case
        comparison.differences.append("{}: {}".format(type(error).__name__, error))
    return comparison


def check_file(path):
    """How many cases passed and failed."""
    try:
        topic, content = load(path)
    except FormError as error:
        print("{}: FAILED: {}".format(path.name, error))
        return 0, 1
    violations = schema.violations(content)
    if violations:
        print("{}: FAILED: not in the form of {}".format(path.name, schema.PATH.name))
        for violation in violations:
            print("  " + violation)
    cases = content["cases"]
    values = failed = 0
    failures = []
    for number, case in enumerate(cases, 1):
        comparison = check_case(topic, number, case)
        values += comparison.count
        failed += bool(comparison.differences)
        failures += ["{}: case {}: {}".format(path.name, number, d) for d in comparison.differences]
    print("{}: {} cases, {} passed, {} failed, {} values compared".format(
        path.name, len(cases), len(cases) - failed, failed, values))
    for failure in failures:
        print("  " + failure)
    return len(cases) - failed, failed + bool(violations)


def run(folder):
    """Checks every file of the folder, that there is one for each topic, and the worked examples. The exit code."""
    paths = {path.name: path for path in folder.glob("*.json") if path.name != schema.PATH.name}
    for topic in TOPICS:
        paths.setdefault(topic + ".json", folder / (topic + ".json"))
    results = [check_file(paths[name]) for name in sorted(paths)]
    results += [examples.check(module) for module in examples.MODULES]
    passed, failed = map(sum, zip(*results))
    print("{} passed, {} failed".format(passed, failed))
    return 0 if passed and not failed else 1
