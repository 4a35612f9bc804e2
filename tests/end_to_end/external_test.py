"""Models in processes of the user's: numbers, failures, interruption, and the examples.

Failures of the protocol: tests/learn/external/failures_test.cpp.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support import (
    METHODS,
    SOURCE,
    EndToEnd,
    Json,
    checkpoints_of,
    children_of,
    fingerprint,
    living,
    main,
    read_csv,
    runs_of,
    small_mnist,
    tiny,
    wait_until,
)

PYTHON = "/usr/bin/python3"  # Debian's, which python3-numpy belongs to
OWN_MODEL = SOURCE / "experiments" / "own-model"

# A quadratic of 6 parameters with minimum 1, 2, ..., 6; worker and step shift the gradient a little.
QUADRATIC = """
import os, signal, sys, time
import numpy as np
import gradwire_model

class Model:
    iterations_per_epoch = 8
    def __init__(self, settings):
        self.settings = settings
        self.goal = np.arange(1, 7)
    def parameters(self):
        return [("a", np.zeros((2, 2))), ("b", np.zeros(2))]
    def gradient(self, theta, worker, step):
        error = theta - self.goal + 0.01 * worker - 0.001 * step
        return error, float(error @ error) / 2, worker, 5
    def evaluate(self, theta):
        error = theta - self.goal
        return {"loss": float(error @ error), "accuracy": 0.5}

"""
SERVE = "\ngradwire_model.serve(Model)\n"

class External(EndToEnd):
    def setUp(self) -> None:
        super().setUp()
        shutil.copy(OWN_MODEL / "gradwire_model.py", self.folder)

    def environment(self) -> dict[str, str]:
        path = f"/usr/bin:{os.environ['PATH']}"  # python3 is Debian's
        return super().environment() | {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}

    def model(self, source: str, name: str = "model.py") -> Path:
        file = self.folder / name
        file.write_text(source)
        return file

    def experiment(self, source: str, sweep: list[Json] | None = None, **settings: Any) -> Path:
        """An experiment whose model is this program; `timeout` goes to the model."""
        command = {"name": "external", "command": [PYTHON, str(self.model(source))]}
        command |= {k: settings.pop(k) for k in ("timeout",) if k in settings}
        experiment = tiny(sweep or [], model=command, **settings)
        del experiment["base"]["dataset"]
        return self.write(experiment)

    def fails(self, source: str, *says: str, **settings: Any) -> str:
        """Runs a program that fails; the run fails with one line that has these patterns."""
        shutil.rmtree(self.out, ignore_errors=True)
        file = self.experiment(source, **settings)
        done = self.run_sweep(file, self.out, "--quiet", "--threads", "2", status=1)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for pattern in says:
            self.assertRegex(done.stderr, pattern)
        self.assertEqual(runs_of(self.out), [])
        self.assert_no_orphans()
        return next((self.out / "failed").iterdir()).read_text()


class Numbers(External):
    LOGISTIC = """
import sys
import numpy as np
sys.path.insert(0, {reference!r})
import gradwire_model
import streams

SAMPLES, TEST, DIMENSION, CLASSES = 120, 50, 8, 4

class Model:
    def __init__(self, settings):
        self.s = settings
        data = [streams.synthetic(settings.seed, part, count, DIMENSION, CLASSES, 3.0)
                for part, count in (("train", SAMPLES), ("test", TEST))]
        (self.x, self.y), (self.x_test, self.y_test) = [
            (np.array(x, np.float32), np.array(y)) for x, y in data]
        self.iterations_per_epoch = SAMPLES // settings.workers // settings.batch_size
        self.initial = [
            ("weight", np.reshape(streams.weights(settings.seed, 0, CLASSES * DIMENSION, DIMENSION),
                                  (CLASSES, DIMENSION))),
            ("bias", np.array(streams.weights(settings.seed, 1, CLASSES, DIMENSION)))]
    def parameters(self):
        return self.initial
    def outcome(self, theta, x, y):
        w, b = gradwire_model.unflatten(theta.astype(np.float64), self.initial)
        z = x @ w.T + b
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        return p, -np.log(p[np.arange(len(y)), y]).mean(), (z.argmax(axis=1) == y).sum()
    def gradient(self, theta, worker, step):
        s = self.s
        number, iteration = divmod(step, self.iterations_per_epoch)
        shard = streams.shard(s.seed, SAMPLES, s.workers, worker)
        order = streams.epoch(s.seed, worker, number, shard)
        rows = order[iteration * s.batch_size:][:s.batch_size]
        x, y = self.x[rows], self.y[rows]
        p, loss, correct = self.outcome(theta, x, y)
        p[np.arange(len(y)), y] -= 1
        return [p.T @ x / len(y), p.sum(axis=0) / len(y)], loss, correct, len(y)
    def evaluate(self, theta):
        _, loss, correct = self.outcome(theta, self.x_test, self.y_test)
        return {{"loss": loss, "accuracy": correct / TEST}}
