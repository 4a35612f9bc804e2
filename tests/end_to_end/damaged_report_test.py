"""gradwire report on damaged folders: whatever the damage, a sentence names the file.

$GRADWIRE_DAMAGED_REPORTS is the number of folders with random damage.
"""

from __future__ import annotations

import concurrent.futures
import copy
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support import EndToEnd, main, read_csv, runs_of, tiny

DAMAGES = int(os.environ.get("GRADWIRE_DAMAGED_REPORTS", "120"))
SECONDS = 60  # limit for one report; machines that run tests are busy
SANITIZED = bool(os.environ.get("GRADWIRE_SANITIZE"))
SWEEP = [{"algorithm": [{"name": "sgd"}, {"name": "sasg", "density": 0.1}]}, {"seed": [1, 2]}]
CROSSOVERS = (
    "setting,statement,method,than,margin,network_model,over,unit,holds,at,low,high,ci95_low,"
    "ci95_high,seeds,note\n"
    ",SASG beats SGD,SASG,SGD,0.0,CM02,platform.uplink,bps,below,2e6,1.9e6,2.1e6,1e6,3e6,2,\n"
    ",SGD beats SASG,SGD,SASG,0.0,CM02,platform.uplink,bps,unknown,,,,,,2,no common seed\n"
)
# Messages of libraries or the system, in place of gradwire's own.
FOREIGN = re.compile(
    r"json\.exception|parse_error|type_error|out_of_range|invalid_iterator|nlohmann|std::|stod|"
    r"stoi|bad_alloc|length_error|basic_string|vector::|map::at|terminate|what\(\)|boost|regex|"
    r"filesystem error|Sanitizer|runtime error|Segmentation|assert",
    re.IGNORECASE,
)

JSON_VALUES: list[Any] = [
    None, True, -1, 0, 2**63, 5e-324, 1e-310, 1e304, 1.7e308, -1e308, "", "text", "nan", "-inf",
    "1e308", "=1+1", "s\u00e9g", "\u0000", "x" * 20_000, [], {}, [1, "a"], {"a": {"b": []}},
]  # fmt: skip
CELLS = [
    b"nan", b"inf", b"-inf", b"5e-324", b"1e-310", b"1e304", b"1.7e308", b"-1e308", b"1e999", b"",
    b"-", b"text", b"=1+1", b'"', b'"a', b"s\xe9g", b"\xff\xfe", b"\x00", b"1,2", b"9" * 400,
    b"x" * 20_000,
]  # fmt: skip


def places_in(value: Any) -> list[tuple[Any, Any]]:
    """Every container in a JSON value, with each of its keys or indices."""
    found: list[tuple[Any, Any]] = []
    if not isinstance(value, dict | list):
        return found
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in list(items):
        found.append((value, key))
        found += places_in(below)
    return found


def change_json(data: bytes, rng: random.Random) -> bytes:
    value = json.loads(data)
    for _ in range(rng.choice([1, 1, 1, 3])):
        places = places_in(value)
        if not places:
            break
        container, key = rng.choice(places)
        if rng.random() < 0.3:
            del container[key]
        else:
            container[key] = copy.deepcopy(rng.choice(JSON_VALUES))
    return json.dumps(value, ensure_ascii=rng.random() < 0.5).encode()


def spoil_json(data: bytes, rng: random.Random) -> bytes:
    """Inserts numbers, nesting and bytes that Python's json module does not write."""
    text = rng.choice([b"1e999", b"[" * 50_000, b"[" * 64 + b"]" * 64, b'"s\xe9g"', b"1e-400", b"-"])
    numbers = list(re.finditer(rb'(?<=[:\[,] )[-0-9"][^,\n\]}]*', data)) or [re.match(b"", data)]
    place = rng.choice(numbers)
    return data[: place.start()] + text + data[place.end() :]


def change_csv(data: bytes, rng: random.Random) -> bytes:
    rows = [line.split(b",") for line in data.split(b"\n")]
    row = rng.choice(rows[:-1])
    kind = rng.randrange(7)
    if kind < 3:
        for _ in range(rng.choice([1, 1, 5])):
            row = rng.choice(rows[:-1])
            row[rng.randrange(len(row))] = rng.choice(CELLS)
    elif kind == 3:
        column = rng.randrange(len(rows[0]))
        rows = [r[:column] + r[column + 1 :] for r in rows]
    elif kind == 4:
        rows.insert(rng.randrange(len(rows)), list(row))
    elif kind == 5:
        rows.remove(row)
    else:
        row.pop(rng.randrange(len(row)))
    return b"\n".join(b",".join(r) for r in rows)


