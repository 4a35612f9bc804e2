"""People's own data files: the same samples learn the same from every format as from the built-in data
set, and what is wrong with the files or the settings is said before anything is learned."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import zipfile
from pathlib import Path

from support import EndToEnd, Json, idx, main, read_csv, runs_of, small_mnist, tiny

MEAN, STD = 0.1307, 0.3081  # of mnist, as the program has them
ROWS, COLUMNS = 4, 4


def unpacked_idx(file: Path) -> tuple[bytes, list[int]]:
    """Values and dimensions of an IDX file of bytes."""
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    dimensions = list(struct.unpack_from(f">{content[3]}I", content, 4))
    return content[4 + 4 * len(dimensions):], dimensions


def npy(descr: str, shape: tuple[int, ...], data: bytes) -> bytes:
    header = repr({"descr": descr, "fortran_order": False, "shape": shape}) + "\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() + data


class Mnist:
    """The images and labels of a folder in MNIST's layout, to be written in other formats."""

    def __init__(self, folder: Path) -> None:
        self.parts = {}
        for part, stem in (("train", "train"), ("test", "t10k")):
            files = {kind: next(folder.glob(f"{stem}-{kind}-*")) for kind in ("images", "labels")}
            pixels, (count, rows, columns) = unpacked_idx(files["images"])
            self.parts[part] = (pixels, unpacked_idx(files["labels"])[0], files)
            self.pixels_each = rows * columns
            self.shape = [rows, columns]

    def samples(self, part: str):  # type: ignore[no-untyped-def]
        pixels, labels, _ = self.parts[part]
        n = self.pixels_each
        return ((label, pixels[i * n:(i + 1) * n]) for i, label in enumerate(labels))

    def write(self, kind: str, folder: Path) -> Json:
        """Writes the files of a format; returns the dataset settings that read them."""
        folder.mkdir(exist_ok=True)
        settings: Json = {"format": kind}
        for part in ("train", "test"):
            settings[part] = getattr(self, f"write_{kind}")(part, folder)
        if kind in ("csv", "libsvm", "images_raw"):
            settings["shape"] = self.shape
        return settings

    def write_idx(self, part: str, _: Path) -> list[str]:
        files = self.parts[part][2]
        return [str(files["images"]), str(files["labels"])]

    def write_npz(self, part: str, folder: Path) -> str:
        pixels, labels, _ = self.parts[part]
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.npy", npy("|u1", (len(labels), *self.shape), pixels))
            archive.writestr("y.npy", npy("<i8", (len(labels),), struct.pack(f"<{len(labels)}q", *labels)))
        (folder / f"{part}.npz").write_bytes(out.getvalue())
        return f"{folder.name}/{part}.npz"

    def write_csv(self, part: str, folder: Path) -> str:
        lines = [",".join(map(str, image)) + f",{label}\n" for label, image in self.samples(part)]
        (folder / f"{part}.csv").write_text("".join(lines))
        return f"{folder.name}/{part}.csv"

    def write_libsvm(self, part: str, folder: Path) -> str:
        lines = [f"{label} " + " ".join(f"{i}:{v}" for i, v in enumerate(image, 1) if v) + "\n"
                 for label, image in self.samples(part)]
        (folder / f"{part}.txt.gz").write_bytes(gzip.compress("".join(lines).encode(), 1, mtime=0))
        return f"{folder.name}/{part}.txt.gz"

    def write_images_raw(self, part: str, folder: Path) -> list[str]:
        records = [bytes([label]) + image for label, image in self.samples(part)]
        half = len(records) // 2
        (folder / f"{part}-1.bin").write_bytes(b"".join(records[:half]))
        (folder / f"{part}-2.bin").write_bytes(b"".join(records[half:]))
        return [f"{folder.name}/{part}-1.bin", f"{folder.name}/{part}-2.bin"]


def experiment(dataset: Json, **base: object) -> Json:
    return tiny([{"seed": [1, 2]}], **({"dataset": dataset, "workers": 2, "epochs": 2} | base))


FORMATS = ("idx", "npz", "csv", "libsvm", "images_raw")


