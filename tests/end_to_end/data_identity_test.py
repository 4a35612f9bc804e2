"""The training data are part of a run's identity: results of other data are never reused."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import signal
from pathlib import Path

from support import (
    EndToEnd,
    Json,
    checkpoints_of,
    fingerprint,
    idx,
    main,
    runs_of,
    small_mnist,
    tiny,
    wait_until,
)

FILES = {
    "train-images-idx3-ubyte": 3,
    "train-labels-idx1-ubyte": 1,
    "t10k-images-idx3-ubyte": 3,
    "t10k-labels-idx1-ubyte": 1,
}


WITH_LIBTORCH = {"name": "mlp", "hidden": [3], "gradient": "libtorch"}


def of_mnist(sweep: list[Json] | None = None, **base: object) -> Json:
    """A tiny experiment that trains on small_mnist()."""
    settings: Json = {"dataset": {"name": "mnist"}, "workers": 2, "epochs": 2} | base
    return tiny([{"seed": [1, 2]}] if sweep is None else sweep, **settings)


def content(folder: Path, stem: str) -> bytes:
    """The content of a file of small_mnist(), uncompressed."""
    packed = folder / "mnist" / f"{stem}.gz"
    plain = folder / "mnist" / stem
    return gzip.decompress(packed.read_bytes()) if packed.exists() else plain.read_bytes()


def changed(folder: Path, copy: Path, stem: str, byte: int, value: int) -> Path:
    """A copy of small_mnist() with one byte of one file changed."""
    shutil.copytree(folder, copy)
    data = bytearray(content(folder, stem))
    assert data[byte] != value
    data[byte] = value
    (copy / "mnist" / f"{stem}.gz").unlink(missing_ok=True)
    (copy / "mnist" / stem).write_bytes(bytes(data))
    return copy


def summaries(results: Path) -> list[Json]:
    return [json.loads((run / "summary.json").read_text()) for run in runs_of(results)]


def edit_summaries(results: Path, change) -> None:  # type: ignore[no-untyped-def]
    for run in runs_of(results):
        summary = json.loads((run / "summary.json").read_text())
        change(summary)
        (run / "summary.json").write_text(json.dumps(summary))


def everything(results: Path) -> dict[str, tuple[int, bytes]]:
    """Modification time and content of each file."""
    return {
        str(file.relative_to(results)): (file.stat().st_mtime_ns, file.read_bytes())
        for file in results.rglob("*")
        if file.is_file()
    }


class WithData(EndToEnd):
    def setUp(self) -> None:
        super().setUp()
        self.data = small_mnist(self.folder / "data")
        self.other = changed(
            self.data, self.folder / "other", "train-images-idx3-ubyte", 16 + 100, 255
        )
        self.file = self.write(of_mnist())

    def learn(self, data: Path | None = None, out: Path | None = None, *more: str, status: int = 0):
        options = ["--data", str(data or self.data), *more]
        return self.run_sweep(self.file, out or self.out, *options, status=status)

    def digest(self, data: Path, name: str = "mnist") -> str:
        """The digest of the data, taken from the summary of a run."""
        out = self.folder / f"digest-of-{data.name}"
        settings: Json = {"dataset": {"name": name}, "model": WITH_LIBTORCH, "epochs": 1}
        file = self.write(of_mnist([{"seed": [1]}], **settings), "d.json")
        self.run_sweep(file, out, "--data", str(data))
        (summary,) = summaries(out)
        return summary["data"]["digest"]


class Digest(WithData):
    def test_a_summary_says_what_was_read(self) -> None:
        self.learn()

        for summary in summaries(self.out):
            self.assertRegex(summary["data"]["digest"], "^[0-9a-f]{32}$")
            self.assertEqual(summary["data"]["train_samples"], 60)
            self.assertEqual(summary["data"]["test_samples"], 20)
        self.assertEqual(len({s["data"]["digest"] for s in summaries(self.out)}), 1)
        header = (self.out / "runs.csv").read_text().splitlines()[0]
        self.assertNotIn("data.", header)

    def test_the_same_samples_in_other_files_have_the_same_digest(self) -> None:
        digest = self.digest(self.data)
        layouts = {
            "torchvision": ("MNIST/raw", lambda stem, plain: (stem, plain)),
            "below-the-name": ("mnist/MNIST/raw", lambda stem, plain: (stem, plain)),
            "dots-and-gzip": (
                "mnist",
                lambda stem, plain: (
                    re.sub("-(idx)", r".\1", stem) + ".gz",
                    gzip.compress(plain),
                ),
            ),
            "members": (
                "mnist",
                lambda stem, plain: (
                    stem + ".gz",
                    b"".join(gzip.compress(plain[i : i + 7]) for i in range(0, len(plain), 7)),
                ),
            ),
        }
        for name, (folder, encode) in layouts.items():
            with self.subTest(name):
                place = self.folder / name / folder
                place.mkdir(parents=True)
                for stem in FILES:
                    file, packed = encode(stem, content(self.data, stem))
                    (place / file).write_bytes(packed)

                self.assertEqual(self.digest(self.folder / name), digest)

    def test_any_other_sample_label_or_order_has_another_digest(self) -> None:
        pixel = changed(self.data, self.folder / "pixel", "t10k-images-idx3-ubyte", 16, 1)
        label = changed(self.data, self.folder / "label", "train-labels-idx1-ubyte", 8, 1)
        last = changed(self.data, self.folder / "last", "t10k-labels-idx1-ubyte", 27, 1)
        fewer = small_mnist(self.folder / "fewer", train=50)
        swapped = self.folder / "swapped"
        shutil.copytree(self.data, swapped)
        labels = content(self.data, "train-labels-idx1-ubyte")[8:]
        images = content(self.data, "train-images-idx3-ubyte")[16:]
        swap = lambda b, n: b[n : 2 * n] + b[:n] + b[2 * n :]  # noqa: E731
        (swapped / "mnist" / "train-images-idx3-ubyte").write_bytes(
            idx(swap(images, 16), 60, 4, 4)
        )
        (swapped / "mnist" / "train-labels-idx1-ubyte.gz").write_bytes(
            gzip.compress(idx(swap(labels, 1), 60))
        )

        places = [self.data, pixel, label, last, fewer, swapped]

        self.assertEqual(len({self.digest(place) for place in places}), len(places))

    def test_of_two_joined_datasets_both_count(self) -> None:
        for data in (self.data, self.other):
            small_cifar10(data)

        self.assertNotEqual(
            self.digest(self.data, "cifar10+mnist"), self.digest(self.other, "cifar10+mnist")
        )

    def test_of_fashion_mnist_it_is_this_one(self) -> None:
        package = Path("/usr/share/datasets/fashion-mnist")
        if not package.is_dir():
            self.skipTest(f"{package} is not there (package dataset-fashion-mnist)")
        settings = {"dataset": {"name": "fashion-mnist"}, "max_iterations": 1}
        file = self.write(of_mnist([{"seed": [1]}], **settings))

        self.run_sweep(file, self.out)

        (summary,) = summaries(self.out)
        # XXH3-128 of "28x28 60000 10000\n" followed by train images, train labels, test images
        # and test labels, without their headers; xxh128sum gives the same.
        self.assertEqual(summary["data"]["digest"], FASHION_MNIST)
        self.assertNotIn("notes", summary)


FASHION_MNIST = "2879ebe212fb262b7fb4fa3a65b98ee7"


def small_cifar10(folder: Path, batches: int = 5, name: str = "cifar10") -> Path:
    """Writes data in CIFAR-10's format, named `name`, with twelve images per batch."""
    place = folder / name / "cifar-10-batches-bin"
    place.mkdir(parents=True)
    records = b"".join(bytes([i % 10]) + bytes([i]) * 3072 for i in range(12))
    for batch in range(1, batches + 1):
        (place / f"data_batch_{batch}.bin").write_bytes(records)
    (place / "test_batch.bin").write_bytes(records)
    return folder


