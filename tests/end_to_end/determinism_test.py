"""The same scenario gives the same bytes, whatever the number of jobs and threads."""

from __future__ import annotations

from pathlib import Path

from support import METHODS, EndToEnd, Json, fingerprint, main, read_csv, runs_of, tiny

EVERYTHING: list[Json] = [
    {"algorithm": METHODS},
    {"protocol.uplink": ["sequential", "concurrent"], "protocol.server": ["dedicated", "worker0"]},
]


class Determinism(EndToEnd):
    def test_jobs_and_threads_change_no_byte(self) -> None:
        file = self.write(tiny(EVERYTHING))
        reference = self.folder / "reference"
        self.run_sweep(file, reference, "-j", "1", "--threads", "1")
        distinct = {(run / "metrics.csv").read_bytes() for run in runs_of(reference)}
        self.assertEqual(len(distinct), 8, "or else this compares nothing")

        for jobs, threads in (("2", "2"), ("2", "4")):
            with self.subTest(jobs=jobs, threads=threads):
                out = self.folder / f"j{jobs}-t{threads}"
                self.run_sweep(file, out, "-j", jobs, "--threads", threads)
                self.assert_same_results(out, reference)

    def test_fashion_mnist_is_the_same_on_one_thread_and_on_two(self) -> None:
        package = Path("/usr/share/datasets/fashion-mnist")
        if not package.is_dir():
            self.skipTest(f"{package} is not there (package dataset-fashion-mnist)")
        base = {"dataset": {"name": "fashion-mnist"}, "max_iterations": 6, "evaluate_every": 3}
        file = self.write(tiny([{"algorithm": METHODS[3:]}], **base))
        one, two = self.folder / "one", self.folder / "two"
        self.run_sweep(file, one, "--threads", "1")
        self.run_sweep(file, two, "--threads", "2")

        self.assertEqual(fingerprint(runs_of(one)[0]), fingerprint(runs_of(two)[0]))
        self.assertEqual(
            [row["iteration"] for row in read_csv(runs_of(one)[0] / "metrics.csv")], ["3", "6"]
        )


if __name__ == "__main__":
    main()
