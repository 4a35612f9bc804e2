"""Asynchronous servers as users run them: against numpy, resumed, recounted, refused."""

from __future__ import annotations

import csv
import importlib.util
import itertools
import json
import math
from collections import defaultdict
from pathlib import Path

from support import (
    SOURCE,
    EndToEnd,
    Json,
    main,
    read_csv,
    runs_of,
    small_mnist,
    tiny,
)

REFERENCE = Path(__file__).parents[1] / "reference"
specification = importlib.util.spec_from_file_location(
    "asynchronous", REFERENCE / "asynchronous.py"
)
reference = importlib.util.module_from_spec(specification)
specification.loader.exec_module(reference)


def spans_of(run: Path) -> list[Json]:
    events = json.loads((run / "timeline.json").read_text())["traceEvents"]
    return [event for event in events if event["ph"] == "X"]


class Reference(EndToEnd):
    """The program and tests/reference/asynchronous.py."""

    def convex(self) -> Json:
        samples = self.folder / "samples.txt"
        samples.write_text(reference.libsvm())
        probe = self.folder / "probe.txt"
        first = samples.read_text().splitlines()[: reference.PROBED]
        probe.write_text("\n".join(first) + "\n")
        overrides = [
            {
                "worker": m,
                "uplink": reference.UPLINK[m],
                "downlink": reference.DOWNLINK[m],
                "latency": reference.LATENCY[m],
                "speed": reference.SPEED[m] * 1e9,
            }
            for m in range(reference.CLIENTS)
        ]
        base = {
            "workers": reference.CLIENTS,
            "dataset": {
                "name": "file",
                "format": "libsvm",
                "train": str(samples),
                "test": str(probe),
                "partition": {
                    "kind": "consecutive",
                    "sizes": [reference.SAMPLES // reference.CLIENTS] * reference.CLIENTS,
                },
            },
            "model": {"name": "linear", "bias": False, "initial": "zeros"},
            "loss": {"name": "logistic", "l2": reference.L2},
            "batch_size": "all",
            "max_iterations": reference.UPDATES // reference.CLIENTS,
            "epochs": 10000,
            "evaluate_every": 1,
            "learning_rate": {"initial": reference.GAMMA},
            "platform": {"overrides": overrides},
            "wire": {"header_bytes": reference.HEADER},
            "compute": {
                "seconds_per_gradient": reference.GRADIENT_SECONDS,
                "local_step_seconds_per_entry": reference.LOCAL_STEP_SECONDS_PER_ENTRY,
                "server_seconds_per_upload": reference.SERVER_SECONDS_PER_UPLOAD,
                "adding_seconds_per_value": reference.ADDING_SECONDS_PER_VALUE,
            },
        }
        algorithms = [algorithm for algorithm, _ in reference.METHODS.values()]
        return {"name": "reference", "base": base, "sweep": [{"algorithm": algorithms}]}

    @classmethod
    def setUpClass(cls) -> None:
        cls.golden = defaultdict(list)
        with (REFERENCE / "asynchronous.csv").open() as file:
            for row in csv.DictReader(file):
                cls.golden[row["method"]].append(row)

    def test_the_csv_is_what_the_script_prints(self) -> None:
        written = [row for rows in self.golden.values() for row in rows]
        self.assertEqual(len(written), len(reference.METHODS) * reference.UPDATES)
        for row, expected in zip(written, reference.rows(), strict=True):
            for cell, value in zip(row.values(), expected, strict=True):
                if isinstance(value, float):
                    self.assertAlmostEqual(float(cell), value, delta=1e-9 * value)
                else:
                    self.assertEqual(cell, "" if value is None else str(value))

    def test_every_method_agrees_with_numpy(self) -> None:
        self.run_sweep(self.write(self.convex()), self.out, "-j", "2", "--quiet", "--timeline")
        rows = read_csv(self.out / "runs.csv")  # in the order of the experiment
        for row, name in zip(rows, reference.METHODS, strict=True):
            with self.subTest(name):
                self.agrees(name, self.out / "runs" / row["id"])

    def agrees(self, name: str, run: Path) -> None:
        expected = self.golden[name]
        applied = [span for span in spans_of(run) if span["name"] == "apply"]
        self.assertEqual(len(applied), len(expected))
        for span, row in zip(applied, expected):
            of = f"{name}, update {row['update']}"
            date = float(row["date"])
            # (The time line has tenths of nanoseconds.)
            end = (span["ts"] + span["dur"]) / 1e6
            self.assertAlmostEqual(end, date, delta=1e-9 * date + 1e-10, msg=of)
            for ours, theirs in (
                ("worker", "client"),
                ("version", "version"),
                ("staleness", "staleness"),
            ):
                self.assertEqual(span["args"][ours], int(row[theirs]), f"{theirs} of {of}")
        iterations = read_csv(run / "metrics.csv")
        expected = [row for row in expected if row["objective"]]
        self.assertEqual(len(iterations), len(expected))
        for found, row in zip(iterations, expected):
            of = f"{name}, update {row['update']}"
            date = float(row["date"])
            found_date = float(found["simulated_seconds"])
            self.assertAlmostEqual(found_date, date, delta=1e-9 * date, msg=of)
            for ours, theirs in (("objective", "objective"), ("test_loss", "probe")):
                value = float(row[theirs])
                self.assertTrue(
                    math.isclose(float(found[ours]), value, rel_tol=1e-5),
                    f"{theirs} of {of}: {found[ours]}, expected {value}",
                )


METHODS: list[Json] = [
    {"name": "downpour"},
    {"name": "downpour", "fetch_period": 2, "push_period": 3},
    {"name": "downpour", "fetch": "beside_push", "fetch_period": 2, "push_period": 2},
    {"name": "downpour_adagrad", "push_period": 2, "fetch_period": 2},
    {"name": "mdownpour", "compress": "sign"},
    {"name": "easgd", "exchange_period": 2, "compress": "qsgd"},
    {"name": "easgd", "centre": "synchronous", "exchange_period": 1},
    {"name": "eamsgd", "exchange_period": 3, "momentum": 0.5},
    {"name": "fed_async", "local_steps": 2},
    {"name": "fed_buff", "local_steps": 2, "buffer_size": 2},
]
# Whose codes have sizes of their own each time.
VARYING: Json = {
    "algorithm": {"name": "easgd", "exchange_period": 1, "compress": "qsgd", "levels": 4},
    "wire": {"levels": "elias"},
}


def unequal(**base: object) -> Json:
    """Three clients of unequal speed; jitter; a server that takes its time."""
    overrides = [{"worker": 1, "speed": "0.6Gf"}, {"worker": 2, "latency": "3ms"}]
    settings: Json = {
        "platform": {"overrides": overrides},
        "wire": {"header_bytes": 40},
        "compute": {"jitter": 0.3, "server_seconds_per_upload": 0.002},
    }
    return tiny([{"seed": [1]}], **(settings | base))


def failing(**base: object) -> Json:
    """Clients of whom one is down from 10 s to 15 s of every minute, and a slow server."""
    platform = {
        "kind": "file",
        "path": str(SOURCE / "platforms" / "star10-with-failures.xml"),
        "server": "server",
        "workers": [f"worker-{m}" for m in range(2, 5)],
    }
    compute = {"seconds_per_gradient": 1, "jitter": 0.2, "server_seconds_per_upload": 0.4}
    return tiny([{"seed": [1]}], **({"platform": platform, "compute": compute} | base))


def with_batch_norm() -> Json:
    """Images of 4 x 4."""
    layers = [
        {"kind": "conv", "channels": 3, "kernel": 3},
        {"kind": "batch_norm"},
        {"kind": "relu"},
        {"kind": "flatten"},
        {"kind": "linear"},
    ]
    return {"dataset": {"name": "mnist"}, "model": {"name": "layers", "layers": layers}}


class Asynchronous(EndToEnd):
    def setUp(self) -> None:
        super().setUp()
        self.data = small_mnist(self.folder / "data")

    def environment(self) -> dict[str, str]:
        return super().environment() | {"GRADWIRE_DATA": str(self.data)}

    def test_downpour_with_one_worker_is_sgd_to_the_bit(self) -> None:
        momentum = {"momentum": 0.5, "nesterov": True}
        pairs = [({"name": "downpour"}, {"name": "sgd"})]
        pairs.append(({"name": "mdownpour"} | momentum, {"name": "sgd"} | momentum))
        rate = {"initial": 0.2, "schedule": "steps", "steps": [{"epoch": 2, "factor": 0.1}]}
        base = {"workers": 1, "evaluate_every": 1, "learning_rate": rate, "epochs": 4}
        base["compute"] = {"server_seconds_per_upload": 0.001}
        own = {"mean_staleness", "max_staleness"}
        for (ours, theirs), number in zip(pairs, itertools.count()):
            rows = []
            for algorithm in (ours, theirs):
                out = self.folder / f"{number}-{algorithm['name']}"
                experiment = tiny([{"seed": [1]}], algorithm=algorithm, **base)
                self.run_sweep(self.write(experiment), out, "--quiet")
                (run,) = runs_of(out)
                rows.append(read_csv(run / "metrics.csv"))
            (asynchronous, synchronous) = rows
            self.assertEqual(len(asynchronous), len(synchronous))
            for row, other in zip(asynchronous, synchronous):
                self.assertEqual(row.keys() - own, other.keys())
                for column in other:
                    if "seconds" in column or column.startswith("downlink"):
                        continue  # the model of the next iteration is on its way
                    self.assertEqual(row[column], other[column], column)
                self.assertEqual([row[column] for column in sorted(own)], ["0", "0"])

    def test_threads_change_no_byte_and_the_time_line_has_the_staleness(self) -> None:
        cases = [{"algorithm": METHODS}]
        base = unequal()["base"]
        file = self.write({"name": "threads", "base": base, "sweep": cases})
        one = ("--threads", "1", "--timeline", "--quiet")
        self.run_sweep(file, self.folder / "1", "-j", "2", *one)
        self.assertEqual(len(runs_of(self.folder / "1")), len(METHODS))
        for run in runs_of(self.folder / "1"):
            with self.subTest(run.name):
                self.recount(run)
        for threads in ("2", "4"):
            out = self.folder / threads
            self.run_sweep(file, out, "-j", "2", "--threads", threads, "--quiet")
            self.assert_same_results(out, self.folder / "1")
            for run in runs_of(out):
                for name in ("staleness.csv", "trace.bin"):
                    expected = self.folder / "1" / "runs" / run.name / name
                    self.assertEqual((run / name).read_bytes(), expected.read_bytes())
        done = self.gradwire("verify", self.folder / "2", "--threads", "3")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"{len(METHODS)} of {len(METHODS)} runs are the same", done.stdout)

    def killed(self, experiment: Json, name: str, times: int) -> None:
        self.assert_same_when_killed(experiment, times, f"-{name}", ("staleness.csv", "trace.bin"))

    def test_killed_at_twenty_moments_it_ends_in_the_same_bytes(self) -> None:
        base = {"epochs": 260, "evaluate_every": 200}
        self.killed(unequal(algorithm=METHODS[2], **base), "downpour", 20)

    def test_killed_every_kind_of_run_ends_in_the_same_bytes(self) -> None:
        long = {"epochs": 120, "evaluate_every": 100}
        cases = {
            "elias": unequal(**VARYING, **long),
            "synchronous": unequal(algorithm=METHODS[6], **long),
            "fed_async": unequal(algorithm=METHODS[8], **long),
            "adagrad": unequal(algorithm=METHODS[3], **long),
            "failing": failing(**VARYING, **long),
            "failing_mix": failing(algorithm={"name": "fed_async", "local_steps": 1}, **long),
            "norms": unequal(
                algorithm=METHODS[1], **with_batch_norm(), epochs=60, evaluate_every=60
            ),
        }
        for name, experiment in cases.items():
            with self.subTest(name):
                self.killed(experiment, name, 2)

    def recount(self, run: Path) -> None:
        """Every staleness is what fetches and applied pushes of the time line say."""
        spans = spans_of(run)
        fetches, begins = defaultdict(list), defaultdict(list)
        for span in spans:
            worker = span["tid"] - 1
            if span["name"] == "fetch":
                fetches[worker].append((span["ts"] + span["dur"], span["args"]["version"]))
            elif span["name"] == "push":
                begins[worker - 3].append(span["ts"])
        histogram, versions = defaultdict(int), []
        applied = [span for span in spans if span["name"] == "apply"]
        for worker in range(3):
            pushes = [span for span in applied if span["args"]["worker"] == worker]
            # A push begins to move when it is made, since none waits here for the one before it; and
            # beside a fetch before that model arrives.
            for span, begin in zip(pushes, begins[worker]):
                known = [v for date, v in fetches[worker] if date <= begin + 1e-3]
                self.assertTrue(known)
                before = versions_before(applied, span)
                self.assertEqual(span["args"]["staleness"], before - known[-1])
                histogram[worker, span["args"]["staleness"]] += 1
                versions.append(span["args"]["staleness"])
        rows = read_csv(run / "staleness.csv")
        found = {(int(r["worker"]), int(r["staleness"])): int(r["pushes"]) for r in rows}
        self.assertEqual(found, dict(histogram))
        metrics = read_csv(run / "metrics.csv")
        self.assertEqual(sum(found.values()), int(metrics[-1]["rounds"]))
        largest = max(int(row["max_staleness"]) for row in metrics)
        self.assertEqual(largest, max(versions))
        ends = [0, *(int(row["rounds"]) for row in metrics)]
        summed = sum(
            float(row["mean_staleness"]) * (end - begin)
            for row, begin, end in zip(metrics, ends, ends[1:])
        )
        self.assertAlmostEqual(summed, sum(versions), 6)

    def test_a_client_that_fails_fetches_again(self) -> None:
        experiment = failing(algorithm={"name": "downpour"}, epochs=10)
        self.run_sweep(self.write(experiment), self.out, "--timeline")
        (run,) = runs_of(self.out)
        spans = spans_of(run)
        end = max(span["ts"] + span["dur"] for span in spans) / 1e6
        self.assertGreater(end, 75)
        for span in spans:
            if span["tid"] == 2 and span["name"] in ("fetch", "compute"):
                begin, length = span["ts"] / 1e6, span["dur"] / 1e6
                self.assertFalse(10 < begin % 60 < 15, "its host is down")
                self.assertFalse(begin % 60 < 10 < begin % 60 + length, "it is lost")
        pushes = {
            m: sum(s["name"] == "apply" and s["args"]["worker"] == m for s in spans)
            for m in range(3)
        }
        self.assertLess(pushes[1], min(pushes[0], pushes[2]))
        iterations = json.loads((run / "summary.json").read_text())["iterations"]
        self.assertEqual(sum(pushes.values()), 3 * iterations)

    def test_refuses_what_makes_no_sense(self) -> None:
        cases = [
            ({"name": "sgd"}, {"kind": "asynchronous"}, "/protocol/kind: asynchronous expects"),
            ({"name": "easgd"}, {"kind": "parameter_server"}, "must be asynchronous with easgd"),
            ({"name": "downpour"}, {"kind": "gossip"}, "/base/protocol/kind"),
            ({"name": "downpour"}, {"uplink": "concurrent"}, "/protocol/uplink"),
            ({"name": "downpour"}, {"on_failure": "go_on"}, "/protocol/on_failure"),
            ({"name": "easgd", "memory": "difference"}, {}, "/algorithm/memory"),
            ({"name": "downpour", "compress": "low_rank"}, {}, "/algorithm/compress"),
            ({"name": "downpour", "reduction": "mean"}, {}, "/algorithm/reduction"),
            ({"name": "easgd", "staleness_exponent": 1}, {}, "/algorithm/staleness_exponent"),
            (
                {"name": "downpour", "fetch": "beside_push", "fetch_period": 2},
                {},
                "/algorithm/fetch: fetch beside_push happens with each push",
            ),
            ({"name": "fed_buff", "local_epochs": 2}, {}, "/algorithm/local_epochs"),
        ]
        for algorithm, protocol, message in cases:
            with self.subTest(message, algorithm=algorithm["name"]):
                experiment = tiny([{"seed": [1]}], algorithm=algorithm, protocol=protocol)
                done = self.gradwire("validate", self.write(experiment))
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertIn(message, done.stderr)
        experiment = unequal(algorithm={"name": "downpour"})
        experiment["base"]["compute"] = {"server_seconds_per_iteration": 1}
        done = self.gradwire("validate", self.write(experiment))
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("server_seconds_per_upload", done.stderr)

    def test_a_replay_is_refused_with_the_reason(self) -> None:
        self.run_sweep(self.write(unequal(algorithm=METHODS[0])), self.out, "--quiet")
        slow = ("--set", "platform.uplink=10Mbps")
        done = self.gradwire("replay", self.out, "-o", self.folder / "replay", *slow)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("asynchronous", done.stderr)
        again = self.folder / "again"
        done = self.gradwire("replay", self.out, "-o", again, "--relearn", *slow)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [read_csv(runs_of(r)[0] / "metrics.csv")[-1] for r in (self.out, again)]
        dates = [float(row["simulated_seconds"]) for row in rows]
        self.assertLess(dates[0], dates[1])


def versions_before(applied: list[Json], span: Json) -> int:
    """The server's version when it began to apply this push."""
    place = applied.index(span)
    return applied[place - 1]["args"]["version"] if place else 0


if __name__ == "__main__":
    main()
