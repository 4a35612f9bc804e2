"""Servers that continue without failed or late workers (protocol.on_failure go_on)."""

from __future__ import annotations

import json
from pathlib import Path

from support import (
    METHODS,
    SOURCE,
    EndToEnd,
    Json,
    checkpoints_of,
    main,
    read_csv,
    runs_of,
    tiny,
    wait_until,
)

GO_ON = {"on_failure": "go_on", "timeout": "2.5s"}
ITERATIONS = 24


def platform(first: int = 2) -> Json:
    """Three workers on a star; worker-3 is down from 10 s to 15 s of every minute."""
    return {
        "kind": "file",
        "path": str(SOURCE / "platforms" / "star10-with-failures.xml"),
        "server": "server",
        "workers": [f"worker-{m}" for m in range(first, first + 3)],
    }


def failing(sweep: list[Json] | None = None, **base: object) -> Json:
    """About 25 to 50 simulated seconds in which a host fails and workers straggle."""
    settings: Json = {
        "platform": platform(),
        "protocol": GO_ON,
        "compute": {"seconds_per_gradient": 1, "stragglers": {"probability": 0.1, "slowdown": 4}},
    }
    return tiny(sweep, **(settings | base))


def summary_of(run: Path) -> Json:
    return json.loads((run / "summary.json").read_text())


def metrics_of(results: Path) -> list[bytes]:
    return sorted((run / "metrics.csv").read_bytes() for run in runs_of(results))