"""

    def test_numpy_with_the_same_draws_learns_what_the_built_in_model_learns(self) -> None:
        source = self.LOGISTIC.format(reference=str(SOURCE / "tests" / "reference")) + SERVE
        built_in = self.write(
            tiny([{"algorithm": METHODS}], model={"name": "logistic"}), "built-in.json"
        )
        ours, theirs = self.out, self.folder / "built-in"
        self.run_sweep(self.experiment(source, [{"algorithm": METHODS}]), ours)
        self.run_sweep(built_in, theirs)

        compared = 0
        for run, reference in zip(runs_of(ours), runs_of(theirs), strict=True):
            for row, expected in zip(
                read_csv(run / "metrics.csv"), read_csv(reference / "metrics.csv"), strict=True
            ):
                for column, cell in row.items():
                    approximate = column.endswith("loss")
                    a, b = float(cell), float(expected[column])
                    self.assertTrue(
                        abs(a - b) <= 1e-5 * max(1, abs(b)) if approximate else a == b,
                        f"{run.name}: {column}: {cell}, built in {expected[column]}",
                    )
                    compared += approximate
        self.assertEqual(compared, 3 * 4 * 6)  # losses, methods, evaluations

    def test_results_do_not_depend_on_the_number_of_processes(self) -> None:
        file = self.experiment(QUADRATIC + SERVE, [{"algorithm": METHODS}])
        one, three = self.folder / "one", self.folder / "three"
        self.run_sweep(file, one, "--threads", "1")
        self.run_sweep(file, three, "--threads", "3")

        for run, other in zip(runs_of(one), runs_of(three), strict=True):
            self.assertEqual(fingerprint(run), fingerprint(other))

    def test_what_the_program_returns_is_what_is_written(self) -> None:
        """Of gradient descent on the quadratic by hand, in double precision."""
        file = self.experiment(QUADRATIC + SERVE, epochs=1, evaluate_every=1)
        self.run_sweep(file, self.out)

        theta = [0.0] * 6
        (run,) = runs_of(self.out)
        for step, row in enumerate(read_csv(run / "metrics.csv")):
            errors = [
                [theta[i] - i - 1 + 0.01 * m - 0.001 * step for i in range(6)] for m in range(3)
            ]
            loss = sum(sum(e * e for e in error) / 2 for error in errors) / 3
            self.assertAlmostEqual(float(row["recent_train_loss"]), loss, delta=1e-5 * loss)
            self.assertEqual(float(row["train_accuracy"]), (0 + 1 + 2) / 15)
            theta = [t - 0.05 * sum(e[i] for e in errors) for i, t in enumerate(theta)]
            test = sum((t - i - 1) ** 2 for i, t in enumerate(theta))
            self.assertAlmostEqual(float(row["test_loss"]), test, delta=1e-5 * test)
            self.assertEqual(row["test_accuracy"], "0.5")
        self.assertEqual(step, 7)

    def test_a_gradient_written_in_place_is_the_same(self) -> None:
        """The two programs differ, hence the runs' ids."""
        in_place = QUADRATIC.replace("worker, step):", "worker, step, out):").replace(
            "return error, ", "np.copyto(out, error)\n        return out, "
        )
        self.assertIn("return out,", in_place)
        curves = []
        for name, source in (("returned", QUADRATIC), ("in_place", in_place)):
            file = self.experiment(source + SERVE, algorithm={"name": "sasg", "density": 0.5})
            self.run_sweep(file, self.folder / name, "--threads", "2")
            (run,) = runs_of(self.folder / name)
            curves.append((run / "metrics.csv").read_bytes())
        self.assertEqual(curves[0], curves[1])

    def test_each_process_receives_the_settings(self) -> None:
        source = QUADRATIC + "print = None\n" + (
            "def make(settings):\n"
            "    with open(f'settings-{settings.process}', 'w') as file:\n"
            "        file.write(repr(tuple(settings)) + os.getcwd())\n"
            "    return Model(settings)\n"
            "gradwire_model.serve(make)\n"
        )
        self.run_sweep(self.experiment(source, seed=7), self.out, "--threads", "8")

        written = sorted(f.read_text() for f in self.folder.glob("settings-*"))
        where = os.path.realpath(self.folder)
        self.assertEqual(written, [f"(3, 5, 7, {i}, 3){where}" for i in range(3)])

    def test_a_diverging_loss_ends_the_run_as_diverged(self) -> None:
        source = QUADRATIC + (
            "class Nan(Model):\n"
            "    def gradient(self, theta, worker, step):\n"
            "        g, loss, correct, n = super().gradient(theta, worker, step)\n"
            "        return (g * np.nan, np.nan, 0, n) if step == 5 else (g, loss, correct, n)\n"
            "gradwire_model.serve(Nan)\n"
        )
        self.run_sweep(self.experiment(source), self.out)

        (run,) = runs_of(self.out)
        summary = json.loads((run / "summary.json").read_text())
        self.assertEqual((summary["status"], summary["iterations"]), ("diverged", 6))

    def test_the_identity_of_the_data_is_what_the_program_states(self) -> None:
        for data, expected in (
            ("", None),
            (
                "Model.data = {'digest': 'abc', 'train_samples': 7, 'test_samples': 3}\n",
                {"digest": "abc", "train_samples": 7, "test_samples": 3},
            ),
        ):
            shutil.rmtree(self.out, ignore_errors=True)
            self.run_sweep(self.experiment(QUADRATIC + data + SERVE), self.out)
            (run,) = runs_of(self.out)
            summary = json.loads((run / "summary.json").read_text())
            self.assertEqual(summary.get("data"), expected)
            self.assertIn("whether the run can be repeated", summary["notes"][0])


