"""Models without C++: lists of layers, and TorchScript files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from support import SOURCE, EndToEnd, Json, main, runs_of, small_mnist, tiny

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
