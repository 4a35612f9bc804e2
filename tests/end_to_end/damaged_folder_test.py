"""Damaged results folders: seeded mutations of a small folder, and commands that read it.

Whatever the files contain, a command ends in time with exit status 0, 1 or 2 and reports the fault
in gradwire's own words. GRADWIRE_MUTATIONS is the number of mutations, GRADWIRE_MUTATION_SEED the
seed of the first.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from support import (
    GRADWIRE,
    METHODS,
    EndToEnd,
    checkpoints_of,
    fingerprint,
    leftovers,
    main,
    runs_of,
    tiny,
    wait_until,
)

MUTATIONS = int(os.environ.get("GRADWIRE_MUTATIONS", "60"))
FIRST_SEED = int(os.environ.get("GRADWIRE_MUTATION_SEED", "1"))
TIME_LIMIT = 60  # seconds; an undisturbed command takes one
MEMORY_LIMIT = 1_500_000  # kilobytes of resident memory per process
EXPERIMENT = tiny([{"algorithm": [METHODS[0], METHODS[1], METHODS[3]]}], epochs=1)

# Messages of libraries and of crashed processes.
NOT_OURS = re.compile(
    r"json\.exception|stod|stoi|stoll|bad_alloc|basic_string|out_of_range|std::|terminate called|"
    r"what\(\)|Assertion|vector::|bad optional|bad_variant|filesystem error|cereal|signal \d|"
    r"Impossible|CRITICAL|AddressSanitizer|runtime error:|Segmentation|core dumped"
)

NO_MISTAKE = re.compile(r"^\[\d+/\d+\] |; the run is done again$")

ODD_VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    1.5,
    10**30,
    2**63,
    -(2**63),
    1e308,
    5e-324,
    "",
    "1e999",
    "nan",
    "\u0000\u202e",
    "~",
    "a/b~c.d",
    "x" * 100_000,
    [],
    [[]],
    {},
    {"name": 3},
    {"": None},
]


def nodes(json_value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all parts of a JSON value, including the value itself."""
    yield path
    if isinstance(json_value, dict):
        for key, value in json_value.items():
            yield from nodes(value, (*path, key))
    elif isinstance(json_value, list):
        for index, value in enumerate(json_value):
            yield from nodes(value, (*path, index))