class Failures(External):
    def with_gradient(self, statement: str) -> str:
        """A program that executes a statement in worker 1's gradient of step 2."""
        return QUADRATIC + (
            "class Failing(Model):\n"
            "    def gradient(self, theta, worker, step):\n"
            "        g, loss, correct, n = super().gradient(theta, worker, step)\n"
            "        if (worker, step) == (1, 2):\n"
            f"            {statement}\n"
            "        return g, loss, correct, n\n"
            "gradwire_model.serve(Failing)\n"
        )

    WHERE = r"model\.py \(process [01]\), gradient of worker 1, step 2: "

    def test_an_exception_is_reported_with_its_line(self) -> None:
        log = self.fails(
            self.with_gradient("raise KeyError('no such sample')"),
            self.WHERE + r"KeyError: 'no such sample' \(.*/model\.py, line \d+, in gradient\)$",
        )
        self.assertIn("Traceback (most recent call last)", log)

    def test_an_exception_in_the_constructor_is_reported(self) -> None:
        source = QUADRATIC + "def make(settings): raise OSError('no data')\n"
        self.fails(
            source + "gradwire_model.serve(make)",
            r"model\.py \(process [01]\), start: OSError: no data \(.*line \d+, in make\)$",
        )

    def test_an_exit_status_is_reported_with_the_last_output(self) -> None:
        statement = "print('out of licences', file=sys.stderr, flush=True); os._exit(3)"
        self.fails(
            self.with_gradient(statement),
            self.WHERE + r"ended with exit status 3; its last output: out of licences$",
        )

    def test_an_exit_before_the_start_is_reported(self) -> None:
        self.fails("import sys; sys.exit('no GPU')", "start: ended with exit status 1.*: no GPU$")
        self.fails("import nonsense", "start: ended with exit status 1.*No module named 'nonsense'$")
        self.fails("", r"start: ended with exit status 0$")

    def test_a_missing_script_is_reported_in_the_words_of_python(self) -> None:
        file = self.experiment("")
        (self.folder / "model.py").unlink()
        done = self.run_sweep(file, self.out, "--quiet", status=1)
        self.assert_one_line(done.stderr, r"start: ended with exit status 2.*No such file")

    def test_a_crash_is_reported_with_its_signal(self) -> None:
        self.fails(
            self.with_gradient("os.kill(os.getpid(), signal.SIGSEGV)"),
            self.WHERE + r"was killed by signal 11 \(Segmentation fault\)$",
        )

    def test_a_process_that_hangs_is_ended_after_the_timeout(self) -> None:
        self.fails(
            self.with_gradient("print('waiting', flush=True); time.sleep(1000)"),
            self.WHERE + r"gave no answer within 9 s \(model\.timeout\); its last output: waiting$",
            timeout="9s",  # the start must be faster, also on a busy machine
        )
        self.fails(
            "import time; time.sleep(1000)", r"start: gave no answer within 1 s", timeout="1s"
        )

    def test_a_process_that_prints_without_end_and_hangs_is_ended_too(self) -> None:
        self.fails(
            self.with_gradient("while True: print('still waiting')"),
            self.WHERE + r"gave no answer within 9 s .*still waiting$",
            timeout="9s",
        )

    def test_the_end_is_noticed_although_a_child_holds_the_socket(self) -> None:
        statement = "os.fork() or time.sleep(1000); os._exit(4)"
        self.fails(self.with_gradient(statement), self.WHERE + "ended with exit status 4$")

    def test_a_gradient_that_is_not_finite_is_named(self) -> None:
        self.fails(
            self.with_gradient("g[5] = np.nan"),
            self.WHERE + "the loss is finite, but not the gradient: entry 1 of tensor b is nan$",
        )

    def test_what_is_printed_does_not_mix_with_the_output(self) -> None:
        source = QUADRATIC + "print('12345 of 12345 done')\nprint('@note: no', flush=True)\n"
        file = self.experiment(source + SERVE)
        done = self.run_sweep(file, self.out)
        self.assertNotIn("12345", done.stdout + done.stderr)


