"""Shared by the end-to-end tests: the program, small experiments, and comparisons of results.

CMake sets $GRADWIRE to the path of the program and $GRADWIRE_SOURCE_DIR to the source folder.
"""

from __future__ import annotations

import copy
import csv
import gzip
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

GRADWIRE = os.environ["GRADWIRE"]
SOURCE = Path(os.environ["GRADWIRE_SOURCE_DIR"])
PATIENCE = 600  # seconds; sanitizers and busy machines are slow

Json = dict[str, Any]

METHODS: list[Json] = [
    {"name": "sgd"},
    {"name": "sparse", "density": 0.1},
    {"name": "lasg"},
    {"name": "sasg", "density": 0.1},
]

TINY: Json = {
    "name": "tiny",
    "base": {
        "workers": 3,
        "seed": 1,
        "dataset": {
            "name": "synthetic",
            "train_samples": 120,
            "test_samples": 50,
            "dimension": 8,
            "classes": 4,
        },
        "model": {"name": "mlp", "hidden": [6]},
        "batch_size": 5,
        "epochs": 3,
        "learning_rate": {"initial": 0.05},
        "evaluate_every": 4,
        "baseline": {"metric": "test_accuracy", "above": 0.5},
    },
    "sweep": [{"algorithm": METHODS}],
}


def tiny(sweep: list[Json] | None = None, **base: Any) -> Json:
    """An experiment whose runs take some milliseconds each, besides their start."""
    experiment = copy.deepcopy(TINY)
    experiment["base"].update(base)
    if sweep is not None:
        experiment["sweep"] = sweep
    return experiment


def idx(values: bytes, *dimensions: int) -> bytes:
    """A file in MNIST's format, IDX."""
    header = struct.pack(f">HBB{len(dimensions)}I", 0, 8, len(dimensions), *dimensions)
    return header + values


def small_mnist(folder: Path, train: int = 60, test: int = 20) -> Path:
    """Writes a data set named mnist, of 4 x 4 images and gzipped labels, into `folder`."""
    place = folder / "mnist"
    place.mkdir(parents=True)
    for kind, count in (("train", train), ("t10k", test)):
        pixels = bytes((37 * i) % 256 for i in range(16 * count))
        labels = bytes(i % 10 for i in range(count))
        (place / f"{kind}-images-idx3-ubyte").write_bytes(idx(pixels, count, 4, 4))
        packed = gzip.compress(idx(labels, count), mtime=0)
        (place / f"{kind}-labels-idx1-ubyte.gz").write_bytes(packed)
    return folder


def runs_of(results: Path) -> list[Path]:
    """The folders of complete runs."""
    return sorted(p for p in (results / "runs").iterdir() if not p.name.startswith("."))


def checkpoints_of(results: Path) -> list[Path]:
    """Whole checkpoints, without those being written."""
    return [f for f in (results / "runs").glob(".checkpoint-*") if ".partial-" not in f.name]


def leftovers(results: Path) -> list[Path]:
    return [p for p in results.rglob("*") if ".partial-" in p.name]


def without_wall(summary: Json) -> Json:
    """A summary.json without the members that are not reproducible."""
    rest = {key: value for key, value in summary.items() if key != "wall"}
    varies = ("threads", "simgrid", "libtorch", "onednn")  # a replay has no LibTorch
    rest["environment"] = {k: v for k, v in rest["environment"].items() if k not in varies}
    return rest


def same_digest(ours: str | None, theirs: str | None) -> bool:
    """Whether two digests are equal, as far as both runs know theirs: replays do not."""
    return not ours or not theirs or ours == theirs