class Complete(WithData):
    def test_results_of_other_data_are_not_complete_already(self) -> None:
        self.learn()
        before = everything(self.out)

        said = self.learn(self.other, None, status=2)

        was, now = self.digest(self.data), self.digest(self.other)
        self.assert_one_line(
            said.stderr,
            "out: 2 of 2 complete runs learned from other data than those found now",
            rf"of mnist, 60 \+ 20 samples, digest {was}; found: 60 \+ 20 samples, digest {now}",
            "--fresh",
            " -o",
        )
        self.assertEqual(said.stdout, "")
        self.assertEqual(everything(self.out), before)

    def test_nor_are_they_added_to(self) -> None:
        self.learn(None, None, "--filter", "seed=1")
        before = everything(self.out)
        for more in ([], ["--filter", "seed=2"], ["--filter", "seed=2", "--fresh"]):
            with self.subTest(more=more):
                said = self.learn(self.other, None, *more, status=2)

                self.assert_one_line(said.stderr, "1 of 1 complete runs learned from other data")
                self.assertEqual(everything(self.out), before)

    def test_fresh_and_another_folder_learn_from_the_other_data(self) -> None:
        self.learn()
        self.learn(self.other, self.folder / "elsewhere")

        self.learn(self.other, None, "--fresh")

        self.assert_same_results(self.out, self.folder / "elsewhere")
        self.assertEqual({s["data"]["digest"] for s in summaries(self.out)}, {self.digest(self.other)})

    def test_the_same_data_elsewhere_are_the_same(self) -> None:
        self.learn()
        moved = self.folder / "torchvision" / "MNIST"
        moved.mkdir(parents=True)
        (self.data / "mnist").rename(moved / "raw")

        said = self.learn(moved.parent)

        self.assertEqual(said.stderr.splitlines()[0], "2 of 2 runs are complete already")

    def test_without_the_data_complete_is_complete(self) -> None:
        self.learn()
        shutil.rmtree(self.data / "mnist")

        said = self.learn()

        self.assertEqual(said.stderr.splitlines()[0], "2 of 2 runs are complete already")
        self.file = self.write(of_mnist([{"seed": [1, 2, 3]}]))
        self.assert_one_line(self.learn(status=2).stderr, 'dataset "mnist" not found')

    def test_runs_that_do_not_say_what_they_learned_from_are_complete_and_that_is_said(self) -> None:
        self.learn()
        edit_summaries(self.out, lambda summary: summary.pop("data"))

        said = self.learn(self.other)

        self.assertIn("2 of 2 runs are complete already\n", said.stderr)
        self.assertIn("note: 2 complete runs do not say what data they learned from", said.stderr)

    def test_replays_carry_it_and_need_no_data(self) -> None:
        self.learn()
        shutil.rmtree(self.data)
        file = self.write({"name": "again", "base": {"replay": "out"}}, "replay.json")

        replayed = self.folder / "replayed"
        self.run_sweep(file, replayed)
        twice = self.folder / "twice"
        self.gradwire("replay", replayed, "-o", twice)

        known = [summary["data"] for summary in summaries(self.out)]
        self.assertEqual([summary["data"] for summary in summaries(replayed)], known)
        self.assertEqual([summary["data"] for summary in summaries(twice)], known)
        self.assertNotIn("do not say", self.run_sweep(file, replayed).stderr)

    def test_what_was_synthesized_has_none(self) -> None:
        sizes = ["--parameters", "100", "--iterations-per-epoch", "4"]
        made = self.gradwire("synthesize", self.file, *sizes, "-o", self.out)
        self.assertEqual(made.returncode, 0, made.stderr)
        shutil.rmtree(self.data)

        self.assertFalse(any("data" in summary for summary in summaries(self.out)))
        verified = self.gradwire("verify", self.out)
        self.assertEqual(verified.returncode, 0, verified.stderr)
        self.assertIn("2 of 2 runs are the same", verified.stdout)