class Settings(External):
    def refuses(self, says: str, change: Callable[[Json], None]) -> None:
        experiment = json.loads(self.experiment(QUADRATIC + SERVE).read_text())
        change(experiment["base"])
        file = self.write(experiment)
        for command in (("run", file, "-o", self.out), ("validate", file)):
            done = self.gradwire(*command)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assert_one_line(done.stderr, says)
            self.assertFalse(self.out.exists())

    def test_a_bad_command_is_refused_before_anything_is_written(self) -> None:
        plain = self.folder / "plain.sh"
        plain.write_text("")
        for command, says in (
            ([], "/base/model/command: must not be empty"),
            ([""], "/base/model/command/0: must not be empty"),
            ("python3", r'/base/model/command: must be a list, got "python3"; did you mean'),
            (["no-such-program"], "/base/model/command: there is no program no-such-program in"),
            (["./missing"], "/base/model/command: .*/missing does not exist"),
            (["./plain.sh"], "/base/model/command: .*/plain.sh is not executable"),
        ):
            with self.subTest(command):
                self.refuses(says, lambda base: base["model"].update(command=command))
        self.refuses("/base/model: command is missing", lambda base: base["model"].pop("command"))
        self.refuses(
            "/base/model/command: there is no folder .*/nowhere to run",
            lambda base: base["model"].update(folder="nowhere"),
        )

    def test_settings_that_do_not_apply_are_refused(self) -> None:
        for says, setting in (
            ("/base/dataset: does not apply to model external", {"dataset": {"name": "mnist"}}),
            ("/base/dataset: does not apply to model external", {"dataset": {}}),
            ("/base/draws: does not apply", {"draws": "pytorch"}),
            ("/base/device: does not apply", {"device": "cuda"}),
            ("/base/top5: does not apply", {"top5": True}),
            (
                "/base/dataset/name: external goes with model external only",
                {"model": {"name": "mlp"}, "dataset": {"name": "external"}},
            ),
            (
                "/base/dataset/partition: partition does not apply to external",
                {"dataset": {"name": "external", "partition": {}}},
            ),
        ):
            with self.subTest(setting):
                self.refuses(says, lambda base: base.update(setting))
        self.refuses(
            "/base/model/timeout: must be above 0",
            lambda base: base["model"].update(timeout=0),
        )

    def test_own_and_built_in_models_share_a_sweep(self) -> None:
        self.model(QUADRATIC + SERVE)
        external = {"name": "external", "command": [PYTHON, "model.py"]}
        sweep = [
            {
                "model": [{"name": "logistic"}, external],
                "dataset": [tiny()["base"]["dataset"], {"name": "external"}],
            }
        ]
        self.run_sweep(self.write(tiny(sweep)), self.out)
        self.assertEqual(len(runs_of(self.out)), 2)

    def test_a_changed_program_is_another_run_and_a_moved_one_is_not(self) -> None:
        file = self.experiment(QUADRATIC + SERVE)
        command = json.loads(file.read_text())
        command["base"]["model"]["command"] = [PYTHON, "model.py"]
        self.run_sweep(self.write(command), self.out)
        self.model(QUADRATIC + SERVE + "# another comment\n")
        self.run_sweep(file, self.out)
        self.assertEqual(len(runs_of(self.out)), 2)

        there = self.folder / "there"
        there.mkdir()
        for name in ("x.json", "model.py", "gradwire_model.py"):
            shutil.copy(self.folder / name, there)
        ids = []
        for place in (self.folder, there):
            experiment = place / "x.json"
            command["base"]["model"]["timeout"] = 60 if place == there else 50
            experiment.write_text(json.dumps(command))
            done = self.gradwire("validate", experiment)
            ids.append(re.search(r"sgd-[0-9a-f]{12}", done.stdout)[0])
        self.assertEqual(ids[0], ids[1])

    def test_verify_repeats_the_run_and_prints_a_note(self) -> None:
        self.run_sweep(self.experiment(QUADRATIC + SERVE), self.out)
        done = self.gradwire("verify", self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 of 1 runs are the same", done.stdout)
        self.assertIn("depends on that program", done.stderr)

        self.model(QUADRATIC + SERVE + "# changed\n")
        done = self.gradwire("verify", self.out)
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, "/model/digest: must be .*, the digest of the files")

    def test_verify_finds_a_program_that_is_not_deterministic(self) -> None:
        source = QUADRATIC + "Model.goal_of = 0\nnoise = np.random.default_rng()\n" + (
            "class Noisy(Model):\n"
            "    def gradient(self, theta, worker, step):\n"
            "        g, *rest = super().gradient(theta, worker, step)\n"
            "        return g + noise.normal(size=6), *rest\n"
            "gradwire_model.serve(Noisy)\n"
        )
        self.run_sweep(self.experiment(source), self.out)
        done = self.gradwire("verify", self.out)
        self.assertEqual(done.returncode, 1)
        self.assertIn("metrics.csv differs", done.stderr)

    def test_a_replay_needs_no_program(self) -> None:
        self.run_sweep(self.experiment(QUADRATIC + SERVE), self.out)
        (self.folder / "model.py").unlink()
        again = self.folder / "again"
        done = self.gradwire("replay", self.out, "-o", again)
        self.assertEqual(done.returncode, 0, done.stderr)
        (run,), (replayed,) = runs_of(self.out), runs_of(again)
        self.assertEqual(run.name, replayed.name)
        for name in ("metrics.csv", "scenario.json"):
            self.assertEqual((run / name).read_bytes(), (replayed / name).read_bytes())