def change_bytes(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    kind = rng.randrange(4)
    if kind == 0:
        return data[: rng.randrange(len(data))]
    for _ in range(rng.choice([1, 3, 30])):
        at = rng.randrange(len(changed))
        if kind == 1:
            changed[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            changed[at] = rng.randrange(256)
        else:
            end = min(len(changed) - 1, at + rng.randrange(20))
            changed[at:end] = b""
    return bytes(changed)


def replace_file(data: bytes, rng: random.Random) -> bytes:
    return rng.choice(
        [b"", b"\n", b"null", b"[]", b"{}", b"\x00" * 100, rng.randbytes(500), data + data,
         data.decode("latin-1").encode("utf-16"), b"\xef\xbb\xbf" + data,
         data.replace(b"\n", b"\r\n"), data.replace(b",", b";"), data.replace(b",", b"\t")]
    )  # fmt: skip


def damage(file: Path, rng: random.Random) -> str:
    """Damages a file in a random way and returns the name of the way."""
    data = file.read_bytes()
    ways: list[Callable[[bytes, random.Random], bytes]] = [change_bytes, replace_file]
    ways += [change_json] * 4 + [spoil_json] if file.suffix == ".json" else [change_csv] * 5
    if rng.random() < 0.03:
        file.unlink()
        other = rng.choice(["gone", "folder", "loop"])
        if other == "folder":
            file.mkdir()
        elif other == "loop":
            file.symlink_to(file.name)
        return other
    way = rng.choice(ways)
    file.write_bytes(way(data, rng))
    return way.__name__


def limits() -> None:
    if not SANITIZED:  # the address sanitizer reserves more than any limit allows
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))