class SameData(EndToEnd):
    def results_of(self, name: str, settings: Json, *arguments: str) -> list[tuple[bytes, Json]]:
        out = self.folder / f"out-{name}"
        self.run_sweep(self.write(settings, f"{name}.json"), out, "--quiet", *arguments)
        return sorted([
            ((run / "metrics.csv").read_bytes(), json.loads((run / "summary.json").read_text()))
            for run in runs_of(out)
        ], key=lambda result: result[0])

    def check_formats(self, data: Path, mnist: Mnist, **base: object) -> None:
        expected = self.results_of("builtin", experiment({"name": "mnist"}, **base), "--data", str(data))
        for kind in FORMATS:
            with self.subTest(kind):
                dataset = mnist.write(kind, self.folder / kind)
                dataset |= {"name": "file", "scale": 255, "mean": [MEAN], "std": [STD]}
                found = self.results_of(kind, experiment(dataset, **base))
                for (metrics, summary), (their_metrics, their_summary) in zip(found, expected, strict=True):
                    self.assertEqual(metrics, their_metrics)
                    self.assertEqual(summary["data"], their_summary["data"])

    def test_every_format_gives_the_metrics_of_the_built_in_set_byte_for_byte(self) -> None:
        small_mnist(self.folder, train=80)
        self.check_formats(self.folder, Mnist(self.folder / "mnist"))

    def test_so_it_does_with_the_real_mnist_where_that_is_found(self) -> None:
        place = Path(os.environ.get("GRADWIRE_DATA", "/nowhere"))
        if not (place / "mnist").is_dir():
            self.skipTest("no mnist below $GRADWIRE_DATA")
        self.check_formats(place, Mnist(place / "mnist"), workers=4, batch_size=100, epochs=0.2,
                           model={"name": "mlp", "hidden": [16]}, evaluate_every=10)


