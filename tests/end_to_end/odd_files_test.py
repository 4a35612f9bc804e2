"""Pipes, folders and devices in place of files, and closed standard streams."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

from support import GRADWIRE, METHODS, EndToEnd, fingerprint, main, runs_of, small_mnist, tiny

ONE_RUN = tiny([{"algorithm": METHODS[:1]}], epochs=1)


class OddFiles(EndToEnd):
    def refuses(self, *arguments: str | Path, says: str) -> None:
        began = time.monotonic()
        done = self.gradwire(*arguments)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assert_one_line(done.stderr, says)
        self.assertLess(time.monotonic() - began, 60)
        self.assertFalse(self.out.exists())

    def fifo(self, name: str = "fifo") -> Path:
        os.mkfifo(self.folder / name)
        return self.folder / name

    def test_an_experiment_from_a_pipe_that_nobody_writes_to_does_not_wait_for_ever(self) -> None:
        says = "/fifo: is a pipe into which nobody has written for 10 s$"
        self.refuses("validate", self.fifo(), says=says)

    def test_an_experiment_may_come_through_a_pipe(self) -> None:
        pipe, file = self.fifo(), self.write(ONE_RUN)
        writer = threading.Timer(0.5, lambda: pipe.write_bytes(file.read_bytes()))
        writer.start()
        done = self.gradwire("validate", pipe)
        writer.join()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 run, valid", done.stdout)

        done = self.gradwire("validate", "/dev/stdin", stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, "^/dev/stdin: is a device, must be a file$")
        done = self.gradwire("validate", "/dev/stdin", input=file.read_text())
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_folders_and_devices_are_no_experiments(self) -> None:
        for command in (["validate"], ["run", "-o", self.out]):
            self.refuses(*command, self.folder, says=": is a folder, must be a file$")
            self.refuses(*command, "/dev/zero", says="^/dev/zero: is a device, must be a file$")

    def test_a_platform_must_be_a_file(self) -> None:
        for path, says in ((self.fifo(), "pipe"), (Path("/dev/zero"), "device")):
            workers = [f"w{m}" for m in range(3)]
            platform = {"kind": "file", "path": str(path), "server": "s", "workers": workers}
            file = self.write(tiny([], platform=platform))
            self.refuses("validate", file, says=rf"/platform/path: .* is a {says}, must be a file$")
            self.refuses("run", file, "-o", self.out, says=f"is a {says}, must be a file$")

    def test_a_platform_s_profile_must_be_a_file(self) -> None:
        self.fifo("speed.profile")
        (self.folder / "p.xml").write_text(
            '<?xml version="1.0"?><!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">'
            '<platform version="4.1"><zone id="z" routing="Full">'
            '<host id="s" speed="1Gf"/><host id="w" speed="1Gf" speed_file="speed.profile"/>'
            '<link id="l" bandwidth="1Gbps" latency="1us"/>'
            '<route src="s" dst="w"><link_ctn id="l"/></route></zone></platform>'
        )
        platform = {"kind": "file", "path": "p.xml", "server": "s", "workers": ["w"]}
        file = self.write(tiny([], workers=1, platform=platform))
        self.refuses("validate", file, says="speed.profile: is a pipe, must be a file$")

    def test_skips_must_be_a_file(self) -> None:
        sizes = ["--parameters", "100", "--iterations-per-epoch", "10"]
        command = ["synthesize", self.write(ONE_RUN), *sizes, "-o", self.out]
        self.refuses(*command, "--skips", self.fifo(), says="/fifo: is a pipe, must be a file$")
        self.refuses(*command, "--skips", self.folder, says=": is a folder, must be a file$")

    def test_files_of_results_that_became_pipes(self) -> None:
        results = self.folder / "results"
        self.run_sweep(self.write(ONE_RUN), results)
        run = runs_of(results)[0]
        (results / "runs.csv").unlink()
        os.mkfifo(results / "runs.csv")
        done = self.gradwire("verify", "--replay", results)
        self.assertEqual(done.returncode, 0, done.stderr)
        (run / "metrics.csv").unlink()
        os.mkfifo(run / "metrics.csv")
        verify = ["verify", "--replay", "--quiet", results]
        self.refuses(*verify, says="/metrics.csv: is a pipe, must be a file$")
        (run / "trace.bin").unlink()
        os.mkfifo(run / "trace.bin")
        self.refuses("replay", results, "-o", self.out, says="has no trace.bin")


class ClosedStreams(EndToEnd):
    def closed(self, *arguments: str | Path, streams: str = "<&- >&- 2>&-") -> int:
        command = ["sh", "-c", f'exec "$@" {streams}', "sh", GRADWIRE, *map(str, arguments)]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment(), capture_output=True, check=False
        )
        return done.returncode

    def test_messages_do_not_end_up_in_results(self) -> None:
        file = self.write(ONE_RUN)
        reference = self.folder / "reference"
        self.run_sweep(file, reference)
        for number, streams in enumerate(("<&- >&- 2>&-", ">&-", "2>&-", "<&- 2>&-", ">&- 2>&-")):
            out = self.folder / f"out{number}"
            self.assertEqual(self.closed("run", file, "-o", out, streams=streams), 0)
            for run in runs_of(reference):
                self.assertEqual(fingerprint(out / "runs" / run.name), fingerprint(run))
            name = "experiment.json"
            self.assertEqual((out / name).read_bytes(), (reference / name).read_bytes())
            self.assertEqual(list((out / ".claims").iterdir()), [])
            rows = (out / "runs.csv").read_text().splitlines()
            self.assertEqual(len(rows), 2, streams)

    def test_nor_what_is_wrong(self) -> None:
        mnist = small_mnist(self.folder / "data")
        bad = tiny([{"learning_rate.initial": [1e6, 0.1]}, {"top5": [True]}], epochs=1)
        file = self.write(bad)
        results = self.folder / "results"
        open_status = self.gradwire("run", file, "-o", self.folder / "open").returncode
        self.assertEqual(self.closed("run", file, "-o", results), open_status)
        names = {p.name for p in results.rglob("*") if p.is_file()}
        self.assertLessEqual(
            names,
            {"experiment.json", "runs.csv", "scenario.json", "metrics.csv"}
            | {"shards.csv", "summary.json", "trace.bin", "workers.csv"},
        )
        again = self.closed("replay", results, "-o", self.out)
        self.assertEqual(again, 0)
        self.assertEqual(self.closed("validate", self.folder / "missing.json"), 2)
        self.assertEqual(self.closed("data", "fetch", "no-such-set"), 2)

    def test_a_single_run_is_a_program_too(self) -> None:
        file = self.write(ONE_RUN)
        self.run_sweep(file, self.out)
        (run,) = runs_of(self.out)
        alone = self.folder / "alone"
        alone.mkdir()
        (alone / "scenario.json").write_bytes((run / "scenario.json").read_bytes())
        program = Path(GRADWIRE).parent / "gradwire-run-one"
        command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", str(program), str(alone)]
        status = subprocess.run(command, env=self.environment(), check=False).returncode
        self.assertEqual(status, 0)
        self.assertEqual(fingerprint(alone), fingerprint(run))


if __name__ == "__main__":
    main()
