"""Checks paceline.json against Grafana's own schema, by way of the types that Grafana generates from it.

    pip install grafana-foundation-sdk && python deploy/grafana/check.py

A value of the wrong kind is an error of the SDK; a field that the schema does not know is lost on the way through its
types, and is reported here with its path. What every machine can check without Python is in
`crates/serve/tests/deploy.rs`.
"""

import json
import pathlib
import sys

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard


def lost(given, kept, path=""):
    """Paths of fields that are in `given` and not in `kept`, or differ."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            if key not in kept:
                yield f"{path}.{key}"
            else:
                yield from lost(value, kept[key], f"{path}.{key}")
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for at, (one, other) in enumerate(zip(given, kept)):
            yield from lost(one, other, f"{path}[{at}]")
    elif given != kept:
        yield f"{path}: {given!r} became {kept!r}"


def main():
    register_default_plugins()
    file = pathlib.Path(__file__).parent / "paceline.json"
    given = json.loads(file.read_text())
    kept = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(given)))
    found = list(lost(given, kept))
    for line in found:
        print(f"not in the schema: {line}")
    print(f"{file.name}: {len(given['panels'])} panels, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