class Checkpoint(WithData):
    EVERY = ("--checkpoint-every", "20")

    def setUp(self) -> None:
        super().setUp()
        self.file = self.write(of_mnist([{"seed": [1]}], epochs=400, evaluate_every=100))

    def interrupt(self) -> None:
        process = self.start("run", self.file, "-o", self.out, "--data", self.data, *self.EVERY)
        wait_until(lambda: checkpoints_of(self.out))
        process.send_signal(signal.SIGTERM)
        process.communicate()
        self.assertEqual(len(checkpoints_of(self.out)), 1)
        self.assertEqual(runs_of(self.out), [])

    def test_one_of_the_same_data_is_gone_on_from_without_a_word(self) -> None:
        self.interrupt()

        self.assertNotIn("checkpoint", self.learn().stderr)

    def test_one_of_other_data_is_not_gone_on_from_and_that_is_said(self) -> None:
        self.interrupt()

        said = self.learn(self.other)

        was, now = self.digest(self.data), self.digest(self.other)
        self.assertRegex(
            said.stderr,
            rf"(?m)^note: seed 1: the checkpoint learned from other data \(60 \+ 20 samples, digest "
            rf"{was}\) than those found now \(.* {now}\); the run begins anew$",
        )
        reference = self.folder / "reference"
        self.learn(self.other, reference)
        self.assertEqual(fingerprint(runs_of(self.out)[0]), fingerprint(runs_of(reference)[0]))

    def test_a_damaged_one_is_not_gone_on_from_and_that_is_said(self) -> None:
        self.interrupt()
        (checkpoint,) = checkpoints_of(self.out)
        checkpoint.write_bytes(checkpoint.read_bytes()[:-1])

        said = self.learn()

        self.assertIn("note: seed 1: the checkpoint is damaged; the run begins anew\n", said.stderr)


