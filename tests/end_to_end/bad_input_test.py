"""Wrong input gives exit status 2, one line with place and reason, and no output files."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

from support import EndToEnd, Json, idx, main, runs_of, small_mnist, tiny


class BadInput(EndToEnd):
    def refuses(self, *arguments: str | Path, says: str, before: list[str] | None = None) -> None:
        done = self.gradwire(*arguments, before=before or [])
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assert_one_line(done.stderr, says)
        written = [p.name for p in self.folder.iterdir() if p.name in ("out", "results")]
        self.assertEqual(written, [])

    def refuses_file(self, experiment: Json | str | bytes, says: str) -> None:
        self.refuses("run", self.write(experiment), "-o", self.out, says=says)


class Settings(BadInput):
    def refuses_base(self, says: str, **base: object) -> None:
        self.refuses_file(tiny([], **base), r"/x\.json: " + says)

    def test_a_mistyped_key_suggests_the_right_one(self) -> None:
        sweep = [{"algorithm": [{"name": "sasg", "densty": 0.1}]}]
        self.refuses_file(
            tiny(sweep),
            r"/x\.json: /sweep/0/algorithm/0/densty: unknown key, did you mean density\?$",
        )

    def test_values_outside_physical_bounds_are_named(self) -> None:
        within = r"must be .*in \[.*\] (bytes per second|flops per second|seconds), got "
        for key, value, says in (
            ("uplink", 2.3e307, within),
            ("uplink", "1e400bps", r'.*got "1e400bps"'),
            ("downlink", 0, within),
            ("downlink", "0.0001bps", within),
            ("speed", 1e-300, within),
            ("speed", 1e300, within),
            ("latency", 1e308, within),
            ("latency", -1, within),
        ):
            with self.subTest(key=key, value=value):
                self.refuses_base(rf"/base/platform/{key}: {says}", platform={key: value})
        for key in ("bandwidth", "latency", "weight_s", "tcp_gamma"):
            with self.subTest(key=key):
                self.refuses_base(
                    rf"/base/network_factors/{key}: must be 0 or at least 2\.3e-308, got 1e-310",
                    network_factors={key: 1e-310},
                )

    def test_a_wrong_type_is_named(self) -> None:
        self.refuses_base(r'/base/workers: must be .*, got "ten"$', workers="ten")

    def test_an_unknown_algorithm_is_named(self) -> None:
        self.refuses_base(r'/base/algorithm/name: .*"sag"', algorithm={"name": "sag"})

    def test_a_density_above_one_is_named(self) -> None:
        self.refuses_base(
            r"/base/algorithm/density: must be in \(0, 1\], got 1\.5$",
            algorithm={"name": "sasg", "density": 1.5},
        )

    def test_no_workers_are_refused(self) -> None:
        self.refuses_base(r"/base/workers: must be in .*, got 0$", workers=0)

    def test_more_workers_than_synthetic_samples_are_refused(self) -> None:
        self.refuses_base(r"/base/dataset/train_samples: must be at least", workers=121)

    def test_every_synthetic_data_set_that_is_accepted_can_be_made(self) -> None:
        """Regression: more classes than a label byte can hold failed only during the run."""
        data = tiny()["base"]["dataset"] | {"classes": 257}
        self.refuses_base(r"/base/dataset/classes: must be in \[2, 256\], got 257$", dataset=data)


class Files(BadInput):
    def test_a_file_of_50_megabytes_is_refused(self) -> None:
        self.refuses_file(b" " * 50_000_000, r"/x\.json: larger than 16 MiB$")

    def test_nesting_10000_deep_is_refused(self) -> None:
        self.refuses_file("[" * 10_000, r"/x\.json: nested too deeply, at most 64 levels$")

    def test_broken_json_is_refused_with_line_and_column(self) -> None:
        self.refuses_file('{"name": "x",\n "base": }', r"/x\.json: line 2, column \d+: ")

    def test_a_missing_file_is_named(self) -> None:
        self.refuses("run", "no.json", "-o", self.out, says=r"^no\.json: cannot be read: No such")

    def test_a_folder_in_place_of_a_file_is_named(self) -> None:
        self.refuses("run", self.folder, "-o", self.out, says="is a folder, must be a file$")

    def test_a_file_without_permission_is_named(self) -> None:
        nobody = self.as_nobody()
        file = self.write(tiny())
        file.chmod(0)
        says = r"/x\.json: cannot be read: Permission denied$"
        self.refuses("run", file, "-o", self.out, says=says, before=nobody)

    def test_a_missing_platform_file_is_named(self) -> None:
        platform = {"kind": "file", "path": "no.xml", "server": "s", "workers": ["a", "b", "c"]}
        self.refuses_file(
            tiny([], platform=platform), r"/x\.json: /base/platform/path: .*no\.xml"
        )


class CommandLine(BadInput):
    def test_unknown_words_and_missing_ones_are_refused(self) -> None:
        file = self.write(tiny())
        cases: list[tuple[list[str | Path], str]] = [
            ([], "subcommand is required"),
            (["rnu", file], r"unknown command rnu, did you mean run\?"),
            (["run"], "experiment is required"),
            (["run", file, "--frsh"], "--frsh"),
            (["run", file, "-j", "0"], "-j|--jobs"),
            (["run", file, "-j"], "-j|--jobs"),
            (["run", file, "--threads", "two"], "--threads"),
            (["run", file, file], "x.json"),
            (["list", "modles"], r"unknown command modles, did you mean models\?"),
            (["list", "nonsense"], "unknown command nonsense"),
            (["list"], "subcommand is required"),
            (["data"], "subcommand is required"),
            (["validate"], "experiment is required"),
        ]
        for arguments, says in cases:
            with self.subTest(arguments=arguments):
                self.refuses(*arguments, says=rf"^gradwire: .*({says}).*see gradwire.* --help\)$")

    def test_wrong_selections_are_refused(self) -> None:
        file = self.write(tiny())
        cases = [
            (["--set", "epoch=1"], r"^--set epoch=1: unknown setting, did you mean epochs\?$"),
            (["--set", "epochs=-1"], r"x\.json: /base/epochs \(--set\): must be in"),
            (["--filter", "algorithm=sag"], r"^--filter algorithm=sag: no run has it"),
        ]
        for arguments, says in cases:
            with self.subTest(arguments=arguments):
                self.refuses("run", file, "-o", self.out, *arguments, says=says)


class Data(BadInput):
    """Faults in a small data folder in MNIST's format."""

    def setUp(self) -> None:
        super().setUp()
        self.data = small_mnist(self.folder / "data")
        base: Json = {"dataset": {"name": "mnist"}, "batch_size": 2, "epochs": 1}
        self.file = self.write(tiny([{"algorithm": [{"name": "sgd"}]}], **base))
        self.images = self.data / "mnist" / "train-images-idx3-ubyte"
        self.labels = self.data / "mnist" / "train-labels-idx1-ubyte.gz"

    def refuses_data(self, says: str, *arguments: str) -> None:
        run = ["run", self.file, "-o", self.out, "--data", self.data, *arguments]
        self.refuses(*run, says=says)

    def refuses_changed(self, file: Path, change: Callable[[bytes], bytes], says: str) -> None:
        file.write_bytes(change(file.read_bytes()))
        self.refuses_data(rf"/{file.name}: " + says)

    def test_good_data_are_accepted(self) -> None:
        """Precondition of the tests below."""
        self.run_sweep(self.file, self.out, "--data", str(self.data))
        self.assertEqual(len(runs_of(self.out)), 1)

    def test_truncated_images_are_refused(self) -> None:
        self.refuses_changed(self.images, lambda b: b[:-1], r"byte 975: the file ends here")

    def test_images_with_more_behind_them_are_refused(self) -> None:
        self.refuses_changed(self.images, lambda b: b + b"x", r"byte 976: expected the end")

    def test_an_empty_file_is_refused(self) -> None:
        self.refuses_changed(self.images, lambda b: b"", r"byte 0: the file ends here")

    def test_a_wrong_magic_number_is_refused(self) -> None:
        self.refuses_changed(
            self.images,
            lambda b: b"\0\0\x08\x01" + b[4:],
            r"byte 0: expected the magic number 0x00000803 \(images\), found 0x00000801",
        )

    def test_a_flipped_bit_in_the_header_is_refused(self) -> None:
        for byte in range(16):
            with self.subTest(byte=byte):
                whole = self.images.read_bytes()
                flipped = bytes([whole[byte] ^ 0x20])
                self.refuses_changed(
                    self.images, lambda b: b[:byte] + flipped + b[byte + 1 :], r"byte \d+: "
                )
                self.images.write_bytes(whole)

    def test_a_flipped_bit_in_compressed_data_is_refused(self) -> None:
        size = len(self.labels.read_bytes())
        for byte in (size - 5, size - 1, 14):
            with self.subTest(byte=byte):
                whole = self.labels.read_bytes()
                flipped = bytes([whole[byte] ^ 0x20])
                self.refuses_changed(
                    self.labels, lambda b: b[:byte] + flipped + b[byte + 1 :], r"byte \d+: "
                )
                self.labels.write_bytes(whole)

    def test_gzip_cut_short_is_refused(self) -> None:
        self.refuses_changed(self.labels, lambda b: b[:-4], r"byte \d+: truncated: the gzip data")

    def test_a_label_out_of_range_is_refused(self) -> None:
        labels = bytes([0] * 59 + [10])
        self.refuses_changed(
            self.labels,
            lambda b: gzip.compress(idx(labels, 60)),
            r"byte 67: expected a label from 0 to 9, found 10$",
        )

    def test_fewer_labels_than_images_are_refused(self) -> None:
        self.refuses_changed(
            self.labels,
            lambda b: gzip.compress(idx(bytes(59), 59)),
            r"byte 4: expected 60 labels, as many as images in .*, found 59$",
        )

    def test_more_workers_than_samples_are_refused_where_they_are_written(self) -> None:
        says = r"/x\.json: /base/workers: .*at most 60.* got 31 \* 2$"
        self.refuses_data(says, "--set=workers=31")
        experiment = json.loads(self.file.read_text())
        experiment["sweep"] = [{"seed": [1]}, {"workers": [3, 61]}]
        self.file = self.write(experiment)
        self.refuses_data(r"/x\.json: /sweep/1/workers/1: .*at most 60")

    def test_data_that_are_not_there_are_an_error_that_says_where_it_looked(self) -> None:
        run = ["run", self.file, "-o", self.out]
        self.refuses(*run, says=r'dataset "mnist" not found; looked at .*/\.cache/gradwire/mnist')
        self.refuses(*run, "--data", "nowhere", says=r"nowhere: is not a folder")


if __name__ == "__main__":
    main()
