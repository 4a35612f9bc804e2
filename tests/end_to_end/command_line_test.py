"""The command line: help, lists, validation, progress and tables."""

from __future__ import annotations

import json
import os
import pty
import time
from pathlib import Path

from support import METHODS, SOURCE, EndToEnd, main, small_mnist, tiny


class CommandLine(EndToEnd):
    def succeeds(self, *arguments: str | Path) -> str:
        done = self.gradwire(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        return done.stdout

    def test_every_command_has_help_with_an_example(self) -> None:
        commands = ["", "run", "replay", "calibrate", "validate", "list", "report", "schema", "data"]
        commands += ["data check", "data fetch", "status", "index", "slurm"]
        commands += [f"list {kind}" for kind in ("algorithms", "models", "datasets", "platforms")]
        for command in commands:
            with self.subTest(command=command):
                text = self.succeeds(*command.split(), "--help")
                self.assertIn("Example:\n  gradwire " + command, text)

    def test_help_names_every_command(self) -> None:
        text = self.succeeds("--help")
        for command in ("run", "replay", "calibrate", "validate", "list", "report", "schema", "data"):
            self.assertRegex(text, rf"(?m)^  {command}\b")

    def test_lists_tell_what_an_experiment_can_name(self) -> None:
        known = {
            "algorithms": ["sgd", "sparse", "lasg", "sasg"],
            "models": ["mlp"],
            "datasets": ["mnist", "fashion-mnist", "synthetic"],
            "platforms": ["star"],
        }
        for kind, names in known.items():
            lines = self.succeeds("list", kind).splitlines()
            for name in names:
                self.assertTrue(any(line.strip().startswith(name + " ") for line in lines), (kind, name))

    def test_platforms_that_are_listed_exist(self) -> None:
        lines = self.succeeds("list", "platforms").splitlines()[1:]
        self.assertGreaterEqual(len(lines), 2)
        for line in lines:
            self.assertTrue(Path(line.split("  ")[0]).is_file(), line)

    def test_the_schema_is_the_one_that_is_shipped(self) -> None:
        shipped = (SOURCE / "experiments" / "schema.json").read_text()
        self.assertEqual(self.succeeds("schema"), shipped)

    def test_every_shipped_experiment_is_valid(self) -> None:
        files = [f for f in (SOURCE / "experiments").glob("*.json") if f.name != "schema.json"]
        self.assertGreaterEqual(len(files), 2)
        for file in files:
            replayed = json.loads(file.read_text())["base"].get("replay")
            with self.subTest(file=file.name):
                if replayed is None:  # its data may be on another machine
                    text = self.succeeds("validate", file, "--without-data")
                    self.assertRegex(text, r"\d+ runs?, valid\n$")
                elif not (file.parent / replayed).exists():
                    said = self.gradwire("validate", file)
                    self.assertEqual(said.returncode, 2)
                    self.assert_one_line(
                        said.stderr, f"{Path(replayed).name} is no results folder"
                    )

    def test_validate_lists_the_runs_and_writes_nothing(self) -> None:
        file = self.write(tiny([{"algorithm": METHODS}, {"seed": [1, 19]}]))
        before = sorted(self.folder.rglob("*"))

        lines = self.succeeds("validate", file).splitlines()

        self.assertEqual(lines[0], "tiny: 8 runs")
        self.assertEqual(sum(1 for line in lines if line.startswith("sasg-")), 2)
        self.assertEqual(sorted(self.folder.rglob("*")), before)

    def test_data_check_counts_the_samples(self) -> None:
        data = small_mnist(self.folder / "data")

        text = self.succeeds("data", "check", "mnist", "--data", data)

        self.assertRegex(text, r"^mnist: ok, 60 \+ 20 samples of 4 x 4, 10 classes, in .*/mnist; ")

    def test_data_check_says_what_is_wrong(self) -> None:
        data = small_mnist(self.folder / "data")
        (data / "mnist" / "t10k-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03")

        done = self.gradwire("data", "check", "mnist", "--data", data)

        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, r"^mnist: .*/t10k-images-idx3-ubyte: byte 4: ")

    def test_data_check_of_an_unknown_name_is_an_error(self) -> None:
        done = self.gradwire("data", "check", "mnits")

        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, "mnits")

    def test_a_sweep_ends_with_a_table_against_sgd(self) -> None:
        done = self.run_sweep(self.write(tiny()), self.out, "-j", "2")

        self.assertIn("Until test accuracy above 0.5", done.stdout)
        self.assertIn("of SGD", done.stdout)
        for method in METHODS:
            self.assertEqual(done.stdout.count(f"\n  {method['name']} "), 2)

    def test_without_a_terminal_short_runs_take_a_line_every_few_seconds(self) -> None:
        sweep = [{"seed": list(range(1, 9))}]
        begin = time.monotonic()
        done = self.run_sweep(self.write(tiny(sweep)), self.out, "-j", "2")
        took = time.monotonic() - begin

        lines = done.stderr.splitlines()
        self.assertRegex(lines[0], r"^\[1/8\] seed \d: finished after ")
        self.assertRegex(lines[-1], r"^\[8/8\] seed \d: finished after ")
        self.assertLessEqual(len(lines), 2 + took / 5)

    def test_quiet_says_only_where_the_results_are(self) -> None:
        done = self.run_sweep(self.write(tiny([{"seed": [1]}])), self.out, "--quiet")

        self.assertEqual(done.stderr, "")
        self.assertEqual(done.stdout.strip(), f"1 of 1 runs complete; results in {self.out}")

    def test_a_terminal_shows_a_bar_that_goes_away(self) -> None:
        file = self.write(tiny([{"algorithm": METHODS[:1]}]))
        terminal, end = pty.openpty()
        shown = b""
        process = self.start("run", file, "-o", self.out, stderr=end, terminal="xterm")
        os.close(end)
        try:
            while block := os.read(terminal, 4096):
                shown += block
        except OSError:
            pass  # the other end is closed: there is no more output
        os.close(terminal)
        process.communicate()

        text = shown.decode().replace("\r", "")
        self.assertEqual(process.returncode, 0)
        self.assertIn("[........................] 0/1 runs, starting\n  sgd: ", text)
        self.assertIn("[1/1] sgd: finished after", text)
        self.assertTrue(text.endswith("\x1b[1F\x1b[J"), "the bar is gone")


if __name__ == "__main__":
    main()