class Verify(WithData):
    def verify(self, *more: str, status: int):  # type: ignore[no-untyped-def]
        done = self.gradwire("verify", self.out, "--quiet", *more)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def test_other_data_are_an_error_before_anything_is_learned(self) -> None:
        self.learn()

        said = self.verify("--data", str(self.other), status=2)

        was, now = self.digest(self.data), self.digest(self.other)
        self.assert_one_line(said.stderr, "learned from other data", was, now, "--data")
        self.assertEqual(said.stdout, "")
        self.assert_one_line(self.verify(status=2).stderr, 'out/runs/.*dataset "mnist" not found')

    def test_the_same_data_and_none_for_replays_are_right(self) -> None:
        self.learn()

        self.verify("--data", str(self.data), status=0)
        self.verify("--replay", status=0)

    def test_runs_that_do_not_say_what_they_learned_from_are_run_again_and_that_is_said(self) -> None:
        self.learn()
        edit_summaries(self.out, lambda summary: summary.pop("data"))

        said = self.gradwire("verify", self.out, "--data", self.data)

        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("note: 2 complete runs do not say what data they learned from", said.stderr)

    def test_what_differs_comes_with_what_else_has_changed(self) -> None:
        self.learn(None, None, "--filter", "seed=1")
        (run,) = runs_of(self.out)
        metrics = run / "metrics.csv"
        metrics.write_text(metrics.read_text().replace("0.", "1.", 1))
        data = ["--data", str(self.data)]
        self.assert_one_line(
            self.verify(*data, status=1).stderr,
            "metrics.csv differs, with the same environment.blas, data, gradwire's version$",
        )

        def other_kernel(summary: Json) -> None:
            summary["environment"]["blas"] = "another BLAS"

        edit_summaries(self.out, other_kernel)
        self.assert_one_line(
            self.verify(*data, status=1).stderr,
            "metrics.csv differs: environment.blas was another BLAS, is .",
        )
        experiment = json.loads((self.out / "experiment.json").read_text())
        experiment["gradwire"]["version"] = "0.0.1"
        (self.out / "experiment.json").write_text(json.dumps(experiment))
        self.assert_one_line(
            self.verify(*data, status=1).stderr,
            "environment.blas was another BLAS, is .*; gradwire's version was 0.0.1, is [0-9]",
        )


class Samples(WithData):
    def test_fewer_than_the_originals_are_said_in_run_and_summary(self) -> None:
        said = self.learn()

        sentence = (
            "The data found of mnist are 60 training and 20 test samples; the original has 60000 "
            "training and 10000 test samples."
        )
        self.assertEqual(said.stderr.count(f"note: {sentence}\n"), 1)
        self.assertEqual([s["notes"] for s in summaries(self.out)], [[sentence]] * 2)

    def test_one_of_five_batches_of_cifar10_is_said(self) -> None:
        data = small_cifar10(self.folder / "some", batches=1)
        small_mnist(data, train=40)
        settings = {"dataset": {"name": "cifar10+mnist"}, "model": WITH_LIBTORCH}
        file = self.write(of_mnist([{"seed": [1]}], **settings))

        self.run_sweep(file, self.out, "--data", str(data))

        (summary,) = summaries(self.out)
        self.assertEqual(
            [note.split(";")[0] for note in summary["notes"]],
            [
                "The data found of cifar10 are 12 training and 12 test samples",
                "The data found of mnist are 40 training and 20 test samples",
            ],
        )
        self.assertEqual(summary["data"]["train_samples"], 52)


