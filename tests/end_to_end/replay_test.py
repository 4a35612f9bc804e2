"""Recorded runs replay on any network; verify repeats runs and compares the bytes."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from support import (
    METHODS,
    EndToEnd,
    Json,
    children_of,
    interruptible,
    leftovers,
    main,
    read_csv,
    runs_of,
    tiny,
    wait_until,
    without_wall,
)


def with_summary(run: Path) -> Json:
    return without_wall(json.loads((run / "summary.json").read_text()))


class Replay(EndToEnd):
    def setUp(self) -> None:
        super().setUp()
        self.recorded = self.folder / "recorded"

    def record(self, sweep: list[Json] | None = None, **base: object) -> None:
        self.run_sweep(self.write(tiny(sweep, **base), "recorded.json"), self.recorded, "-j", "2")

    def replay(self, *arguments: str | Path, status: int = 0) -> str:
        done = self.gradwire("replay", *arguments, "-o", self.out)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def test_on_the_same_network_it_gives_the_same_bytes(self) -> None:
        self.record(
            [
                {"algorithm": METHODS},
                {"protocol.uplink": ["sequential", "concurrent"]},
            ],
            compute={"jitter": 0.2},
        )

        self.replay(self.recorded)

        self.assertEqual(len(runs_of(self.out)), 8)
        self.assert_same_results(self.out, self.recorded)
        for run in runs_of(self.out):
            trace = (run / "trace.bin").read_bytes()
            self.assertEqual(trace, (self.recorded / "runs" / run.name / "trace.bin").read_bytes())

    def test_on_another_network_it_is_what_running_there_gives(self) -> None:
        self.record()
        there = self.folder / "there"
        other = tiny(
            platform={"uplink": "1Mbps", "downlink": "10Mbps", "latency": "3ms"},
            network_model="LV08",
            wire={"index": "golomb", "header_bytes": 7},
            protocol={"uplink": "concurrent", "broadcast": "binomial", "skip_flag_bytes": 3},
            compute={"seconds_per_gradient": 0.002, "stragglers": {"probability": 0.1}},
            baseline={"metric": "test_accuracy", "above": 0.6},
        )
        self.run_sweep(self.write(other), there, "-j", "2")

        changes = {k: other["base"][k] for k in ("platform", "network_model", "wire", "protocol")}
        changes |= {k: other["base"][k] for k in ("compute", "baseline")}
        settings = [f"--set={key}={json.dumps(value)}" for key, value in changes.items()]
        self.replay(self.recorded, *settings)

        self.assert_same_results(self.out, there)

    def test_energy_is_what_hosts_and_links_take_over_time(self) -> None:
        # Without coding costs, workers that send compute no longer than those that skip, so that all
        # are busy together.
        no_coding = {"selection_seconds_per_entry": 0, "encoding_seconds_per_value": 0}
        self.record([{"algorithm": METHODS}], workers=4, compute=no_coding)
        self.replay(self.recorded, "--set", 'energy={"host_busy_watts": 145, "link_busy_watts": 5}')

        for run in runs_of(self.out):
            summary = json.loads((run / "summary.json").read_text())
            seconds, busy = summary["simulated_seconds"], summary["compute_seconds"]
            hosts = 5 * 95 * seconds + 4 * (145 - 95) * busy  # equal workers compute together
            hosts += (145 - 95) * summary["server_seconds"]
            self.assertAlmostEqual(summary["host_energy_joules"] / hosts, 1, delta=1e-9)
            self.assertAlmostEqual(summary["link_energy_joules"], 8 * 5 * seconds, places=6)

    def test_a_replay_may_be_replayed(self) -> None:
        self.record([{"algorithm": METHODS[3:]}])
        self.replay(self.recorded, "--set", "platform.uplink=1Mbps")
        back = self.folder / "back"

        done = self.gradwire("replay", self.out, "-o", back, "--set", "platform.uplink=1Gbps")

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_same_results(back, self.recorded)

    def test_an_experiment_sweeps_what_it_replays(self) -> None:
        self.record([{"algorithm": METHODS[:2]}, {"seed": [1, 2]}])
        sweep = [{"platform.uplink": ["1Mbps", "1Gbps"]}, {"network_model": ["CM02", "LV08"]}]
        whatif = {"name": "whatif", "base": {"replay": "recorded"}, "sweep": sweep}

        self.run_sweep(self.write(whatif), self.out)

        rows = read_csv(self.out / "runs.csv")
        self.assertEqual(len(rows), 16)
        for column in ("algorithm.name", "seed", "platform.uplink", "network_model"):
            self.assertEqual(len({row[column] for row in rows}), 2, column)
        slow, fast = ([r for r in rows if r["platform.uplink"] == b] for b in ("1Mbps", "1Gbps"))
        for a, b in zip(slow, fast):
            self.assertGreater(float(a["uplink_seconds"]), float(b["uplink_seconds"]))

    def test_filters_keep_recorded_runs(self) -> None:
        self.record([{"algorithm": METHODS[:2]}, {"seed": [1, 2]}])

        self.replay(self.recorded, "--filter", "algorithm=sparse", "--filter", "seed=2")

        rows = read_csv(self.out / "runs.csv")
        self.assertEqual(len(runs_of(self.out)), 1)
        self.assertEqual([row["algorithm.name"] for row in rows], ["sparse"])

    def test_the_time_line_is_what_the_summary_says(self) -> None:
        self.record([{"algorithm": METHODS[3:]}])

        self.replay(self.recorded, "--timeline")

        run = runs_of(self.out)[0]
        summary = with_summary(run)
        events = json.loads((run / "timeline.json").read_text())["traceEvents"]
        names = [e["args"]["name"] for e in events if e["ph"] == "M"]
        self.assertEqual(names, ["server", "worker 0", "worker 1", "worker 2"])
        spans = [e for e in events if e["ph"] == "X"]
        count = {name: len([e for e in spans if e["name"] == name]) for name in (
            "upload", "skip flag", "compute", "broadcast", "server")}
        self.assertEqual(count["upload"], summary["rounds"])
        self.assertEqual(count["skip flag"], summary["skipped"])
        self.assertEqual(count["compute"], 3 * summary["iterations"])
        self.assertEqual(count["broadcast"], 3 * summary["iterations"])
        self.assertEqual(count["server"], summary["iterations"])
        uplink = sum(e["dur"] for e in spans if e["name"] in ("upload", "skip flag")) / 1e6
        self.assertAlmostEqual(uplink, summary["uplink_seconds"], 6)
        end = max(e["ts"] + e["dur"] for e in spans) / 1e6
        self.assertAlmostEqual(end, summary["simulated_seconds"], 6)
        sent = sum(e["args"]["bytes"] for e in spans if e["name"] in ("upload", "skip flag"))
        self.assertEqual(sent, summary["uplink_wire_bytes"])

    def test_what_learning_depends_on_cannot_change(self) -> None:
        self.record([{"algorithm": METHODS[:1]}])

        said = self.replay(self.recorded, "--set", "epochs=1", status=2)

        self.assert_one_line(said, r"/epochs \(--set\): cannot change in a replay", "platform")
        for change in ("wire.values=float16", 'wire={"index": "model", "values": "float16"}'):
            said = self.replay(self.recorded, "--set", change, status=2)
            self.assert_one_line(said, r"/wire/values.*: cannot change in a replay")
        whatif = {"name": "x", "base": {"replay": "recorded"}, "sweep": [{"seed": [1, 2]}]}
        done = self.gradwire("run", self.write(whatif), "-o", self.out)
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, "x.json: /sweep/0/seed: cannot change in a replay")
        self.assertFalse(self.out.exists())

    def test_bad_recordings_are_named(self) -> None:
        self.record([{"algorithm": METHODS[:1]}])
        trace = runs_of(self.recorded)[0] / "trace.bin"
        whole = trace.read_bytes()
        for content, pattern in (
            (whole[:-1], "trace.bin: is truncated"),
            (b"hello", "is no trace of gradwire"),
            (whole[:8] + b"\x07" + whole[9:], "is a trace of version 7, written by a newer"),
            (whole[:60] + b"x" + whole[61:], "is damaged: its checksum is wrong"),
        ):
            with self.subTest(pattern=pattern):
                trace.write_bytes(content)
                self.assertRegex(self.replay(self.recorded, "--fresh", status=1), pattern)
        trace.unlink()
        self.assert_one_line(self.replay(self.recorded, status=2), "has no trace.bin")
        self.assert_one_line(self.replay("nowhere", status=2), "nowhere is no results folder")

    def test_a_damaged_recording_costs_only_its_run(self) -> None:
        self.record([{"algorithm": METHODS[:3]}])
        trace = runs_of(self.recorded)[1] / "trace.bin"
        trace.write_bytes(trace.read_bytes()[:-1])

        said = self.replay(self.recorded, "-j", "1", status=1)

        self.assertEqual(len(said.splitlines()[-1:]), 1)
        self.assertRegex(said.splitlines()[-1], "FAILED: .*trace.bin: is truncated")
        self.assertEqual(len(runs_of(self.out)), 2)
        self.assertEqual(leftovers(self.out), [])

    def test_it_never_writes_over_what_it_replays(self) -> None:
        self.record([{"algorithm": METHODS[:1]}])

        done = self.gradwire("replay", self.recorded, "-o", self.recorded)

        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, "holds the recorded runs")

    def test_a_goal_may_be_set_afterwards(self) -> None:
        self.record([{"algorithm": METHODS[:1]}], baseline=None)

        self.replay(self.recorded, "--set", 'baseline={"above": 0.3, "stop": true}')

        summary = with_summary(runs_of(self.out)[0])
        self.assertEqual(summary["status"], "baseline")
        self.assertGreater(summary["baseline"]["test_accuracy"], 0.3)

    def test_a_trace_that_ends_too_early_says_so(self) -> None:
        self.record([{"algorithm": METHODS[:1]}], baseline={"above": 0.1, "stop": True})

        said = self.replay(self.recorded, "--set", "baseline.above=0.99", status=1)

        self.assertRegex(said, "trace.bin: ends after iteration 4")

    def test_a_missing_route_is_an_input_error(self) -> None:
        self.record([{"algorithm": METHODS[:1]}])
        self.write(
            """<?xml version="1.0"?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="z" routing="Full"><host id="s" speed="1Gf"/>
