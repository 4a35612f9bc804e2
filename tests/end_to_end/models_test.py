"""Models without C++: lists of layers, and TorchScript files."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
from support import (
    SOURCE,
    EndToEnd,
    Json,
    checkpoints_of,
    fingerprint,
    main,
    runs_of,
    small_mnist,
    tiny,
    wait_until,
)

LAYERS: list[Json] = [
    {"kind": "conv", "channels": 4, "padding": 1, "bias": False},
    {"kind": "batch_norm"},
    {"kind": "relu"},
    {
        "kind": "residual",
        "layers": [{"kind": "conv", "channels": 4, "padding": 1}, {"kind": "dropout", "p": 0.25}],
    },
    {"kind": "max_pool", "kernel": 2},
    {"kind": "flatten"},
    {"kind": "linear"},
]
LAZY: Json = {"name": "sasg", "density": 0.1}


class Models(EndToEnd):
    """Runs on a small data set of images."""

    def setUp(self) -> None:
        super().setUp()
        self.data = small_mnist(self.folder / "data")

    def experiment(self, model: Json) -> Json:
        return tiny([], dataset={"name": "mnist"}, model=model, algorithm=LAZY)

    def run_of(self, experiment: Json, out: str, *options: str) -> tuple[str, bytes]:
        """Id and metrics.csv of the experiment's one run."""
        folder = self.folder / out
        self.run_sweep(self.write(experiment), folder, "--data", str(self.data), *options)
        (run,) = runs_of(folder)
        return run.name, (run / "metrics.csv").read_bytes()


class Layers(Models):
    def test_layers_give_the_same_bytes_for_any_number_of_threads(self) -> None:
        experiment = self.experiment({"name": "layers", "layers": LAYERS})
        one = self.run_of(experiment, "one", "--threads", "1")
        self.assertEqual(self.run_of(experiment, "two", "--threads", "2"), one)

    def test_layers_from_a_file_are_the_same_run(self) -> None:
        (self.folder / "models").mkdir()
        (self.folder / "models" / "net.json").write_text(json.dumps({"layers": LAYERS}))
        given = self.run_of(self.experiment({"name": "layers", "layers": LAYERS}), "given")
        model = {"name": "layers", "file": "models/net.json"}
        self.assertEqual(self.run_of(self.experiment(model), "file"), given)

    def test_layers_that_do_not_fit_are_refused_before_anything_is_written(self) -> None:
        layers: list[Json] = [{"kind": "max_pool", "kernel": 40}, *LAYERS]
        file = self.write(self.experiment({"name": "layers", "layers": layers}))
        done = self.gradwire("run", file, "-o", self.out, "--data", self.data)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assert_one_line(done.stderr, r"/base/model/layers/0: a kernel of 40 .* got images")
        self.assertFalse(self.out.exists())

    def test_images_of_another_size_than_usual_are_checked_when_they_are_read(self) -> None:
        layers: list[Json] = [{"kind": "max_pool", "kernel": 7}, *LAYERS]  # fits 28 x 28
        file = self.write(self.experiment({"name": "layers", "layers": layers}))
        done = self.gradwire("run", file, "-o", self.out, "--data", self.data)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr + done.stdout, r"/base/model/layers/0: .* images of 1 x 4 x 4")


class Losses(Models):
    """Losses of one output, and the parameters from which models start."""

    def rows(self, model: Json, out: str, **base: object) -> list[dict[str, str]]:
        experiment = tiny([], dataset={"name": "mnist"}, model=model, **base)
        del experiment["base"]["baseline"]  # of the accuracy, which squared does not have
        _, metrics = self.run_of(experiment, out)
        return list(csv.DictReader(metrics.decode().splitlines()))

    def test_a_list_of_one_linear_layer_is_model_linear_under_each_loss(self) -> None:
        one_layer: Json = {
            "name": "layers",
            "layers": [{"kind": "flatten"}, {"kind": "linear"}],
            "initial": "zeros",
        }
        linear: Json = {"name": "linear", "initial": "zeros"}
        rate: Json = {"initial": 1e-4}
        losses: list[Json] = [
            {"name": "squared"},
            {"name": "squared", "over": "sum", "l2": 1e-3},
            {"name": "logistic", "labels": "as_is"},
        ]
        for i, loss in enumerate(losses):
            with self.subTest(loss=loss):
                ours = self.rows(one_layer, f"layers{i}", loss=loss, learning_rate=rate)
                expected = self.rows(linear, f"linear{i}", loss=loss, learning_rate=rate)
                self.assertEqual(len(ours), len(expected))
                self.assertNotEqual(ours[0]["test_loss"], ours[-1]["test_loss"])
                for a, b in zip(ours, expected):
                    for column in ("train_loss", "test_loss"):
                        self.assertAlmostEqual(float(a[column]) / float(b[column]), 1, delta=1e-5)
                    self.assertEqual(a.get("test_accuracy"), b.get("test_accuracy"))

    def test_kernels_say_which_losses_they_do_not_compute(self) -> None:
        experiment = tiny([], dataset={"name": "mnist"}, loss={"name": "squared"})
        done = self.gradwire("validate", self.write(experiment))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assert_one_line(done.stderr, r"/base/model/gradient: kernels compute cross_entropy")

    def test_a_file_gives_the_parameters_at_the_start(self) -> None:
        zeros = self.rows({"name": "mlp", "hidden": [4], "initial": "zeros"}, "zeros")
        arrays = {
            "0.weight": np.zeros((4, 16)),
            "0.bias": np.zeros(4),
            "2.weight": np.zeros((10, 4), np.float32),
            "2.bias": np.zeros(10),
        }
        np.savez_compressed(self.folder / "start.npz", **arrays)
        model: Json = {"name": "mlp", "hidden": [4], "initial": "start.npz"}
        self.assertEqual(self.rows(model, "file"), zeros)
        self.assertNotEqual(self.rows({"name": "mlp", "hidden": [4]}, "drawn"), zeros)
        np.savez(self.folder / "start.npz", **{**arrays, "2.bias": np.ones(10)})
        self.assertNotEqual(self.rows(model, "other"), zeros)

    def test_a_file_of_another_models_parameters_is_refused(self) -> None:
        np.savez(self.folder / "start.npz", **{"0.weight": np.zeros((4, 16))})
        model: Json = {"name": "mlp", "hidden": [4], "initial": "start.npz"}
        file = self.write(tiny([], dataset={"name": "mnist"}, model=model))
        done = self.gradwire("run", file, "-o", self.out, "--data", self.data)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr + done.stdout, r"start\.npz: has no array 0\.bias")
        (self.folder / "text.npz").write_text("no arrays")
        for wrong, said in (
            ("zeross", r"did you mean zeros\?"),
            ("gone.npz", "No such file"),
            ("text.npz", "is no archive of arrays"),
        ):
            file = self.write(
                tiny([], dataset={"name": "mnist"}, model={"name": "mlp", "initial": wrong})
            )
            done = self.gradwire("validate", file)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assert_one_line(done.stderr, rf"/base/model/initial: .*{said}")


