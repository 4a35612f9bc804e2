"""A killed run continues from its last checkpoint and ends in the same bytes as an undisturbed one."""

from __future__ import annotations

import signal
from pathlib import Path

from support import (
    METHODS,
    EndToEnd,
    checkpoints_of,
    fingerprint,
    main,
    runs_of,
    tiny,
    wait_until,
)

EVERY = ("--checkpoint-every", "20")


class Checkpoint(EndToEnd):
    def long_run(self, algorithm: dict) -> Path:
        return self.write(tiny([{"seed": [1]}], algorithm=algorithm, epochs=300, evaluate_every=100))

    def test_killed_behind_a_checkpoint_every_method_ends_in_the_same_bytes(self) -> None:
        for algorithm in METHODS:
            with self.subTest(algorithm["name"]):
                file = self.long_run(algorithm)
                reference = self.folder / f"whole-{algorithm['name']}"
                self.run_sweep(file, reference, *EVERY)
                self.assertEqual(checkpoints_of(reference), [])

                out = self.folder / f"killed-{algorithm['name']}"
                process = self.start("run", file, "-o", out, *EVERY)
                wait_until(lambda: checkpoints_of(out))
                process.kill()
                process.communicate()
                self.assert_no_orphans()
                self.assertEqual(runs_of(out), [])
                self.assertEqual(len(checkpoints_of(out)), 1)

                self.run_sweep(file, out, *EVERY)

                self.assert_same_results(out, reference)
                trace = [next((r / "runs").glob("*/trace.bin")) for r in (out, reference)]
                self.assertEqual(trace[0].read_bytes(), trace[1].read_bytes())
                self.assertEqual(checkpoints_of(out), [])

    def test_termination_writes_a_checkpoint(self) -> None:
        file = self.long_run(METHODS[0])
        process = self.start("run", file, "-o", self.out)
        assert process.stderr is not None
        wait_until(lambda: list((self.out / "runs").glob(".partial-*/metrics.csv")))
        process.send_signal(signal.SIGTERM)
        process.communicate()

        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assertEqual(len(checkpoints_of(self.out)), 1)
        self.assert_no_orphans()

    def test_a_damaged_checkpoint_is_as_good_as_none(self) -> None:
        file = self.long_run(METHODS[-1])
        reference = self.folder / "reference"
        self.run_sweep(file, reference)
        process = self.start("run", file, "-o", self.out, *EVERY)
        wait_until(lambda: checkpoints_of(self.out))
        process.kill()
        process.communicate()
        for damage in (lambda b: b[:-1], lambda b: b[:50] + b"x" + b[51:], lambda _: b""):
            checkpoint = checkpoints_of(self.out)[0]
            checkpoint.write_bytes(damage(checkpoint.read_bytes()))

            self.run_sweep(file, self.out, *EVERY)

            self.assertEqual(
                fingerprint(runs_of(self.out)[0])[0], fingerprint(runs_of(reference)[0])[0]
            )
            self.run_sweep(file, self.out, "--fresh", "--quiet")
            checkpoint.write_bytes(b"left over")


if __name__ == "__main__":
    main()
