"""A failed run does not affect other runs; places that cannot be written are named in errors."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess

from support import (
    METHODS,
    SOURCE,
    EndToEnd,
    children_of,
    fill,
    leftovers,
    main,
    read_csv,
    runs_of,
    tiny,
    wait_until,
)


class Runs(EndToEnd):
    def test_a_run_that_diverges_does_not_stop_the_sweep(self) -> None:
        sweep = [{"learning_rate.initial": [1e6, 0.05]}]
        model = {"name": "mlp", "hidden": [16, 16, 16, 16]}

        done = self.run_sweep(self.write(tiny(sweep, model=model)), self.out)

        rows = {row["learning_rate.initial"]: row for row in read_csv(self.out / "runs.csv")}
        self.assertEqual(rows["0.05"]["status"], "finished")
        self.assertEqual(rows["1000000.0"]["status"], "diverged")
        self.assertLess(int(rows["1000000.0"]["iterations"]), 24)
        self.assertEqual(rows["1000000.0"]["baseline.rounds"], "")
        self.assertIn("diverged after", done.stderr)
        for run in runs_of(self.out):
            json.loads((run / "summary.json").read_text(), parse_constant=self.fail)

    def test_a_killed_run_costs_only_itself_and_can_be_made_up_for(self) -> None:
        file = self.write(tiny())
        process = self.start("run", file, "-o", self.out, "-j", "1")
        victim = wait_until(lambda: children_of(process.pid))[0]
        os.kill(victim, signal.SIGKILL)
        out, errors = process.communicate()

        self.assertEqual(process.returncode, 1)
        failure = errors.splitlines()[-1]
        self.assertRegex(failure, r"^sgd-[0-9a-f]{12} \(sgd\): FAILED: killed by signal 9$")
        self.assertIn("3 of 4 runs complete", out)
        self.assertEqual(len(runs_of(self.out)), 3)
        self.assertEqual(len(read_csv(self.out / "runs.csv")), 3)
        self.assertEqual(leftovers(self.out), [])

        again = self.run_sweep(file, self.out)
        self.assertIn("3 of 4 runs are complete already\n[4/4] sgd: finished", again.stderr)
        self.assertEqual(len(read_csv(self.out / "runs.csv")), 4)

    def test_a_platform_without_its_host_is_wrong_before_anything_runs(self) -> None:
        platform = {
            "kind": "file",
            "path": str(SOURCE / "platforms" / "star10-1gbps.xml"),
            "server": "no such host",
            "workers": ["a", "b", "c"],
        }
        sweep = [{"platform": [{"kind": "star"}, platform]}]

        done = self.run_sweep(self.write(tiny(sweep)), self.out, "--quiet", status=2)

        self.assert_one_line(
            done.stderr,
            r"x\.json: /sweep/0/platform/1: \S+star10-1gbps\.xml: has no host named \"no such host",
        )
        self.assertFalse(self.out.exists())

    def test_ignored_child_signals_do_not_stall_a_sweep(self) -> None:
        def ignore() -> None:
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)

        file = self.write(tiny([{"algorithm": METHODS[:1]}]))
        process = self.start("run", file, "-o", self.out, preexec_fn=ignore)

        self.assertEqual(process.wait(timeout=60), 0)


class Places(EndToEnd):
    def fails(self, *patterns: str, before: list[str] | None = None) -> None:
        file = self.write(tiny([{"algorithm": METHODS[:1]}]))
        done = self.gradwire("run", file, "-o", self.out, "--quiet", before=before or [])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assert_one_line(done.stderr, *patterns)

    def test_a_file_in_place_of_the_results_folder_is_named(self) -> None:
        self.out.write_text("mine")

        self.fails(r"/out: cannot make the results folder: Not a directory$")

        self.assertEqual(self.out.read_text(), "mine")

    def test_a_folder_without_permission_is_named(self) -> None:
        nobody = self.as_nobody()
        place = self.folder / "locked"
        place.mkdir()
        place.chmod(stat.S_IRUSR | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        self.out = place / "out"

        says = r"/locked/out: cannot make the results folder: Permission denied$"
        self.fails(says, before=nobody)

        self.assertEqual(list(place.iterdir()), [])

    def test_a_results_folder_that_may_only_be_read_is_named(self) -> None:
        nobody = self.as_nobody()
        (self.out / "runs").mkdir(parents=True)
        for place in (self.out / "runs", self.out):
            place.chmod(0o555)

        self.fails(r"/out: cannot write to the results folder: Permission denied$", before=nobody)

        self.assertEqual(os.listdir(self.out), ["runs"])

    def test_a_full_disk_is_named_and_gets_nothing(self) -> None:
        disk = self.small_disk()
        fill(disk)
        self.out = disk / "out"

        self.fails(r"/out/\.claims/.*: cannot write: No space left on device$")

        self.assertEqual(leftovers(disk), [])
        self.assertFalse((self.out / "experiment.json").exists())

    def test_a_disk_that_fills_up_leaves_only_whole_runs(self) -> None:
        file = self.write(tiny())
        reference = self.folder / "reference"
        self.run_sweep(file, reference, "-j", "2")
        disk = self.small_disk()
        self.out = disk / "out"
        filler = fill(disk, leave=64 * 1024)

        full = self.gradwire("run", file, "-o", self.out, "-j", "1", "--quiet")

        self.assertEqual(full.returncode, 1)
        self.assertEqual(full.stdout, "")
        for line in full.stderr.splitlines():
            self.assertRegex(line, r"/out/.*: cannot write: No space left on device$")
        self.assert_whole(self.out, reference)
        self.assertIn(len(runs_of(self.out)), range(1, 4), "some fitted, some did not")
        filler.unlink()
        self.run_sweep(file, self.out, "-j", "2")
        self.assert_same_results(self.out, reference)

    def test_standard_output_on_a_full_disk_is_an_error(self) -> None:
        with open("/dev/full", "w") as full:
            done = self.gradwire("schema", stdout=full, stderr=subprocess.PIPE)

        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "^gradwire: cannot write")


if __name__ == "__main__":
    main()
