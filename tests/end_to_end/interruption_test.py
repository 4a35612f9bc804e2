"""After a kill or an interruption at any moment, the same command continues the sweep."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

from support import (
    METHODS,
    EndToEnd,
    children_of,
    interruptible,
    leftovers,
    main,
    runs_of,
    tiny,
    wait_until,
)

KILLS = 20
SEEDS = [{"seed": [1, 2, 3]}]


class Kill(EndToEnd):
    def test_killed_at_20_moments_a_sweep_ends_as_if_undisturbed(self) -> None:
        file = self.write(tiny([{"algorithm": METHODS}]))
        reference = self.folder / "reference"
        begin = time.monotonic()
        self.run_sweep(file, reference, "-j", "2")
        duration = time.monotonic() - begin

        moments = random.Random(20)
        kills, sweep = 0, 0
        while kills < KILLS:
            sweep += 1
            out = self.folder / f"killed-{sweep}"
            while kills < KILLS and self.kill_after(moments.uniform(0, duration), file, out):
                kills += 1
                self.assert_no_orphans()
                if (out / "runs").exists():
                    self.assert_whole(out, reference)
            self.run_sweep(file, out, "-j", "2")
            self.assert_same_results(out, reference)
            same = (out / "experiment.json").read_bytes()
            self.assertEqual(same, (reference / "experiment.json").read_bytes())

    def kill_after(self, seconds: float, file: Path, out: Path) -> bool:
        """Kills the command after `seconds`; returns whether it was still running."""
        process = self.start("run", file, "-o", out, "-j", "2")
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        return process.returncode == -signal.SIGKILL

    def test_a_killed_command_takes_its_runs_with_it(self) -> None:
        endless = tiny([{"seed": [1, 2]}], epochs=1e6)
        process = self.start("run", self.write(endless), "-o", self.out, "-j", "2")
        children = wait_until(lambda: children_of(process.pid))
        self.assertTrue(children)
        wait_until(lambda: len(leftovers(self.out)) == 2)

        process.kill()
        process.wait()

        self.assert_no_orphans()
        self.assertEqual(runs_of(self.out), [])


class Interrupt(EndToEnd):
    def interrupted(self, number: int, whole_group: bool) -> None:
        file = self.write(tiny(SEEDS))
        new = {"start_new_session": True, "preexec_fn": interruptible}
        process = self.start("run", file, "-o", self.out, "-j", "1", **new)
        assert process.stderr is not None
        self.assertTrue(process.stderr.readline().startswith("[1/3] "))
        begin = time.monotonic()
        if whole_group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        _, errors = process.communicate()

        self.assertLess(time.monotonic() - begin, 5.0)
        self.assertEqual(process.returncode, -number, "as the shell expects it")
        complete = len(runs_of(self.out))
        self.assertIn(complete, (1, 2), "it ended at once, not with the sweep")
        self.assertEqual(
            errors.splitlines()[-1],
            f"interrupted: {complete} of 3 runs are complete; the same command goes on",
        )
        self.assertNotIn("FAILED", errors)
        self.assert_no_orphans()
        self.assertEqual(leftovers(self.out), [])
        self.assertFalse((self.out / "failed").exists())

        resumed = self.run_sweep(file, self.out, "-j", "2")
        self.assertIn(f"{complete} of 3 runs are complete already\n", resumed.stderr)
        self.assertEqual(len(runs_of(self.out)), 3)

    def test_ctrl_c_ends_quickly_and_the_same_command_goes_on(self) -> None:
        self.interrupted(signal.SIGINT, whole_group=True)

    def test_an_interrupt_of_the_parent_alone_does_the_same(self) -> None:
        self.interrupted(signal.SIGINT, whole_group=False)

    def test_termination_of_all_does_the_same(self) -> None:
        self.interrupted(signal.SIGTERM, whole_group=True)

    def test_a_background_job_ignores_ctrl_c(self) -> None:
        def ignore() -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)

        file = self.write(tiny([{"seed": [1, 2]}]))
        process = self.start("run", file, "-o", self.out, "-j", "1", preexec_fn=ignore)
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        process.communicate()

        self.assertEqual(process.returncode, 0)


if __name__ == "__main__":
    main()
