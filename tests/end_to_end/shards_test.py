"""Shards of one experiment share a results folder: on one host, on several, and when killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from support import (
    GRADWIRE,
    METHODS,
    SOURCE,
    EndToEnd,
    Json,
    checkpoints_of,
    index,
    leftovers,
    main,
    runs_of,
    tiny,
    wait_until,
)

SEEDS = [{"algorithm": METHODS[:2]}, {"seed": [1, 2, 3]}]

# A quadratic that writes down each step that it computes; a gradient takes a moment.
LOGGING = """
import os, sys, time
import numpy as np
import gradwire_model

class Model:
    iterations_per_epoch = 10
    def __init__(self, settings):
        self.goal = np.arange(1, 5) + settings.seed
        name = f"{settings.seed}-{time.monotonic_ns():020d}-{os.getpid()}"
        self.log = open(os.path.join(sys.argv[1], name), "w", buffering=1)
    def parameters(self):
        return [("a", np.zeros(4))]
    def gradient(self, theta, worker, step):
        if worker == 0:
            print(step, file=self.log)
        time.sleep(0.001)
        error = theta - self.goal + 0.01 * worker - 0.001 * (step % 7)
        return error, float(error @ error) / 2, worker, 5
    def evaluate(self, theta):
        error = theta - self.goal
        return {"loss": float(error @ error), "accuracy": 0.5}

