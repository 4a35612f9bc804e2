"""schema_agrees.py ACCEPTS EXPERIMENTS FILES: check that reader and schema give the same verdict.

Both must accept the shipped experiments and FILES/good, and refuse FILES/bad.
"""

import json
import pathlib
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: /usr/bin/python3 has no jsonschema (Debian: python3-jsonschema)")
    sys.exit(77)


def main():
    accepts, experiments, files = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    schema = json.loads((experiments / "schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    shipped = [f for f in experiments.glob("*.json") if f.name != "schema.json"]
    good = sorted(shipped + list((files / "good").glob("*.json")))
    bad = sorted((files / "bad").glob("*.json"))
    if not good or not bad:
        sys.exit("no files found")
    answers = subprocess.run([accepts, *map(str, good + bad)], capture_output=True, text=True,
                             check=True).stdout.splitlines()
    if len(answers) != len(good + bad):
        sys.exit("an answer is not one line")
    wrong = 0
    for file, answer in zip(good + bad, answers):
        expected = file in good
        by_reader = answer == "ok"
        by_schema = validator.is_valid(json.loads(file.read_text()))
        print(f"{file.name}: reader {answer}; schema {'ok' if by_schema else 'refuses'}")
        if (by_reader, by_schema) != (expected, expected):
            wrong += 1
            print(f"  WRONG: both should {'accept' if expected else 'refuse'}")
    sys.exit(1 if wrong else 0)


main()