<host id="a" speed="1Gf"/><host id="b" speed="1Gf"/><host id="c" speed="1Gf"/>
<link id="l" bandwidth="1Gbps" latency="1us"/><route src="s" dst="b"><link_ctn id="l"/></route>
</zone></platform>""",
            "p.xml",
        )
        platform = {"kind": "file", "path": "p.xml", "server": "s", "workers": ["a", "b", "c"]}

        said = self.replay(self.recorded, "--set", f"platform={json.dumps(platform)}", status=2)

        self.assertRegex(said, 'p.xml: has no route from host "s" to host "a"')


class Verify(EndToEnd):
    def test_says_that_results_are_the_same(self) -> None:
        self.run_sweep(self.write(tiny()), self.out, "-j", "2")

        done = self.gradwire("verify", self.out)

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("4 of 4 runs are the same, byte for byte", done.stdout)

    def test_names_what_differs(self) -> None:
        self.run_sweep(self.write(tiny([{"algorithm": METHODS[:2]}])), self.out, "-j", "2")
        metrics = runs_of(self.out)[0] / "metrics.csv"
        metrics.write_text(metrics.read_text().replace(",72,", ",71,"))
        for how in ([], ["--replay"]):
            with self.subTest(how=how):
                done = self.gradwire("verify", self.out, "--quiet", *how)

                self.assertEqual(done.returncode, 1)
                self.assertIn("1 of 2 runs are the same", done.stdout)
                self.assert_one_line(done.stderr, runs_of(self.out)[0].name, "metrics.csv differs")

    def test_compares_the_columns_that_an_older_gradwire_wrote(self) -> None:
        self.run_sweep(self.write(tiny([{"algorithm": METHODS[:2]}])), self.out, "-j", "2")
        for run in runs_of(self.out):
            lines = (run / "metrics.csv").read_text().splitlines()
            older = [",".join(line.split(",")[:-4]) + "\n" for line in lines]
            (run / "metrics.csv").write_text("".join(older))
            summary = json.loads((run / "summary.json").read_text())
            del summary["digest"], summary["final"]["recent_train_loss"]
            (run / "summary.json").write_text(json.dumps(summary))
            (run / "workers.csv").unlink()

        done = self.gradwire("verify", self.out, "--quiet", "--replay")

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2 of 2 runs are the same", done.stdout)
        self.assert_one_line(
            done.stderr,
            "an older gradwire wrote metrics.csv of 2 runs, without the columns uplink_seconds, "
            "downlink_seconds, compute_seconds, recent_train_loss; the columns that are there were "
            "compared",
        )
        metrics = runs_of(self.out)[0] / "metrics.csv"
        metrics.write_text(metrics.read_text().replace(",72,", ",71,"))
        differs = self.gradwire("verify", self.out, "--quiet", "--replay")
        self.assertEqual(differs.returncode, 1)
        self.assertIn(f"{metrics.parent.name}: metrics.csv differs, with the same", differs.stderr)

    def test_compares_the_workers_and_the_digest(self) -> None:
        self.run_sweep(self.write(tiny([{"algorithm": METHODS[:1]}])), self.out)
        (run,) = runs_of(self.out)
        summary = json.loads((run / "summary.json").read_text())
        (run / "summary.json").write_text(json.dumps(summary | {"digest": "0" * 32}))
        learned = self.gradwire("verify", self.out, "--quiet")
        self.assertEqual(learned.returncode, 1)
        self.assert_one_line(learned.stderr, run.name, "summary.json differs")
        replayed = self.gradwire("verify", self.out, "--quiet", "--replay")
        self.assertEqual(replayed.returncode, 1, "the trace has the model's digest")
        (run / "summary.json").write_text(json.dumps(summary))

        workers = (run / "workers.csv").read_text()
        (run / "workers.csv").write_text(workers.replace("\n0,", "\n7,"))
        done = self.gradwire("verify", self.out, "--quiet", "--replay")
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, run.name, "workers.csv differs")

    def test_leaves_nothing_behind(self) -> None:
        self.run_sweep(self.write(tiny([{"algorithm": METHODS[:1]}])), self.out)
        before = sorted(p.name for p in self.out.rglob("*"))

        self.gradwire("verify", self.out)

        self.assertEqual(sorted(p.name for p in self.out.rglob("*")), before)


class OlderResults(EndToEnd):
    """A results folder that version 0.1 wrote, with traces of version 1."""

    def setUp(self) -> None:
        super().setUp()
        self.older = self.folder / "older"
        shutil.copytree(Path(__file__).parent / "version-0.1", self.older)

    def environment(self) -> dict[str, str]:
        # The kernels with which they were recorded, of which the summary has the name.
        return super().environment() | {"OPENBLAS_CORETYPE": "Haswell"}

    def test_are_the_same_when_they_are_learned_or_replayed_again(self) -> None:
        for how in ([], ["--replay"]):
            done = self.gradwire("verify", self.older, "--quiet", *how)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("2 of 2 runs are the same", done.stdout)

    def test_are_told_apart_from_others(self) -> None:
        run = runs_of(self.older)[0]
        other = runs_of(self.older)[1]
        (run / "trace.bin").write_bytes((other / "trace.bin").read_bytes())

        done = self.gradwire("verify", self.older, "--quiet")

        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{run.name}: trace.bin differs", done.stderr)

    def test_replay_under_every_index_coding_and_are_reported(self) -> None:
        for index in ("none", "int64", "tensor", "model", "bitmap", "golomb"):
            done = self.gradwire(
                "replay", self.older, "-o", self.out / index, "--set", f"wire.index={index}"
            )
            self.assertEqual(done.returncode, 0, done.stderr)
        seed = self.gradwire(
            "replay", self.older, "-o", self.out / "seed", "--set", "wire.index=seed"
        )
        self.assertEqual(seed.returncode, 2)
        self.assertIn("seed goes with random_k only", seed.stderr)
        report = self.gradwire("report", self.older, "-o", self.folder / "report", "--quiet")
        self.assertEqual(report.returncode, 0, report.stderr)


class OlderEncodings(EndToEnd):
    """Quantised runs recorded before the vector source code, with no sizes under it."""

    def setUp(self) -> None:
        super().setUp()
        self.older = self.folder / "older"
        shutil.copytree(Path(__file__).parent / "before-vsc", self.older)

    def environment(self) -> dict[str, str]:
        # The kernels with which they were recorded, of which the summary has the name.
        return super().environment() | {"OPENBLAS_CORETYPE": "Haswell"}

    def test_are_the_same_when_they_are_learned_or_replayed_again(self) -> None:
        for how in ([], ["--replay"]):
            done = self.gradwire("verify", self.older, "--quiet", *how)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("2 of 2 runs are the same", done.stdout)

    def test_other_sizes_under_an_older_encoding_are_found(self) -> None:
        summary = runs_of(self.older)[0] / "summary.json"
        text = re.sub(r'("levels=elias": \d)', r"\g<1>0", summary.read_text())
        summary.write_text(text)

        done = self.gradwire("verify", self.older, "--quiet")

        self.assertEqual(done.returncode, 1)
        self.assertIn("summary.json differs", done.stderr)

    def test_replay_under_the_encodings_that_they_have(self) -> None:
        for levels in ("fixed", "elias"):
            self.assertEqual(self.replay(levels).returncode, 0)

        done = self.replay("vsc")

        self.assertEqual(done.returncode, 1)
        self.assertIn(
            "sizes under levels=vsc are not known: expected one of fixed, elias", done.stderr
        )

    def replay(self, levels: str) -> subprocess.CompletedProcess[str]:
        out = self.folder / levels
        return self.gradwire("replay", self.older, "-o", out, "--set", f"wire.levels={levels}")


class Copies(EndToEnd):
    """Each replay is a fork of a process that has loaded the simulator."""

    def setUp(self) -> None:
        super().setUp()
        experiment = {"name": "long", "base": {"workers": 100, "epochs": 8}}
        sizes = ["--parameters", "1000", "--iterations-per-epoch", "1000"]
        done = self.gradwire(
            "synthesize", self.write(experiment), *sizes, "-o", self.folder / "long", "--quiet"
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        # Slow: acknowledgements meet models in transit, and no two iterations are alike.
        sweep = [{"compute.jitter": [0.1, 0.2]}]
        base = {"replay": "long", "network_factors": {"crosstraffic": True}}
        base |= {"platform": {"overrides": [{"worker": 9, "downlink": "100kbps"}]}}
        self.file = self.write({"name": "slow", "base": base, "sweep": sweep}, "slow.json")

    def begin(self) -> tuple[subprocess.Popen[str], int, int]:
        """Starts gradwire; returns it, its child process, and that child's fork which replays."""
        process = self.start(
            "run", self.file, "-o", self.out, "-j", "1", preexec_fn=interruptible
        )
        model = wait_until(lambda: children_of(process.pid))[0]
        copy = wait_until(lambda: children_of(model))[0]
        return process, model, copy

    def test_one_that_is_killed_costs_only_its_run(self) -> None:
        process, model, copy = self.begin()
        os.kill(copy, signal.SIGKILL)
        wait_until(lambda: [c for c in children_of(model) if c != copy])
        self.assertEqual(children_of(process.pid), [model])
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()

        self.assertIn("FAILED: killed by signal 9", errors)

    def test_when_what_they_are_copied_from_is_killed_the_next_run_has_a_new_one(self) -> None:
        process, model, _ = self.begin()
        os.kill(model, signal.SIGKILL)
        wait_until(lambda: [c for c in children_of(process.pid) if c != model])
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()

        self.assertIn("FAILED: killed by signal 9", errors)

    def test_they_end_with_it(self) -> None:
        for end in (signal.SIGINT, signal.SIGKILL):
            process, _, copy = self.begin()
            process.send_signal(end)
            process.communicate()

            self.assertTrue(wait_until(lambda: not os.path.exists(f"/proc/{copy}")))
            self.assert_no_orphans()
            if end == signal.SIGINT:
                self.assertEqual(leftovers(self.out), [])


if __name__ == "__main__":
    main()