class Processes(External):
    def slow(self, **settings: Any) -> Path:
        source = QUADRATIC + (
            "class Slow(Model):\n"
            "    def gradient(self, theta, worker, step):\n"
            "        time.sleep(0.002)\n"
            "        return super().gradient(theta, worker, step)\n"
            "gradwire_model.serve(Slow)\n"
        )
        return self.experiment(source, epochs=25, evaluate_every=50, **settings)

    def programs(self) -> list[int]:
        name = str(self.folder / "model.py").encode()
        return living(lambda _, command: name in command)

    def running(self, *arguments: str) -> subprocess.Popen[str]:
        """A run whose processes have computed some iterations."""
        process = self.start("run", self.slow(), "-o", self.out, "--threads", "2", *arguments)
        wait_until(lambda: len(self.programs()) == 2)
        wait_until(lambda: checkpoints_of(self.out) or process.poll() is not None)
        return process

    def test_no_process_is_left_after_any_death(self) -> None:
        before = set(os.listdir("/dev/shm"))
        for number, of_run in ((signal.SIGKILL, False), (signal.SIGKILL, True), (signal.SIGINT, False)):
            with self.subTest(number=number, of_run=of_run):
                shutil.rmtree(self.out, ignore_errors=True)
                process = self.running("--checkpoint-every", "5")
                victim = children_of(process.pid)[0] if of_run else process.pid
                os.kill(victim, number)
                process.communicate()

                self.assertTrue(wait_until(lambda: not self.programs(), 5.0), self.programs())
                self.assert_no_orphans()
                self.assertEqual(process.returncode, 1 if of_run else -number)
        self.assertEqual(set(os.listdir("/dev/shm")), before)

    def test_a_killed_program_fails_the_run(self) -> None:
        process = self.running("--checkpoint-every", "5")
        os.kill(self.programs()[0], signal.SIGKILL)
        _, errors = process.communicate()

        self.assertEqual(process.returncode, 1)
        self.assertRegex(errors, r"was killed by signal 9 \(Killed\)")
        self.assertEqual(self.programs(), [])

    def test_a_run_continues_from_its_checkpoint_with_the_same_bytes(self) -> None:
        for algorithm in METHODS:
            with self.subTest(algorithm["name"]):
                whole = self.folder / f"whole-{algorithm['name']}"
                file = self.slow(algorithm=algorithm)
                self.run_sweep(file, whole)
                out = self.folder / f"killed-{algorithm['name']}"
                process = self.start("run", file, "-o", out, "--checkpoint-every", "20")
                wait_until(lambda: checkpoints_of(out))
                process.kill()
                process.communicate()
                self.assertTrue(wait_until(lambda: not self.programs(), 5.0))
                self.assertEqual(runs_of(out), [])

                self.run_sweep(file, out)

                self.assert_same_results(out, whole)