class Scripted(Models):
    def given(self, name: str, place: str = "net.pt") -> Path:
        """A copy of a file of tests/learn/nets/scripted."""
        copy = self.folder / place
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(SOURCE / "tests" / "learn" / "nets" / "scripted" / f"{name}.pt", copy)
        return copy

    def test_same_bytes_for_any_number_of_threads_and_any_place_of_the_file(self) -> None:
        self.given("digits")
        experiment = self.experiment({"name": "torchscript", "file": "net.pt"})
        one = self.run_of(experiment, "one", "--threads", "1")
        self.assertEqual(self.run_of(experiment, "two", "--threads", "2"), one)
        self.given("digits", "models/other.pt")
        moved = self.experiment({"name": "torchscript", "file": "models/other.pt"})
        self.assertEqual(self.run_of(moved, "moved"), one)

    def test_a_replay_needs_no_file(self) -> None:
        file = self.given("digits")
        self.run_of(self.experiment({"name": "torchscript", "file": "net.pt"}), "learned")
        file.unlink()
        done = self.gradwire("replay", self.folder / "learned", "-o", self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        (run,), (replayed,) = runs_of(self.folder / "learned"), runs_of(self.out)
        self.assertEqual(run.name, replayed.name)
        self.assertEqual(fingerprint(run)[0], fingerprint(replayed)[0])

    def test_a_run_continues_from_its_checkpoint_with_the_same_bytes(self) -> None:
        """Of a module with dropout, whose draws must not depend on what ran before."""
        self.given("dropout")
        file = self.write(
            tiny(
                [],
                dataset={
                    "name": "synthetic",
                    "classes": 4,
                    "dimension": 192,
                    "train_samples": 300,
                    "test_samples": 50,
                },
                model={"name": "torchscript", "file": "net.pt"},
                algorithm=LAZY,
                epochs=200,
                max_iterations=400,
            )
        )
        whole = self.folder / "whole"
        self.run_sweep(file, whole)
        process = self.start("run", file, "-o", self.out, "--checkpoint-every", "20")
        wait_until(lambda: checkpoints_of(self.out))
        process.kill()
        process.communicate()
        self.assertEqual(runs_of(self.out), [])
        self.run_sweep(file, self.out)
        self.assert_same_results(self.out, whole)

    def test_a_file_that_is_not_there_is_refused(self) -> None:
        file = self.write(self.experiment({"name": "torchscript", "file": "net.pt"}))
        done = self.gradwire("run", file, "-o", self.out, "--data", self.data)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assert_one_line(done.stderr, r"/base/model/file: .*net\.pt.* No such file")

    def test_a_file_of_torch_save_fails_with_what_to_do(self) -> None:
        self.given("saved")
        file = self.write(self.experiment({"name": "torchscript", "file": "net.pt"}))
        done = self.gradwire("run", file, "-o", self.out, "--data", self.data)
        self.assertEqual(done.returncode, 1, done.stderr)
        says = r"net\.pt has tensors but no code, as torch\.save\(\) writes it: torch\.jit\.script"
        self.assertRegex(done.stderr + done.stdout, says)

    def test_an_edited_file_is_not_taken_for_the_one_that_was_run(self) -> None:
        self.given("digits")
        experiment = self.experiment({"name": "torchscript", "file": "net.pt"})
        self.run_of(experiment, "first")
        (run,) = runs_of(self.folder / "first")
        self.given("mlp")
        done = self.gradwire("run", run / "scenario.json", "-o", self.out, "--data", self.data)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assert_one_line(done.stderr, r"/model/digest: must be [0-9a-f]{32}, the digest of ")


if __name__ == "__main__":
    main()