def with_value(json_value: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    parent = json_value
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return json_value


def without(json_value: Any, path: tuple[Any, ...]) -> Any:
    if not path:
        return {}
    parent = json_value
    for step in path[:-1]:
        parent = parent[step]
    del parent[path[-1]]
    return json_value


class Mutation:
    """One fault in one file of a results folder, determined by a seed."""

    def __init__(self, seed: int, results: Path) -> None:
        self.draw = random.Random(seed)
        self.results = results
        self.files = sorted(p for p in results.rglob("*") if p.is_file())
        # Most readers read JSON: two draws of three.
        files = [p for p in self.files if p.suffix == ".json"]
        self.file = self.draw.choice(files if self.draw.random() < 0.67 else self.files)
        kinds = [self.truncate, self.flip, self.swap, self.replace]
        if self.file.suffix == ".json":
            of_json = [self.change_type, self.remove_key, self.rename_key, self.nest, self.number]
            kinds += of_json * 2
        self.kind = self.draw.choice(kinds)

    def __str__(self) -> str:
        return f"{self.kind.__name__} {self.file.relative_to(self.results)}"

    def apply(self) -> None:
        self.kind()

    def truncate(self) -> None:
        content = self.file.read_bytes()
        self.file.write_bytes(content[: self.draw.randrange(len(content))])

    def flip(self) -> None:
        content = bytearray(self.file.read_bytes())
        for _ in range(self.draw.choice([1, 1, 2, 8, 64])):
            content[self.draw.randrange(len(content))] = self.draw.randrange(256)
        self.file.write_bytes(content)

    def swap(self) -> None:
        shutil.copyfile(self.draw.choice([p for p in self.files if p != self.file]), self.file)

    def replace(self) -> None:
        """Replaces the file by a folder, a link, an empty or a large file, or by nothing."""
        self.file.unlink()
        kind = self.draw.randrange(6)
        if kind == 0:
            self.file.mkdir()
        elif kind == 1:
            self.file.symlink_to(self.file.name)
        elif kind == 2:
            self.file.symlink_to("/dev/zero")
        elif kind == 3:
            self.file.write_bytes(b"")
        elif kind == 4:
            self.file.write_bytes(bytes(20_000_000))

    def edit(self, change: Callable[[Any], Any]) -> None:
        self.file.write_text(json.dumps(change(json.loads(self.file.read_text())), indent=2))

    def place(self, json_value: Any) -> tuple[Any, ...]:
        return self.draw.choice(list(nodes(json_value)))

    def change_type(self) -> None:
        self.edit(lambda j: with_value(j, self.place(j), self.draw.choice(ODD_VALUES)))

    def remove_key(self) -> None:
        self.edit(lambda j: without(j, self.place(j)))

    def rename_key(self) -> None:
        def change(json_value: Any) -> Any:
            keys = [p for p in nodes(json_value) if p and isinstance(p[-1], str)]
            path = self.draw.choice(keys)
            parent = json_value
            for step in path[:-1]:
                parent = parent[step]
            parent[self.draw.choice([path[-1] + "x", "", "name", "replay"])] = parent.pop(path[-1])
            return json_value

        self.edit(change)

    def nest(self) -> None:
        depth = self.draw.choice([65, 50_000])
        text = json.dumps(json.loads(self.file.read_text()))
        cut = self.draw.choice([m.end() for m in re.finditer(": ", text)])
        self.file.write_text(text[:cut] + "[" * depth + "]" * depth + text[cut:])

    def number(self) -> None:
        """Replaces a number by another."""
        text = self.file.read_text()
        numbers = list(re.finditer(r"(?<=[ \[])-?\d[\d.e+-]*", text))
        if numbers:
            old = self.draw.choice(numbers)
            odd = ["-1", "0", "1e999", "1e308", "9" * 30, "0.5", "5e-324", str(2**31), str(2**32)]
            self.file.write_text(text[: old.start()] + self.draw.choice(odd) + text[old.end() :])


class DamagedFolder(EndToEnd):
    sound: Path

    def setUp(self) -> None:
        super().setUp()
        self.file = self.write(EXPERIMENT)
        self.sound = self.folder / "sound"
        self.run_sweep(self.file, self.sound, "-j", "2", "--quiet")
        shutil.copytree(self.sound, self.out)

    def run_of(self, name: str, results: Path | None = None) -> Path:
        (run,) = [r for r in runs_of(results or self.out) if r.name.startswith(name)]
        return run

    def assert_healed(self) -> None:
        for run in runs_of(self.sound):
            self.assertEqual(fingerprint(self.out / "runs" / run.name), fingerprint(run))
        self.assertEqual(leftovers(self.out), [])

    def damage_summary(self, text: str) -> None:
        summary = self.run_of("sgd") / "summary.json"
        summary.write_text(text)
        done = self.run_sweep(self.file, self.out)

        again = [line for line in done.stderr.splitlines() if "done again" in line]
        self.assertEqual(len(again), 1, done.stderr)
        self.assertIn(f"{summary.relative_to(self.folder)}: ", again[0])
        self.assertTrue(again[0].endswith("; the run is done again"), again[0])
        self.assertNotRegex(done.stderr + done.stdout, NOT_OURS)
        self.assert_healed()

    def test_a_run_whose_summary_is_truncated_is_done_again(self) -> None:
        text = (self.run_of("sgd") / "summary.json").read_text()
        self.damage_summary(text[: len(text) // 2])

    def test_a_run_whose_summary_is_empty_is_done_again(self) -> None:
        self.damage_summary("")

    def test_a_run_whose_summary_has_another_type_is_done_again(self) -> None:
        summary = json.loads((self.run_of("sgd") / "summary.json").read_text())
        for wrong in (
            [summary],
            summary | {"status": 3},
            summary | {"rounds": "many"},
            summary | {"final": []},
            summary | {"baseline": {"rounds": 1}},
            summary | {"environment": {"threads": 10**12}},
            summary | {"notes": [3]},
            {key: value for key, value in summary.items() if key != "simulated_seconds"},
        ):
            self.damage_summary(json.dumps(wrong))

    def test_what_is_said_names_the_value(self) -> None:
        summary = self.run_of("sgd") / "summary.json"
        broken = json.loads(summary.read_text()) | {"final": {"test_accuracy": "high"}}
        summary.write_text(json.dumps(broken))
        done = self.run_sweep(self.file, self.out, "--quiet")
        self.assert_one_line(
            done.stderr,
            r'summary\.json: /final/test_accuracy: must be a number, got "high"; the run is done',
        )

    def test_a_number_that_was_none_is_no_damage(self) -> None:
        """A run writes null where a loss was not a number."""
        summary = self.run_of("sgd") / "summary.json"
        changed = json.loads(summary.read_text())
        changed["final"]["test_loss"] = None
        changed["final"]["test_accuracy"] = None
        summary.write_text(json.dumps(changed))
        done = self.run_sweep(self.file, self.out)
        self.assertNotIn("done again", done.stderr)

    def test_a_replay_names_the_damaged_file(self) -> None:
        for name, text, says in (
            ("experiment.json", "[]", r"must be an object, got \[\]$"),
            ("experiment.json", '{"gradwire": 3}', r"/gradwire: must be an object"),
            ("experiment.json", '{"sweep": {}}', r"/sweep: must be a list, got {}$"),
            ("experiment.json", '{"sweep": [3]}', r"/sweep/0: must be an object"),
            ("experiment.json", '{"sweep": [{"~": []}]}', r"/sweep/0: unknown setting"),
            (
                "experiment.json",
                '{"gradwire": {"recorded_axes": [3]}}',
                r"/gradwire/recorded_axes: must be a list of settings",
            ),
            ("scenario.json", "3", r"must be an object, got 3$"),
            ("scenario.json", '{"protocol": 3}', r"/protocol: must be an object"),
            ("summary.json", "{", r"line 1, column 2: "),
        ):
            for command in (["replay", "-o", self.folder / "again"], ["verify"]):
                run = self.run_of("sgd")
                file = (self.out if name == "experiment.json" else run) / name
                before = file.read_bytes()
                file.write_text(text)
                done = self.gradwire(*command, self.out)
                file.write_bytes(before)
                self.assertEqual(done.returncode, 2, f"{name} {text}: {done.stderr}")
                self.assert_one_line(done.stderr, re.escape(name) + ": " + says)

    def test_a_setting_that_came_later_inside_something_else_is_no_crash(self) -> None:
        scenario = json.loads((self.run_of("sgd") / "scenario.json").read_text())
        for wrong in (3, [], "sequential", None):
            file = self.write(scenario | {"protocol": wrong})
            done = self.gradwire("validate", file)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assert_one_line(done.stderr, r"/protocol: must be an object, got")

    def test_a_damaged_checkpoint_is_as_good_as_none(self) -> None:
        whole = self.a_checkpoint()
        flipped = whole[:500] + bytes([whole[500] ^ 0xFF]) + whole[501:]
        for damaged in (b"", whole[:100], whole[:-1], flipped, b"x" * 9):
            run = self.run_of("sgd", self.sound).name
            shutil.rmtree(self.out / "runs" / run, ignore_errors=True)
            (self.out / "runs" / f".checkpoint-{run}").write_bytes(damaged)
            done = self.run_sweep(self.file, self.out)
            self.assertNotRegex(done.stderr + done.stdout, NOT_OURS)
            self.assert_healed()

    def a_checkpoint(self) -> bytes:
        """A checkpoint of the first run, which is killed to get it."""
        place = self.folder / "checkpointed"
        slow = self.write(EXPERIMENT | {"sweep": [], "name": "slow"}, "slow.json")
        process = self.start(
            "run", slow, "-o", place, "--checkpoint-every", "1", "--set", "epochs=100000"
        )
        wait_until(lambda: checkpoints_of(place))
        content = checkpoints_of(place)[0].read_bytes()
        process.kill()
        process.wait()
        return content

    def test_leftovers_of_killed_commands_are_gone_after_the_next(self) -> None:
        names = [
            "runs.csv.partial-1",
            "crossovers.csv.partial-1",
            "experiment.json.partial-1",
            "runs/.checkpoint-sgd-0.partial-1",
        ]
        for name in names:
            (self.out / name).write_text("x")
        for name in (".crossovers.partial-1", "runs/.partial-sgd-0-1"):
            (self.out / name).mkdir()
            (self.out / name / "scenario.json").write_text("x")
        shutil.copytree(self.out, self.folder / "replayed")
        self.run_sweep(self.file, self.out, "--quiet")
        self.assertEqual(leftovers(self.out), [])

        replayed = self.folder / "replayed"
        done = self.gradwire("replay", self.sound, "-o", replayed, "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(leftovers(replayed), [])

    def commands(self, draw: random.Random) -> list[str | Path]:
        again = self.folder / "again"
        run = draw.choice(runs_of(self.sound)).name
        return draw.choice(
            [
                ["run", self.file, "-o", self.out],
                ["run", self.file, "-o", self.out, "--quiet"],
                ["replay", self.out, "-o", again],
                ["replay", self.out / "runs" / run, "-o", again, "--set", "platform.uplink=1Mbps"],
                ["verify", "--replay", self.out],
                ["verify", "--replay", self.out / "runs" / run],
                ["validate", self.out / "experiment.json"],
                ["validate", self.out / "runs" / run / "scenario.json"],
            ]
        )

    def try_mutation(self, seed: int) -> str:
        """Applies a mutation, runs a command and returns its exit status as text."""
        shutil.rmtree(self.out)
        shutil.rmtree(self.folder / "again", ignore_errors=True)
        shutil.copytree(self.sound, self.out)
        mutation = Mutation(seed, self.out)
        mutation.apply()
        command = self.commands(random.Random(seed))
        told = f"seed {seed}: {mutation}; {' '.join(map(str, command))}"
        try:
            done = subprocess.run(
                [GRADWIRE, *map(str, command)],
                cwd=self.folder,
                env=self.environment(),
                capture_output=True,
                stdin=subprocess.DEVNULL,
                text=True,
                errors="replace",
                timeout=TIME_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            self.fail(f"{told}: has not ended")
        said = f"{told}: {done.returncode}: {done.stderr[:2000]}"
        self.assertIn(done.returncode, (0, 1, 2), said)
        self.assertNotRegex(done.stderr + done.stdout, NOT_OURS, told)
        if done.returncode != 0:
            self.assertRegex(done.stderr, r"\w+ \w+", said)
        if done.returncode == 2:  # one line, besides progress and notes on repeated runs
            lines = [line for line in done.stderr.splitlines() if not NO_MISTAKE.search(line)]
            self.assertEqual(len(lines), 1, said)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertLess(peak, MEMORY_LIMIT, told)
        return str(done.returncode)

    def test_mutations_end_with_a_sentence(self) -> None:
        statuses = Counter(
            self.try_mutation(seed) for seed in range(FIRST_SEED, FIRST_SEED + MUTATIONS)
        )
        print(f"{MUTATIONS} mutations from seed {FIRST_SEED}: {dict(statuses)}")


if __name__ == "__main__":
    main()