class Validate(WithData):
    def validate(self, *more: str | Path, status: int):  # type: ignore[no-untyped-def]
        done = self.gradwire("validate", self.file, *more)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def test_missing_data_are_the_error_that_the_run_would_give(self) -> None:
        said = self.validate(status=2)

        self.assertEqual(said.stdout, "")
        self.assert_one_line(
            said.stderr,
            r'x\.json: /base/dataset/name: dataset "mnist" not found; looked at .*'
            "gradwire data fetch mnist",
        )
        run = self.gradwire("run", self.file, "-o", self.out)
        self.assertEqual(run.stderr, said.stderr)
        self.assertFalse(self.out.exists())

    def test_each_swept_dataset_is_looked_for(self) -> None:
        datasets = [{"name": "synthetic"}, {"name": "mnist"}, {"name": "cifar100"}]
        for axis, place in (("dataset", "dataset/2/name"), ("dataset.name", "dataset.name/2")):
            with self.subTest(axis):
                values = datasets if axis == "dataset" else [d["name"] for d in datasets]
                experiment = of_mnist([{"seed": [1]}, {axis: values}])
                experiment["base"]["dataset"] = {"name": "mnist"}
                self.file = self.write(experiment)

                said = self.validate("--data", self.data, status=2)

                self.assert_one_line(said.stderr, f'/sweep/1/{place}: dataset "cifar100" not found')

    def test_data_that_are_there_are_found_and_not_read(self) -> None:
        for stem in FILES:
            for file in (self.data / "mnist").glob(f"{stem}*"):
                file.write_bytes(b"")

        self.assertIn("2 runs, valid", self.validate("--data", self.data, status=0).stdout)

    def test_a_folder_that_is_none_is_an_error(self) -> None:
        said = self.validate("--data", self.folder / "nowhere", status=2)

        self.assert_one_line(said.stderr, "nowhere: is not a folder")

    def test_data_of_another_machine_need_not_be_here(self) -> None:
        self.assertIn("2 runs, valid", self.validate("--without-data", status=0).stdout)

    def test_synthetic_and_replayed_runs_need_none(self) -> None:
        self.learn()
        self.file = self.write({"name": "again", "base": {"replay": "out"}}, "replay.json")
        self.validate(status=0)
        self.file = self.write(tiny())
        self.validate(status=0)


class Torchvision(WithData):
    def test_a_folder_of_its_pickles_that_lacks_the_test_set_is_named(self) -> None:
        for name, folder in (("cifar10", "cifar-10-batches-py"), ("cifar100", "cifar-100-python")):
            with self.subTest(name):
                pickles = self.folder / "downloads" / folder
                pickles.mkdir(parents=True)
                (pickles / "data_batch_1").write_bytes(b"\x80\x02}q\x01")
                self.file = self.write(of_mnist(dataset={"name": name}))

                said = self.learn(pickles.parent, status=2)

                self.assert_one_line(
                    said.stderr,
                    rf"{folder} \(incomplete\)", f"gradwire data fetch {name} downloads it",
                )

    def test_fashion_mnist_is_found_where_torchvision_puts_it(self) -> None:
        place = self.folder / "downloads" / "FashionMNIST" / "raw"
        place.mkdir(parents=True)
        for stem in FILES:
            (place / stem).write_bytes(content(self.data, stem))

        said = self.gradwire(
            "data", "check", "fashion-mnist", "--data", self.folder / "downloads"
        )

        self.assertRegex(said.stdout, r"^fashion-mnist: ok, 60 \+ 20 samples .*FashionMNIST/raw")

    def test_a_folder_of_it_that_lacks_a_file_is_named(self) -> None:
        place = self.folder / "downloads" / "MNIST" / "raw"
        place.mkdir(parents=True)
        for stem in list(FILES)[:3]:
            (place / stem).write_bytes(content(self.data, stem))

        said = self.learn(place.parents[1], status=2)

        self.assert_one_line(said.stderr, r"MNIST/raw \(lacks t10k-labels-idx1-ubyte\)")


if __name__ == "__main__":
    main()