gradwire_model.serve(Model)
"""


class Shards(EndToEnd):
    def on_host(self, name: str) -> list[str]:
        """A command prefix under which the host has this name; skips the test without root."""
        prefix = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', name]
        try:
            probe = subprocess.run(
                [*prefix, "hostname"], capture_output=True, text=True, check=False
            )
        except OSError as error:
            self.skipTest(f"no unshare: {error}")
        if probe.stdout.strip() != name:
            self.skipTest(f"cannot name a host: {probe.stderr.strip()}")
        return prefix

    def start_on(self, host: str, *arguments: str | Path, **more: str) -> subprocess.Popen[str]:
        command = [*self.on_host(host), GRADWIRE, *map(str, arguments)]
        process = subprocess.Popen(
            command, cwd=self.folder, env=self.environment() | more, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.addCleanup(self.end, process)
        return process

    def status(self, out: Path) -> tuple[int, Json]:
        done = self.gradwire("status", out, "--json")
        self.assertEqual(done.stderr, "")
        return done.returncode, json.loads(done.stdout)


class Parts(Shards):
    def test_shards_at_the_same_time_make_what_one_command_makes(self) -> None:
        file = self.write(tiny(SEEDS))
        reference = self.folder / "reference"
        self.run_sweep(file, reference)
        shards = [
            self.start("run", file, "-o", self.out, "--shard", f"{i}/3", "-j", "1")
            for i in range(3)
        ]
        said = [shard.communicate() for shard in shards]

        self.assertEqual([shard.returncode for shard in shards], [0, 0, 0], said)
        self.assert_same_results(self.out, reference)
        self.assertEqual(
            (self.out / "experiment.json").read_text(), (reference / "experiment.json").read_text()
        )
        self.assertEqual(list((self.out / ".claims").iterdir()), [])
        self.assertEqual(self.status(self.out)[0], 0)

    def test_a_value_more_moves_no_run_to_another_shard(self) -> None:
        def parts(seeds: list[int], out: str) -> dict[str, int]:
            file = self.write(tiny([{"algorithm": METHODS[:2]}, {"seed": seeds}], epochs=0.2))
            where = {}
            for i in range(3):
                self.run_sweep(file, self.folder / f"{out}{i}", "--shard", f"{i}/3", "--quiet")
                where |= {run.name: i for run in runs_of(self.folder / f"{out}{i}")}
            return where

        few, many = parts([1, 2], "few"), parts([1, 9, 2], "many")

        self.assertEqual((len(few), len(many)), (4, 6))
        self.assertEqual({run: many[run] for run in few}, few)

    def test_another_experiment_or_version_is_refused_and_nothing_changes(self) -> None:
        file = self.write(tiny(SEEDS))
        self.run_sweep(file, self.out, "--shard", "0/2", "--quiet")
        before = (self.out / "experiment.json").read_bytes()

        other = self.gradwire("run", file, "-o", self.out, "--shard", "1/2", "--set", "epochs=4")
        self.assertEqual(other.returncode, 2)
        self.assert_one_line(
            other.stderr, r"out/experiment.json: /base/epochs: differs from this experiment"
        )
        self.assertEqual((self.out / "experiment.json").read_bytes(), before)

        older = json.loads(before)
        older["gradwire"]["version"] = "0.1.0"
        (self.out / "experiment.json").write_text(json.dumps(older))
        other = self.gradwire("run", file, "-o", self.out, "--shard", "1/2")
        self.assertEqual(other.returncode, 2)
        self.assert_one_line(
            other.stderr, r'out/experiment.json: was written by gradwire "0.1.0", this is '
        )

    def test_a_whole_sweep_and_shards_exclude_each_other(self) -> None:
        endless = self.write(tiny([{"seed": [1]}], epochs=1e6))
        first = self.start("run", endless, "-o", self.out)
        self.assertTrue(wait_until(lambda: self.out.exists() and leftovers(self.out)))
        shard = self.gradwire("run", endless, "-o", self.out, "--shard", "0/1")
        self.assertEqual(shard.returncode, 1)
        self.assert_one_line(shard.stderr, "another gradwire is writing .*, which is not a shard$")
        first.send_signal(signal.SIGTERM)
        first.communicate()
        self.assertEqual(list((self.out / ".claims").iterdir()), [])

        second = self.start("run", endless, "-o", self.out, "--shard", "0/1")
        self.assertTrue(wait_until(lambda: leftovers(self.out)))
        whole = self.gradwire("run", endless, "-o", self.out)
        self.assertEqual(whole.returncode, 1)
        self.assert_one_line(whole.stderr, "another gradwire is writing to this results folder")
        self.assertIsNone(second.poll())

    def test_a_shard_without_runs_is_complete(self) -> None:
        file = self.write(tiny([{"seed": [1]}]))
        said = [self.run_sweep(file, self.out, "--shard", f"{i}/8").stdout for i in range(8)]
        self.assertEqual(sum("0 of 0 runs of shard" in text for text in said), 7)
        self.assertEqual(sum("1 of 1 runs of shard" in text for text in said), 1)


class Status(Shards):
    def test_tells_what_is_complete_running_failed_and_missing(self) -> None:
        experiment = tiny([{"learning_rate.initial": [0.05, 0.06, 0.07]}, {"epochs": [3, 1e6]}])
        file = self.write(experiment)
        self.run_sweep(
            file,
            self.out,
            "--filter",
            "epochs=3",
            "--filter",
            "learning_rate.initial=0.05",
            "--quiet",
        )
        failed = next(
            r
            for r in self.status(self.out)[1]["list"]
            if r["label"].startswith("learning_rate.initial 0.06, epochs 3")
        )
        (self.out / "failed").mkdir()
        (self.out / "failed" / f"{failed['id']}.log").write_text("chatter\nno luck\n")
        endless = self.start(
            "run",
            file,
            "-o",
            self.out,
            "--filter",
            "epochs=1e6",
            "--filter",
            "learning_rate.initial=0.07",
            "-j",
            "1",
            "--checkpoint-every",
            "40",
        )
        self.assertTrue(wait_until(lambda: checkpoints_of(self.out)))

        code, status = self.status(self.out)

        self.assertEqual(code, 1)
        counts = [status[state] for state in ("complete", "running", "failed", "missing")]
        self.assertEqual(counts, [1, 1, 1, 3])
        running = next(r for r in status["list"] if r["state"] == "running")
        self.assertEqual(running["pid"], endless.pid)
        self.assertEqual((running["epochs"], running["checkpoint"]), (1e6, True))
        self.assertGreaterEqual(running["iteration"], 4)
        told = next(r for r in status["list"] if r["state"] == "failed")
        self.assertEqual((told["id"], told["reason"]), (failed["id"], "no luck"))
        text = self.gradwire("status", self.out)
        self.assertEqual(text.returncode, 1)
        self.assertIn("1 of 6 runs complete, 1 running, 1 failed, 3 missing\n", text.stdout)
        self.assertRegex(
            text.stdout,
            rf"running  .*iteration \d+, epoch .* of 1e\+06; on .*, process {endless.pid}\n",
        )

        endless.kill()
        endless.communicate()
        (self.out / "failed" / f"{failed['id']}.log").unlink()
        code, status = self.status(self.out)
        self.assertEqual(code, 3)
        self.assertEqual((status["complete"], status["running"], status["missing"]), (1, 0, 5))
        dead = next(r for r in status["list"] if r.get("claim_is_dead"))
        self.assertEqual(dead["id"], running["id"])
        self.assertIn("removed by the next command there", self.gradwire("status", self.out).stdout)

    def test_index_writes_the_table_anew(self) -> None:
        self.run_sweep(self.write(tiny(SEEDS)), self.out, "--quiet")
        whole = (self.out / "runs.csv").read_bytes()
        (self.out / "runs.csv").unlink()

        done = self.gradwire("index", self.out)

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.out / "runs.csv").read_bytes(), whole)
        self.assertIn("6 of 6 runs complete", done.stdout)

    def test_of_no_results_folder_is_an_error(self) -> None:
        (self.folder / "empty").mkdir()
        for command in ("status", "index"):
            for place in ("nowhere", "empty"):
                done = self.gradwire(command, place)
                self.assertEqual(done.returncode, 2)
                self.assert_one_line(done.stderr, f"^{place}: is no ")


class Hosts(Shards):
    """Two hosts of different names; both see one folder, as over a network file system."""

    def setUp(self) -> None:
        super().setUp()
        shutil.copy(SOURCE / "experiments" / "own-model" / "gradwire_model.py", self.folder)
        (self.folder / "model.py").write_text(LOGGING)
        self.steps = self.folder / "steps"

    def environment(self) -> dict[str, str]:
        return super().environment() | {"PYTHONDONTWRITEBYTECODE": "1"}

    def experiment(self, seeds: int, epochs: float) -> Path:
        command = ["/usr/bin/python3", "model.py", str(self.steps)]
        base = {"name": "external", "command": command}
        experiment = tiny(
            [{"seed": list(range(seeds))}], model=base, epochs=epochs, evaluate_every=10
        )
        del experiment["base"]["dataset"]
        return self.write(experiment)

    def computed(self) -> dict[int, list[list[int]]]:
        """Of each seed: the steps that each process computed, in the order of their start."""
        found: dict[int, list[list[int]]] = {}
        for log in sorted(self.steps.iterdir(), key=lambda f: f.name.split("-")[1]):
            steps = [int(line) for line in log.read_text().split()]
            if steps:
                found.setdefault(int(log.name.split("-")[0]), []).append(steps)
        return found

    def assert_computed_once(self, seeds: int, iterations: int, every: int) -> int:
        """Asserts that only steps since a checkpoint were computed twice; returns their number."""
        twice = 0
        computed = self.computed()
        self.assertEqual(len(computed), seeds)
        for seed, attempts in computed.items():
            for steps in attempts:
                self.assertEqual(steps, list(range(steps[0], steps[-1] + 1)))
            self.assertEqual((attempts[0][0], attempts[-1][-1]), (0, iterations - 1))
            for before, after in zip(attempts, attempts[1:]):
                again = before[-1] + 1 - after[0]
                self.assertLessEqual(0, again, (seed, before, after))
                self.assertLessEqual(again, every + 1, (seed, before[-1], after[0]))
                twice += again
        return twice

    def test_killed_twenty_times_they_make_what_one_undisturbed_command_makes(self) -> None:
        seeds, epochs, every, kills = 8, 40, 25, 20
        file = self.experiment(seeds, epochs)
        reference = self.folder / "reference"
        self.steps.mkdir()
        self.run_sweep(file, reference, "--quiet", "-j", "2", "--threads", "1")
        shutil.rmtree(self.steps)
        self.steps.mkdir()
        draw = random.Random(24)
        hosts = ["node-a", "node-b"]

        def start(i: int) -> subprocess.Popen[str]:
            return self.start_on(
                hosts[i], "run", file, "-o", self.out, "--shard", f"{i}/2", "-j", "1",
                "--threads", "1", "--quiet", "--checkpoint-every", str(every),
            )  # fmt: skip

        running = [start(0), start(1)]
        for _ in range(kills):
            time.sleep(draw.uniform(0.2, 1.2))
            victim = draw.randrange(2)
            if running[victim].poll() is not None:
                victim = 1 - victim
            if running[victim].poll() is not None:
                break
            running[victim].kill()
            running[victim].communicate()
            running[victim] = start(victim)
        else:
            kills = 0
        self.assertEqual(kills, 0, "the runs were too short to be killed twenty times")
        for process in running:
            _, errors = process.communicate(timeout=300)
            self.assertEqual(process.returncode, 0, errors)

        self.assert_same_results(self.out, reference)
        twice = self.assert_computed_once(seeds, 10 * epochs, every)
        print(f"20 kills: {twice} of {seeds * 10 * epochs} iterations computed twice", flush=True)
        self.assertEqual(checkpoints_of(self.out), [])
        # A process killed while it releases a claim leaves files; who has the folder alone removes
        # them.
        self.run_sweep(file, self.out, "--quiet")
        self.assertEqual(list((self.out / ".claims").iterdir()), [])

    def test_two_hosts_with_one_shard_share_its_runs(self) -> None:
        file = self.experiment(6, 10)
        self.steps.mkdir()
        both = [
            self.start_on(host, "run", file, "-o", self.out, "--shard", "0/1", "-j", "1", "--threads", "1",
                          GRADWIRE_HEARTBEAT_SECONDS="0.3")
            for host in ("node-a", "node-b")
        ]  # fmt: skip
        said = [process.communicate(timeout=300) for process in both]

        self.assertEqual([process.returncode for process in both], [0, 0], said)
        self.assertEqual(self.assert_computed_once(6, 100, 0), 0)
        for out, _ in said:
            self.assertIn("6 of 6 runs of shard 0/1 complete", out)

    def test_the_run_of_a_silent_host_is_taken_over_and_its_work_stays(self) -> None:
        file = self.experiment(1, 40)
        self.steps.mkdir()
        arguments = ("run", file, "-o", self.out, "--shard", "0/1", "-j", "1", "--threads", "1", "--checkpoint-every", "20")  # fmt: skip
        dead = self.start_on("node-a", *arguments, GRADWIRE_HEARTBEAT_SECONDS="0.2")
        self.assertTrue(wait_until(lambda: checkpoints_of(self.out)))
        dead.kill()
        dead.communicate()
        (left,) = [p for p in leftovers(self.out) if p.is_dir()]
        before = {f.name: f.read_bytes() for f in left.iterdir()}
        code, status = self.status(self.out)
        self.assertEqual(
            (code, status["list"][0]["state"], status["list"][0]["host"]), (3, "running", "node-a")
        )
        self.assertRegex(status["list"][0]["last_sign_of_life"], r"^\d{4}-\d\d-\d\dT")

        began = time.monotonic()
        other = self.start_on("node-b", *arguments)
        _, errors = other.communicate(timeout=300)

        self.assertEqual(other.returncode, 0, errors)
        self.assertGreater(time.monotonic() - began, 2.4)
        self.assertRegex(
            errors, r"is claimed by another gradwire \(node-a, process \d+\), silent for"
        )
        self.assertRegex(errors, r"at once after: rm '.*/\.claims/node-a@")
        self.assert_computed_once(1, 400, 20)
        self.assertEqual({f.name: f.read_bytes() for f in left.iterdir()}, before)
        self.assertIn("left by node-a", self.gradwire("status", self.out).stdout)

        self.start_on("node-a", *arguments).communicate()
        self.assertEqual(leftovers(self.out), [], "its own host removed it")

    def test_who_was_taken_for_dead_stops(self) -> None:
        file = self.experiment(1, 400)
        self.steps.mkdir()
        arguments = ("run", file, "-o", self.out, "--shard", "0/1", "-j", "1", "--threads", "1")
        slow = self.start_on("node-a", *arguments, GRADWIRE_HEARTBEAT_SECONDS="0.2")
        self.assertTrue(
            wait_until(lambda: list(self.steps.iterdir()) if self.steps.exists() else [])
        )
        (registered,) = [f for f in (self.out / ".claims").glob("node-a@*") if f.suffix != ".beat"]
        registered.unlink()

        _, errors = slow.communicate(timeout=60)

        self.assertEqual(slow.returncode, 1)
        self.assert_one_line(errors, "the registration of this process was removed")
        self.assertEqual(leftovers(self.out), [])


if __name__ == "__main__":
    main()