class DamagedReport(EndToEnd):
    def setUp(self) -> None:
        super().setUp()
        self.run_sweep(self.write(tiny(SWEEP)), self.out, "--timeline")
        (self.out / "crossovers.csv").write_text(CROSSOVERS)

    def environment(self) -> dict[str, str]:
        return super().environment() | {"GRADWIRE_VEGA": "/nowhere"}

    def report(self, folder: Path) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [os.environ["GRADWIRE"], "report", str(folder), "-o", str(folder) + "-report"],
            env=self.environment(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
            preexec_fn=limits,
        )
        text = (done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
        return subprocess.CompletedProcess(done.args, done.returncode, *text)

    def complaint(self, folder: Path) -> str:
        """Runs a report; returns what is wrong with its outcome, empty if nothing is."""
        try:
            done = self.report(folder)
        except subprocess.TimeoutExpired:
            return f"not done after {SECONDS} s"
        lines = done.stderr.splitlines()
        foreign = FOREIGN.search(done.stderr)
        if foreign:
            return f"{foreign.group()!r} in: {done.stderr[:600]}"
        if done.returncode == 0:
            ours = all(line.startswith("note: ") for line in lines)
            return "" if ours else f"not notes: {done.stderr[:600]}"
        if done.returncode == 2 and len(lines) == 1:
            return ""
        return f"exit status {done.returncode}: {done.stderr[:600]}"

    def files(self, folder: Path) -> list[Path]:
        return sorted(p for p in folder.rglob("*") if p.suffix in (".json", ".csv"))

    def one(self, number: int) -> str:
        """Damages a copy of the results and runs a report on it; returns what was wrong."""
        rng = random.Random(number)
        folder = self.folder / f"damaged-{number}"
        shutil.copytree(self.out, folder)
        done = []
        for _ in range(rng.choice([1, 1, 1, 2, 4])):
            files = [p for p in self.files(folder) if p.is_file()]
            # Files of the same name are alike: choose a name first.
            name = rng.choice(sorted({p.name for p in files}))
            file = rng.choice([p for p in files if p.name == name])
            try:
                done.append(f"{damage(file, rng)} {file.relative_to(folder)}")
            except (ValueError, IndexError, RecursionError):
                continue  # damaged already, so that this damage cannot be applied
        complaint = self.complaint(folder)
        if not complaint:
            shutil.rmtree(folder)
            shutil.rmtree(str(folder) + "-report", ignore_errors=True)
        return complaint and f"{number} ({', '.join(done)}): {complaint}"

    def test_random_damage_is_a_note_or_one_line(self) -> None:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            complaints = [c for c in pool.map(self.one, range(DAMAGES)) if c]
        self.assertEqual(complaints, [], "\n\n".join(complaints))
        print(f"{DAMAGES} damaged folders", file=sys.stderr)

    def noted(self, *patterns: str) -> subprocess.CompletedProcess[str]:
        done = self.report(self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        for pattern in patterns:
            self.assertRegex(done.stderr, pattern)
        self.assertNotRegex(done.stderr, FOREIGN)
        return done

    def test_each_kind_of_file_is_named_and_the_rest_reported(self) -> None:
        for run, name in zip(
            runs_of(self.out), ("scenario.json", "summary.json", "metrics.csv"), strict=False
        ):
            file = run / name
            file.write_bytes(file.read_bytes()[:-20])
        last = runs_of(self.out)[3]
        for file in (last / "timeline.json", self.out / "experiment.json"):
            file.write_bytes(file.read_bytes()[:-20])
        crossovers = self.out / "crossovers.csv"
        crossovers.write_text(CROSSOVERS.replace(",2e6,", ",,"))
        runs = self.out / "runs.csv"
        runs.write_text(runs.read_text() + "x,sgd\n")

        self.noted(
            r"/scenario\.json: is not JSON: wrong at byte \d+; left out",
            r"/summary\.json: is not JSON: wrong at byte \d+; left out",
            r"/metrics\.csv: line \d+: has \d+ cells",
            r"/timeline\.json: is not JSON: wrong at byte \d+; no timeline",
            r"/experiment\.json: is not JSON: wrong at byte \d+; left out",
            r'/crossovers\.csv: line 2: holds is "below" and at is ""',
            r"/runs\.csv: line 6: has 2 cells, the header has \d+; this row is left out",
        )

        rows = read_csv(Path(f"{self.out}-report") / "tables" / "runs.csv")
        self.assertEqual(len(rows), 2)

    def test_json_of_any_depth_is_refused_where_the_simulator_refuses_it(self) -> None:
        run = runs_of(self.out)[0]
        for name in ("summary.json", "scenario.json", "timeline.json"):
            kept = (run / name).read_bytes()
            (run / name).write_text('{"a": ' + "[" * 50_000 + "]" * 50_000 + "}")
            self.noted(rf"/{name}: nested too deeply, at most 64 levels")
            (run / name).write_bytes(kept)
        file = self.out / "experiment.json"
        experiment = json.loads(file.read_text())
        for levels, too_deep in ((64, False), (65, True)):
            nested: list[Any] = []
            for _ in range(levels - 3):  # the document, "gradwire" and the innermost list
                nested = [nested]
            file.write_text(json.dumps(experiment | {"gradwire": {"x": nested}}))
            valid, report = self.gradwire("validate", file), self.report(self.out)
            self.assertEqual(valid.returncode, 2 if too_deep else 0, valid.stderr)
            for done in (valid, report):
                self.assertEqual("nested too deeply, at most 64 levels" in done.stderr, too_deep)

    def test_numbers_at_the_edges_of_a_double_are_drawn(self) -> None:
        cases = Path(os.environ["GRADWIRE_SOURCE_DIR"]) / "tests" / "cases" / "runs"
        header = "iteration,test_accuracy,train_loss,rounds,uplink_payload_bits,simulated_seconds\n"
        tables = [(cases / "report-hang-metrics.csv").read_text()]
        for loss in ("1e-310", "5e-324", "1e300", "1e304", "1.7e308"):
            tables.append(header + f"10,0.5,{loss},30,1e5,1\n20,0.6,1,60,2e5,2\n")
        for table in tables:
            for run in runs_of(self.out):
                (run / "metrics.csv").write_text(table)
            self.noted()
            for name in ("figure2-bits", "figure2-rounds"):
                svg = (Path(f"{self.out}-report") / "figures" / f"{name}.svg").read_text()
                self.assertNotRegex(svg, r"\b(nan|inf)\b")
                self.assertLess(len(svg), 400_000)

    def test_denormal_results_are_numbers(self) -> None:
        for run in runs_of(self.out):
            summary = json.loads((run / "summary.json").read_text())
            summary |= {"uplink_seconds": 1e-310, "simulated_seconds": 5e-324}
            (run / "summary.json").write_text(json.dumps(summary))

        self.noted()

        rows = read_csv(Path(f"{self.out}-report") / "tables" / "runs.csv")
        self.assertEqual({row["simulated_seconds"] for row in rows}, {"5e-324"})


if __name__ == "__main__":
    main()
