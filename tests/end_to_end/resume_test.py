"""Complete runs are not run again, except with --fresh."""

from __future__ import annotations

import signal
from pathlib import Path

from support import (
    METHODS,
    EndToEnd,
    fingerprint,
    leftovers,
    main,
    read_csv,
    runs_of,
    tiny,
    wait_until,
)


def times(results: Path) -> dict[str, int]:
    """Modification time of each file of the runs."""
    return {
        str(file.relative_to(results)): file.stat().st_mtime_ns
        for file in (results / "runs").rglob("*")
    }


class Resume(EndToEnd):
    def test_complete_runs_are_not_written_again(self) -> None:
        file = self.write(tiny())
        self.run_sweep(file, self.out, "-j", "2")
        before, index = times(self.out), (self.out / "runs.csv").read_bytes()

        again = self.run_sweep(file, self.out, "-j", "2")

        self.assertEqual(again.stderr, "4 of 4 runs are complete already\n")
        self.assertEqual(times(self.out), before)
        self.assertEqual((self.out / "runs.csv").read_bytes(), index)
        self.assertIn("4 of 4 runs complete", again.stdout)

    def test_fresh_runs_all_again_to_the_same_bytes(self) -> None:
        file = self.write(tiny())
        self.run_sweep(file, self.out, "-j", "2")
        before = times(self.out)
        was = {run.name: fingerprint(run) for run in runs_of(self.out)}

        self.run_sweep(file, self.out, "-j", "2", "--fresh")

        after = times(self.out)
        self.assertEqual(after.keys(), before.keys())
        self.assertTrue(all(after[name] > before[name] for name in before))
        self.assertEqual({run.name: fingerprint(run) for run in runs_of(self.out)}, was)

    def test_a_changed_setting_runs_only_what_changed(self) -> None:
        file = self.write(tiny([{"algorithm": METHODS[:1]}, {"seed": [1, 2]}]))
        self.run_sweep(file, self.out, "-j", "2")
        before = times(self.out)

        more = self.run_sweep(file, self.out, "-j", "2", "--set", "/sweep/1/seed=[1,2,3]")

        self.assertIn("2 of 3 runs are complete already\n[3/3] sgd, seed 3: ", more.stderr)
        self.assertEqual({name: times(self.out)[name] for name in before}, before)
        self.assertEqual([row["seed"] for row in read_csv(self.out / "runs.csv")], ["1", "2", "3"])

    def test_a_filter_runs_its_part_and_keeps_the_rest_in_the_table(self) -> None:
        file = self.write(tiny())
        self.run_sweep(file, self.out, "--filter", "algorithm=sgd")
        self.assertEqual(len(runs_of(self.out)), 1)

        self.run_sweep(file, self.out, "--filter", "algorithm=sasg")

        names = [row["algorithm.name"] for row in read_csv(self.out / "runs.csv")]
        self.assertEqual(names, ["sgd", "sasg"])

    def test_two_commands_do_not_share_a_folder(self) -> None:
        endless = self.write(tiny([{"seed": [1]}], epochs=1e6))
        first = self.start("run", endless, "-o", self.out)
        self.assertTrue(wait_until(lambda: self.out.exists() and leftovers(self.out)))

        second = self.gradwire("run", endless, "-o", self.out)

        self.assertEqual(second.returncode, 1)
        self.assert_one_line(second.stderr, "out: another gradwire is writing to this")
        self.assertIsNone(first.poll(), "the first goes on")
        self.assertTrue(leftovers(self.out))
        first.send_signal(signal.SIGTERM)


if __name__ == "__main__":
    main()