def read_csv(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def fingerprint(run: Path) -> tuple[bytes, bytes, bytes, Json]:
    """Everything in a run that must be reproducible."""
    summary = json.loads((run / "summary.json").read_text())
    files = (run / name for name in ("metrics.csv", "scenario.json", "workers.csv"))
    metrics, scenario, workers = (file.read_bytes() for file in files)
    return metrics, scenario, workers, without_wall(summary)


def index(results: Path) -> list[dict[str, str]]:
    """runs.csv without the columns that are not reproducible."""
    varies = re.compile(r"wall\.|environment\.(threads|simgrid|libtorch|onednn)$")
    return [
        {column: cell for column, cell in row.items() if not varies.match(column)}
        for row in read_csv(results / "runs.csv")
    ]


def living(wanted: Callable[[int, bytes], bool]) -> list[int]:
    """Ids of running processes for which `wanted(parent, command line)` holds."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            state, parent = (folder / "stat").read_text().rpartition(") ")[2].split()[:2]
        except OSError:
            continue  # it has ended in the meantime
        if state != "Z" and wanted(int(parent), command):
            found.append(int(folder.name))
    return found


def processes_naming(text: str) -> list[int]:
    return living(lambda _, command: text.encode() in command)


def children_of(pid: int) -> list[int]:
    return living(lambda parent, _: parent == pid)


def wait_until(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Polls `condition` until it is true or time is up; returns its last value."""
    end = time.monotonic() + seconds
    while not (result := condition()) and time.monotonic() < end:
        time.sleep(0.002)
    return result


class EndToEnd(unittest.TestCase):
    """A test case with a temporary folder that is deleted after the test."""

    maxDiff = 4000

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gradwire-"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.out = self.folder / "out"

    def environment(self) -> dict[str, str]:
        variables = {k: v for k, v in os.environ.items() if k != "GRADWIRE_DATA"}
        return variables | {"HOME": str(self.folder), "TERM": "dumb"}

    def write(self, experiment: Json | str | bytes, name: str = "x.json") -> Path:
        file = self.folder / name
        if isinstance(experiment, bytes):
            file.write_bytes(experiment)
        else:
            text = experiment if isinstance(experiment, str) else json.dumps(experiment)
            file.write_text(text)
        return file

    def start(
        self, *arguments: str | Path, terminal: str = "dumb", **options: Any
    ) -> subprocess.Popen[str]:
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
        command = [GRADWIRE, *map(str, arguments)]
        environment = self.environment() | {"TERM": terminal}
        process = subprocess.Popen(command, cwd=self.folder, env=environment, **options)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process: subprocess.Popen[str]) -> None:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def gradwire(
        self, *arguments: str | Path, before: Sequence[str] = (), **options: Any
    ) -> subprocess.CompletedProcess[str]:
        command = [*before, GRADWIRE, *map(str, arguments)]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(),
            capture_output="stdout" not in options,
            text=True,
            timeout=PATIENCE,
            check=False,
            **options,
        )

    def run_sweep(
        self, file: Path, out: Path, *arguments: str, status: int = 0
    ) -> subprocess.CompletedProcess[str]:
        done = self.gradwire("run", file, "-o", out, *arguments)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def assert_same_results(self, results: Path, reference: Path) -> None:
        """Asserts that two results folders are equal, except for wall-clock values."""
        self.assertEqual([r.name for r in runs_of(results)], [r.name for r in runs_of(reference)])
        self.assert_whole(results, reference)
        for row, expected in zip(index(results), index(reference), strict=True):
            self.assertTrue(same_digest(row.pop("digest"), expected.pop("digest")))
            self.assertEqual(row, expected)
        self.assertEqual(leftovers(results), [])

    def assert_whole(self, results: Path, reference: Path) -> None:
        """Asserts that each complete run equals the one in `reference`."""
        for run in runs_of(results):
            ours, theirs = fingerprint(run), fingerprint(reference / "runs" / run.name)
            self.assertTrue(same_digest(ours[-1].pop("digest"), theirs[-1].pop("digest")))
            self.assertEqual(ours, theirs)

    def assert_same_when_killed(
        self, experiment: Json, times: int, name: str = "", files: tuple[str, ...] = ("trace.bin",)
    ) -> None:
        """Runs an experiment of one run once as a whole, and once killed at so many different
        checkpoints; compares the results, and these files of the run."""
        file = self.write(experiment)
        every = ("--checkpoint-every", "7", "--quiet", "--threads", "2")
        whole, out = self.folder / f"whole{name}", self.folder / f"killed{name}"
        self.run_sweep(file, whole, *every)
        killed, seen = 0, b""
        for _ in range(times):
            process = self.start("run", file, "-o", out, *every)

            def has_gone_on() -> bool:
                written = checkpoints_of(out) if (out / "runs").exists() else []
                now = written[0].read_bytes() if written else b""
                return process.poll() is not None or now not in (b"", seen)

            wait_until(has_gone_on)
            if process.poll() is not None:
                break  # it was faster
            process.kill()
            process.communicate()
            self.assert_no_orphans()
            killed += 1
            if checkpoints := checkpoints_of(out):
                seen = checkpoints[0].read_bytes()
        self.assertGreaterEqual(killed, min(times, 2), name)
        self.run_sweep(file, out, *every)
        self.assert_same_results(out, whole)
        for file_name in files:
            (expected, found) = (runs_of(r)[0] / file_name for r in (whole, out))
            self.assertEqual(found.read_bytes(), expected.read_bytes(), file_name)

    def assert_no_orphans(self) -> None:
        alive = wait_until(lambda: not processes_naming(str(self.folder)), 5.0)
        self.assertTrue(alive, f"still alive: {processes_naming(str(self.folder))}")

    def assert_one_line(self, text: str, *patterns: str) -> None:
        self.assertEqual(text.count("\n"), 1, text)
        for pattern in patterns:
            self.assertRegex(text, pattern)

    def as_nobody(self) -> list[str]:
        """A command prefix that drops root's privileges; skips the test where that fails."""
        if os.geteuid() != 0:
            return []
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        try:
            probe = subprocess.run(
                [*prefix, GRADWIRE, "--version"], capture_output=True, check=False
            )
        except OSError as error:
            self.skipTest(f"root may do everything, and setpriv does not work: {error}")
        if probe.returncode != 0:
            self.skipTest(f"root may do everything, and nobody may not run {GRADWIRE}")
        return prefix

    def small_disk(self, kilobytes: int = 1024) -> Path:
        """A folder on a small file system; skips the test where it cannot be mounted."""
        place = self.folder / "disk"
        place.mkdir()
        options = f"size={kilobytes}k"
        command = ["mount", "-t", "tmpfs", "-o", options, "none", str(place)]
        try:
            mounted = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            self.skipTest(f"cannot mount a small disk: {error}")
        if mounted.returncode != 0:
            self.skipTest(f"cannot mount a small disk: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(place)], check=False)
        return place


def fill(disk: Path, leave: int = 0) -> Path:
    """Fills a small file system up to `leave` bytes; returns the file that fills it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
        file.truncate(max(0, file.tell() - leave))
    return filler


def interruptible() -> None:
    """For preexec_fn: restores Ctrl-C, which test runners in the background may ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def main() -> None:
    unittest.main(verbosity=2)
