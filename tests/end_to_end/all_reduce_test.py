"""Recorded runs replay under another exchange pattern without a gradient: as a server, as a ring."""

from __future__ import annotations

import json
import math
from pathlib import Path

from support import METHODS, EndToEnd, Json, main, read_csv, runs_of, tiny

WORKERS = 4
COLLECTIVES = [
    {"kind": "all_reduce"},
    {"kind": "all_reduce", "collective": "tree"},
    {"kind": "all_reduce", "collective": "halving_doubling"},
    {"kind": "all_reduce", "collective": "two_level", "group_size": 2},
]
# What learning and the method decide, whatever the pattern.
LEARNED = ["iteration", "epoch", "rounds", "uplink_payload_bits", "train_loss", "test_accuracy"]


def summary_of(run: Path) -> Json:
    return json.loads((run / "summary.json").read_text())


def by_method(results: Path) -> dict[str, Path]:
    return {run.name.rsplit("-", 1)[0]: run for run in runs_of(results)}


class AllReduce(EndToEnd):
    def setUp(self) -> None:
        super().setUp()
        self.recorded = self.folder / "recorded"

    def record(self, **base: object) -> None:
        experiment = tiny([{"algorithm": METHODS}], **({"workers": WORKERS} | base))
        self.run_sweep(self.write(experiment, "recorded.json"), self.recorded, "-j", "2")

    def replay(self, out: Path, results: Path, *settings: str, status: int = 0) -> str:
        done = self.gradwire(
            "replay", results, "-o", out, *[f"--set={setting}" for setting in settings]
        )
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def assert_same_learning(self, results: Path, reference: Path) -> None:
        theirs = by_method(reference)
        self.assertEqual(set(by_method(results)), set(theirs))
        for method, run in by_method(results).items():
            ours, other = (read_csv(folder / "metrics.csv") for folder in (run, theirs[method]))
            self.assertEqual(
                [[row[key] for key in LEARNED] for row in ours],
                [[row[key] for key in LEARNED] for row in other],
                method,
            )

    def test_a_recorded_server_replays_as_each_collective(self) -> None:
        self.record()
        for number, protocol in enumerate(COLLECTIVES):
            with self.subTest(protocol=protocol):
                out = self.folder / f"out-{number}"
                self.replay(out, self.recorded, f"protocol={json.dumps(protocol)}")

                self.assert_same_learning(out, self.recorded)
                for run in runs_of(out):
                    summary = summary_of(run)
                    self.assertEqual(summary["downlink_wire_bytes"], 0)
                    self.assertEqual(summary["downlink_seconds"], 0)
                    self.assertGreater(summary["uplink_seconds"], 0)

    def test_a_learned_ring_replays_as_the_server_that_learns_the_same(self) -> None:
        self.record(protocol={"kind": "all_reduce"})
        server = self.folder / "server"
        experiment = tiny([{"algorithm": METHODS}], workers=WORKERS)
        self.run_sweep(self.write(experiment), server, "-j", "2")

        self.replay(self.out, self.recorded, "protocol.kind=parameter_server")

        self.assert_same_results(self.out, server)

    def test_the_same_pattern_keeps_what_was_recorded(self) -> None:
        self.record(protocol={"uplink": "concurrent", "skip_flag_bytes": 3})
        self.replay(self.out, self.recorded, "protocol.kind=parameter_server")
        self.assert_same_results(self.out, self.recorded)

    def test_a_ring_sends_two_vectors_less_two_chunks_per_worker(self) -> None:
        self.record()
        self.replay(self.out, self.recorded, "protocol.kind=all_reduce")

        for method, run in by_method(self.out).items():
            summary = summary_of(run)
            whole = 2 * (WORKERS - 1) * 4 * summary["parameters"] * summary["iterations"]
            if method in ("sgd", "lasg"):  # summed
                self.assertEqual(summary["uplink_wire_bytes"], whole, method)
            else:
                self.assertLess(summary["uplink_wire_bytes"], whole, method)
            notes = " ".join(summary.get("notes", []))
            self.assertEqual("save no bytes here" in notes, method == "lasg", method)

    def test_a_gathered_skip_saves_its_block(self) -> None:
        self.record()
        self.replay(self.out, self.recorded, "protocol.kind=all_reduce")
        run = summary_of(by_method(self.out)["sasg"])
        server = summary_of(by_method(self.recorded)["sasg"])

        self.assertGreater(run["skipped"], 0)
        self.assertEqual(run["uplink_wire_bytes"], (WORKERS - 1) * server["uplink_wire_bytes"])

    def test_a_sweep_over_patterns_finds_where_the_ring_beats_the_server(self) -> None:
        free = {
            "seconds_per_gradient": 0.0125,
            "selection_seconds_per_entry": 0,
            "encoding_seconds_per_value": 0,
            "decoding_seconds_per_value": 0,
            "adding_seconds_per_value": 0,
        }
        self.recorded = self.folder / "recorded"
        experiment = tiny(
            [{"algorithm": [{"name": "sgd"}]}], workers=WORKERS, compute=free, baseline=None
        )
        self.run_sweep(self.write(experiment, "recorded.json"), self.recorded)
        whatif = {
            "name": "whatif",
            "base": {"replay": str(self.recorded), "platform": {"latency": "0.5ms"}},
            "sweep": [
                {"protocol.kind": ["parameter_server", "all_reduce"]},
                {
                    "platform.uplink": ["1Mbps", "1Gbps"],
                    "platform.downlink": ["1Mbps", "1Gbps"],
                },
            ],
            "crossovers": {"over": "platform.uplink", "margins": [0]},
        }
        done = self.gradwire("run", self.write(whatif, "whatif.json"), "-o", self.out)
        self.assertEqual(done.returncode, 0, done.stderr)

        # Server: a model to all at once, then one upload after the other. Ring: 2 (P - 1) messages
        # over two links each, of the largest part.
        d = summary_of(runs_of(self.recorded)[0])["parameters"]
        sent = (WORKERS + 1) * 4 * d - 2 * (WORKERS - 1) * 4 * math.ceil(d / WORKERS)
        latency = (4 * (WORKERS - 1) - WORKERS - 1) * 0.5e-3
        exact = 8 * sent / latency  # bits per second
        rows = read_csv(self.out / "crossovers.csv")
        found = {row["statement"]: row for row in rows}
        ring, server = (f"SGD, protocol.kind {kind}" for kind in ("all_reduce", "parameter_server"))
        row = found[f"{ring} takes less time than {server}"]
        self.assertEqual(row["holds"], "below")
        self.assertAlmostEqual(float(row["at"]) / exact, 1, delta=1e-3)
        self.assertIn(ring, done.stdout)

    def test_what_needs_a_server_is_refused_in_a_replay(self) -> None:
        self.record(compute={"server_seconds_per_upload": 0.001})
        error = self.replay(self.out, self.recorded, "protocol.kind=all_reduce", status=2)
        self.assert_one_line(error, r"/compute/server_seconds_per_upload: must be 0")

    def test_a_method_that_needs_a_server_is_named_while_the_others_replay(self) -> None:
        experiment = tiny([{"algorithm": [{"name": "sgd"}, {"name": "fedavg", "participation": 0.5}]}])
        self.run_sweep(self.write(experiment, "recorded.json"), self.recorded)
        fedavg = by_method(self.recorded)["fedavg"].name

        error = self.replay(self.out, self.recorded, "protocol.kind=all_reduce", status=1)

        self.assertRegex(
            error,
            rf"{fedavg} \(fedavg\): cannot be replayed: replay: /protocol/kind \(--set\): "
            "must be parameter_server with a participation below 1, whose server selects",
        )
        self.assertEqual(set(by_method(self.out)), {"sgd"})
        self.assert_one_line(
            self.replay(
                self.folder / "none", by_method(self.recorded)["fedavg"],
                "protocol.kind=all_reduce", status=2,
            ),
            "must be parameter_server with",
        )
        self.assertFalse((self.folder / "none").exists())


if __name__ == "__main__":
    main()