class GoOn(EndToEnd):
    def test_every_method_learns_through_failures(self) -> None:
        file = self.write(failing([{"algorithm": METHODS}]))

        self.run_sweep(file, self.out, "-j", "2")

        rows = read_csv(self.out / "runs.csv")
        self.assertEqual({row["status"] for row in rows}, {"finished"})
        for row in rows:
            self.assertGreater(int(row["missed"]), 0)
            counts = sum(int(row[column]) for column in ("rounds", "skipped", "missed"))
            self.assertEqual(counts, 3 * ITERATIONS)
            self.assertGreater(float(row["final.test_accuracy"]), 0.5)
        self.assertGreater(int(rows[2]["skipped"]), 0)

        done = self.gradwire("verify", self.out, "--threads", "3")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("4 of 4 runs are the same, byte for byte", done.stdout)

    def test_where_nobody_is_late_it_learns_as_if_it_stopped(self) -> None:
        for uplink in ("sequential", "concurrent"):
            with self.subTest(uplink):
                compute = {"seconds_per_gradient": 0.1}  # ends before the first failure
                stops = self.folder / f"stops-{uplink}"
                goes_on = self.folder / f"goes-on-{uplink}"
                sweep = [{"algorithm": METHODS}]
                for protocol, results in (({}, stops), (GO_ON, goes_on)):
                    experiment = failing(
                        sweep, protocol=protocol | {"uplink": uplink}, compute=compute
                    )
                    self.run_sweep(self.write(experiment), results, "-j", "2")

                self.assertEqual(metrics_of(goes_on), metrics_of(stops))
                for run in runs_of(goes_on):
                    self.assertEqual(summary_of(run)["missed"], 0)
                for run in runs_of(stops):
                    self.assertNotIn("missed", summary_of(run))

    def test_a_late_worker_is_gone_on_without_on_the_star_too(self) -> None:
        slow = {"kind": "star", "overrides": [{"worker": 1, "speed": "0.1Gf"}]}
        file = self.write(failing([{"algorithm": METHODS[:1]}], platform=slow, compute={}))

        self.run_sweep(file, self.out, "--set", "protocol.timeout=20ms")

        summary = summary_of(runs_of(self.out)[0])
        self.assertGreater(summary["missed"], ITERATIONS // 2)
        self.assertLessEqual(summary["missed"], ITERATIONS)

    def test_a_run_that_was_killed_ends_in_the_same_bytes(self) -> None:
        every = ("--checkpoint-every", "20")
        for algorithm in (METHODS[0], METHODS[3]):
            with self.subTest(algorithm["name"]):
                experiment = failing([{"seed": [1]}], algorithm=algorithm, epochs=150)
                file = self.write(experiment | {"name": algorithm["name"]})
                reference = self.folder / f"whole-{algorithm['name']}"
                self.run_sweep(file, reference, *every)
                out = self.folder / f"killed-{algorithm['name']}"
                process = self.start("run", file, "-o", out, *every)
                wait_until(lambda: checkpoints_of(out))
                process.kill()
                process.communicate()
                self.assert_no_orphans()
                self.assertEqual(runs_of(out), [])

                self.run_sweep(file, out, *every)

                self.assert_same_results(out, reference)
                trace = [next((r / "runs").glob("*/trace.bin")) for r in (out, reference)]
                self.assertEqual(trace[0].read_bytes(), trace[1].read_bytes())
                self.assertGreater(summary_of(runs_of(out)[0])["missed"], 0)

    def test_the_time_line_shows_who_was_missed(self) -> None:
        file = self.write(failing([{"algorithm": METHODS[3:]}]))

        self.run_sweep(file, self.out, "--timeline")

        run = runs_of(self.out)[0]
        summary = summary_of(run)
        events = json.loads((run / "timeline.json").read_text())["traceEvents"]
        spans = [event for event in events if event["ph"] == "X"]

        def count(name: str) -> int:
            return len([event for event in spans if event["name"] == name])

        self.assertEqual(count("upload"), summary["rounds"])
        self.assertEqual(count("skip flag"), summary["skipped"])
        self.assertEqual(count("server"), ITERATIONS)
        self.assertGreater(count("missed"), 0)
        self.assertLessEqual(count("missed"), summary["missed"])
        end = max(event["ts"] + event["dur"] for event in spans) / 1e6
        self.assertAlmostEqual(end, summary["simulated_seconds"], 6)
        for event in spans:
            self.assertGreater(event["dur"], 0)


class Replay(EndToEnd):
    def setUp(self) -> None:
        super().setUp()
        self.recorded = self.folder / "recorded"

    def record(self) -> None:
        sweep = [
            {"protocol.on_failure": ["wait", "go_on"], "protocol.timeout": [None, "2.5s"]},
        ]
        experiment = failing(sweep, protocol={"on_failure": "wait"}, algorithm=METHODS[0])
        self.run_sweep(self.write(experiment), self.recorded, "-j", "2")

    def refuses(self, *arguments: str | Path) -> str:
        done = self.gradwire(*arguments)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertFalse(self.out.exists())
        return done.stderr

    def test_of_a_run_that_went_on_is_refused(self) -> None:
        self.record()

        said = self.refuses("replay", self.recorded, "-o", self.out)

        pattern = r"/runs/sgd-[0-9a-f]{12}: cannot be replayed: .*protocol.on_failure go_on"
        self.assert_one_line(said, pattern)
        went_on = next(run for run in runs_of(self.recorded) if "missed" in summary_of(run))
        wait = ("--set", "protocol=" + json.dumps({"on_failure": "wait", "timeout": None}))
        self.assert_one_line(self.refuses("replay", went_on, "-o", self.out, *wait), pattern)
        self.assert_one_line(self.refuses("verify", self.recorded, "--replay"), pattern)

        waiting = ("--filter", "protocol.on_failure=wait")
        done = self.gradwire("replay", self.recorded, "-o", self.out, *waiting)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(runs_of(self.out)), 1)

    def test_that_goes_on_is_refused(self) -> None:
        self.run_sweep(self.write(tiny([{"algorithm": METHODS[:1]}])), self.recorded)

        said = self.refuses(
            "replay", self.recorded, "-o", self.out, "--set", "protocol.on_failure=go_on"
        )

        self.assert_one_line(said, r"/protocol/on_failure.*: go_on cannot be replayed: what")
        sweep = [{"protocol": [GO_ON]}]
        whatif = {"name": "whatif", "base": {"replay": "recorded"}, "sweep": sweep}
        said = self.refuses("run", self.write(whatif), "-o", self.out)
        self.assert_one_line(said, "x.json: /sweep/0/protocol/0/on_failure: go_on cannot be replayed")

    def test_for_crossovers_is_refused(self) -> None:
        sweep = [{"algorithm": METHODS[:2]}, {"compute.seconds_per_gradient": [0.5, 1]}]
        experiment = failing(sweep) | {"crossovers": {"over": "compute.seconds_per_gradient"}}

        for command in (["run", "-o", self.out], ["validate"]):
            said = self.refuses(command[0], self.write(experiment), *command[1:])
            self.assert_one_line(said, "^tiny: /crossovers: are found by replaying")


if __name__ == "__main__":
    main()