class OwnFiles(EndToEnd):
    def csv_set(self, labels: list[str], name: str = "own.csv") -> None:
        lines = [f"{(7 * i) % 11},{(5 * i) % 13},{i % 3},{label}\n" for i, label in enumerate(labels)]
        (self.folder / name).write_text("a,b,c,kind\n" + "".join(lines))

    def own(self, **settings: object) -> Json:
        return experiment({"name": "file", "format": "csv", "train": "own.csv", "split": 0.25} | settings,
                          workers=2, batch_size=3)

    def run_own(self, out: str, dataset: Json, *arguments: str) -> list[Path]:
        self.run_sweep(self.write(dataset), self.folder / out, "--quiet", *arguments)
        return runs_of(self.folder / out)

    def test_text_labels_are_numbered_in_order_and_the_run_says_so(self) -> None:
        self.csv_set(["wolf", "bear", "lynx", "bear"] * 10)
        for run in self.run_own("out", self.own(label="kind")):
            summary = json.loads((run / "summary.json").read_text())
            self.assertIn("The labels of the data are bear, lynx, wolf; in this order they are the classes "
                          "0 to 2.", summary["notes"])
            self.assertEqual((summary["data"]["train_samples"], summary["data"]["test_samples"]), (30, 10))

    def test_the_split_depends_on_the_seed_but_the_digest_does_not(self) -> None:
        self.csv_set([str(i % 4) for i in range(40)])
        runs = self.run_own("out", self.own())
        digests = {json.loads((run / "summary.json").read_text())["data"]["digest"] for run in runs}
        self.assertEqual(len(digests), 1)
        self.assertEqual(len({(run / "metrics.csv").read_bytes() for run in runs}), 2)

    def test_the_digest_is_noted_and_checked_and_no_part_of_the_run_id(self) -> None:
        self.csv_set([str(i % 4) for i in range(40)])
        first = self.run_own("first", self.own())
        dataset = json.loads((first[0] / "scenario.json").read_text())["dataset"]
        self.assertEqual(dataset["folder"], str(self.folder))
        digest = dataset["digest"]
        self.assertRegex(digest, "^[0-9a-f]{32}$")
        second = self.run_own("second", self.own(digest=digest))
        self.assertEqual([r.name for r in first], [r.name for r in second])

        wrong = self.write(self.own(digest="0" * 32), "wrong.json")
        done = self.gradwire("run", wrong, "-o", self.folder / "wrong")
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, f"/base/dataset/digest: must be {digest}, the digest of the data")

    def test_the_folder_is_no_part_of_the_run_id(self) -> None:
        self.csv_set([str(i % 4) for i in range(40)])
        here = self.run_own("here", self.own())
        (self.folder / "deep").mkdir()
        (self.folder / "own.csv").rename(self.folder / "deep" / "own.csv")
        there = self.run_own("there", self.own(folder="deep"))
        self.assertEqual([r.name for r in here], [r.name for r in there])

    def test_other_data_under_the_same_name_are_not_taken_for_complete(self) -> None:
        self.csv_set([str(i % 4) for i in range(40)])
        self.run_own("out", self.own())
        self.csv_set([str((i + 1) % 4) for i in range(40)])
        done = self.gradwire("run", self.folder / "x.json", "-o", self.folder / "out")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, "learned from other data than those found now")

    def test_a_finished_run_can_be_verified(self) -> None:
        self.csv_set([str(i % 4) for i in range(40)])
        self.run_own("out", self.own())
        done = self.gradwire("verify", self.folder / "out")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_test_label_that_training_lacks_is_refused(self) -> None:
        self.csv_set([str(i % 4) for i in range(40)])
        self.csv_set(["0", "9", "1"], "test.csv")
        own = self.own(test="test.csv")
        del own["base"]["dataset"]["split"]
        done = self.gradwire("run", self.write(own), "-o", self.out)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout + done.stderr, "the label 9 of a test sample, which no training sample has")

    def test_more_classes_than_a_byte_counts(self) -> None:
        self.csv_set([str(i % 300) for i in range(3000)])
        own = self.own(split=0.1)
        for run in self.run_own("out", own):
            summary = json.loads((run / "summary.json").read_text())
            self.assertEqual(summary["parameters"], 3 * 6 + 6 + 6 * 300 + 300)

    def test_a_loss_of_numbers_compares_with_the_labels_themselves(self) -> None:
        labels = [str((2 * ((7 * i) % 11) - (5 * i) % 13) / 10) for i in range(200)]  # linear in a and b
        self.csv_set(labels)
        own = self.own(scale=10)
        own["base"] |= {"model": {"name": "linear"}, "loss": {"name": "squared"}, "baseline": None,
                        "algorithm": {"name": "sgd"}, "epochs": 20, "learning_rate": {"initial": 0.1}}
        for run in self.run_own("out", own):
            losses = [float(row["test_loss"]) for row in read_csv(run / "metrics.csv")]
            self.assertLess(losses[-1], 1e-3)

    def refused(self, *patterns: str, **settings: object) -> None:
        self.csv_set([str(i % 4) for i in range(40)])
        own = self.own(**settings)
        own["base"]["dataset"] = {k: v for k, v in own["base"]["dataset"].items() if v is not None}
        done = self.gradwire("validate", self.write(own))
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assert_one_line(done.stderr, *patterns)

    def test_validate_finds_missing_files_and_settings_that_do_not_fit(self) -> None:
        self.refused("/base/dataset/train: .*/none.csv: does not exist", train="none.csv")
        self.refused("/base/dataset/train: .*: is a folder", train=".")
        self.refused("/base/dataset: train is missing", train=None)
        self.refused("/base/dataset/train: must be the path of a file, or several, got none", train=[])
        self.refused("/base/dataset: test is missing, or split", split=None)
        self.refused("/base/dataset/split: goes without test only", test="own.csv")
        self.refused("/base/dataset/split: must be in", split=1.5)
        self.refused("/base/dataset/format: must be one of npz, libsvm, csv, idx, images_raw", format="parquet")
        self.refused("/base/dataset/label: label does not apply to the format npz; it belongs to csv",
                     format="npz", label="kind")
        self.refused("/base/dataset/train: must be two IDX files", format="idx")
        self.refused("/base/dataset: shape is missing", format="images_raw")
        self.refused("/base/dataset/features: must be 6, the numbers of shape, got 5", format="libsvm",
                     features=5, shape=[2, 3])
        self.refused("/base/dataset/train: .*expected a zip file", format="npz")
        self.refused("/base/dataset/std/0: must be ", std=[0])
        self.refused("/base/dataset/trian: unknown key, did you mean train", trian="own.csv")


if __name__ == "__main__":
    main()