class Readme(External):
    """The commands and programs of experiments/own-model/README.md work as they are printed."""

    TEXT = (OWN_MODEL / "README.md").read_text()

    def blocks(self, language: str) -> list[str]:
        return re.findall(rf"^```{language}\n(.*?)^```", self.TEXT, re.MULTILINE | re.DOTALL)

    def setUp(self) -> None:
        super().setUp()
        shutil.copytree(OWN_MODEL, self.folder / "experiments" / "own-model")

    def execute(self, commands: str) -> None:
        for line in commands.splitlines():
            words = line.split()
            self.assertEqual(words[0], "./dev")
            done = self.gradwire(*words[1:])
            self.assertEqual(done.returncode, 0, f"{line}: {done.stderr}")

    def test_every_command_of_the_page_is_tested(self) -> None:
        self.assertEqual(len(self.blocks("sh")), 2)

    def test_the_commands_of_the_numpy_example(self) -> None:
        self.execute(self.blocks("sh")[1])

        table = read_csv(self.folder / "results" / "own-model-bandwidth" / "runs.csv")
        self.assertEqual(len(table), 4 * 5)
        self.assertTrue(all(row["baseline.iteration"] for row in table), "every run learns")
        self.assertTrue((self.folder / "results/own-model-bandwidth/report/report.html").exists())

    def test_the_class_of_three_functions(self) -> None:
        self.run_sweep(self.experiment(self.blocks("python")[1]), self.out)
        (run,) = runs_of(self.out)
        losses = [float(row["test_loss"]) for row in read_csv(run / "metrics.csv")]
        self.assertLess(losses[-1], losses[0] / 100)

    def test_the_pytorch_class(self) -> None:
        if subprocess.run([PYTHON, "-c", "import torch"], capture_output=True).returncode != 0:
            self.skipTest("no python3-torch")
        shutil.copy(OWN_MODEL / "gradwire_torch.py", self.folder)
        (self.folder / "my_model.py").write_text(self.blocks("python")[0])
        (self.folder / "my-model.json").write_text(self.blocks("json")[0])

        self.execute(self.blocks("sh")[0])
        self.execute("./dev run experiments/own-model/pytorch-model.json")

        # Of two balanced classes after 20 iterations, and of the example after 100.
        for name, accuracy in (("my-model", 0.7), ("own-model-pytorch", 0.8)):
            rows = read_csv(self.folder / "results" / name / "runs.csv")
            self.assertGreater(min(float(row["final.test_accuracy"]) for row in rows), accuracy)

    def test_the_numpy_example_reads_mnist(self) -> None:
        folder = small_mnist(self.folder) / "mnist"
        place = self.folder / "experiments" / "own-model"
        experiment = json.loads((place / "numpy-logistic.json").read_text())
        experiment["base"]["model"]["command"].append(str(folder))
        experiment["base"] |= {"workers": 2, "batch_size": 5, "epochs": 1}
        (place / "mnist.json").write_text(json.dumps(experiment))
        self.run_sweep(place / "mnist.json", self.out)
        self.assertEqual(len(runs_of(self.out)), 4)


if __name__ == "__main__":
    main()
