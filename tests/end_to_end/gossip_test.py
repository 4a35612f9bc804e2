"""Decentralised methods as users run them: against numpy, replayed, resumed, refused.

Uses the LIBSVM file phishing below $GRADWIRE_DATA where it exists.
"""

from __future__ import annotations

import csv
import importlib.util
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

import numpy as np

from convex_test import write_generated
from support import EndToEnd, Json, checkpoints_of, main, read_csv, runs_of, tiny, wait_until

REFERENCE = Path(__file__).parents[1] / "reference"
PHISHING = Path(os.environ.get("GRADWIRE_DATA", "/nowhere")) / "libsvm" / "phishing.txt"
sys.path.insert(0, str(REFERENCE))
specification = importlib.util.spec_from_file_location("gossip", REFERENCE / "gossip.py")
reference = importlib.util.module_from_spec(specification)
specification.loader.exec_module(reference)

NODES = 10
EVERY = ("--checkpoint-every", "20")
RING = [(i, (i + 1) % NODES) for i in range(NODES)]


def exponential(nodes: int) -> list[tuple[int, int]]:
    """Directed edges to the nodes at distances 1, 2, 4, ..."""
    distances = [2**k for k in range(10) if 2**k < nodes]
    return [(i, (i + distance) % nodes) for i in range(nodes) for distance in distances]


class Gossip(EndToEnd):
    def convex(self, file: Path, algorithm: Json, topology: Json, gamma: float, **base) -> Json:
        """Logistic regression with full gradients, as tests/reference/gossip.py has it."""
        samples = len(file.read_text().splitlines())
        return {
            "name": "gossip",
            "base": {
                "workers": NODES,
                "dataset": {
                    "name": "file",
                    "format": "libsvm",
                    "train": str(file),
                    "test": str(file),
                    "partition": {
                        "kind": "consecutive",
                        "sizes": reference.shards_of(samples, NODES),
                    },
                },
                "model": {"name": "linear", "bias": False, "initial": "zeros"},
                "loss": {"name": "logistic", "l2": reference.L2},
                "batch_size": "all",
                "epochs": 300,
                "evaluate_every": 10,
                "learning_rate": {"initial": gamma},
                "algorithm": algorithm,
                "protocol": {"topology": topology},
                **base,
            },
        }

    def rows_of(self, experiment: Json, folder: Path) -> list[dict[str, str]]:
        self.run_sweep(self.write(experiment), folder, "--quiet")
        (run,) = runs_of(folder)
        return read_csv(run / "metrics.csv")

    def compare(self, rows: list[dict[str, str]], expected, exact_to: int) -> None:
        """Objectives to 1e-4; distances to 1e-4 up to `exact_to`, and to 3 % after."""
        self.assertGreater(len(rows), 5)
        for row in rows:
            t = int(row["iteration"])
            objective, distance = expected[t]
            self.assertAlmostEqual(float(row["objective"]), objective, delta=1e-4 * objective)
            within = 1e-4 if t <= exact_to else 0.03
            found = float(row["consensus_distance"])
            self.assertAlmostEqual(found, distance, delta=within * distance + 1e-7, msg=f"{t}")

    @unittest.skipUnless(PHISHING.exists(), "needs libsvm/phishing.txt below $GRADWIRE_DATA")
    def test_on_phishing_agrees_with_numpy(self) -> None:
        golden: dict[str, dict[int, tuple[float, float]]] = {}
        with (REFERENCE / "gossip_phishing.csv").open() as file:
            for row in csv.DictReader(file):
                values = (float(row["objective"]), float(row["consensus_distance"]))
                golden.setdefault(row["method"], {})[int(row["iteration"])] = values
        of = reference.PHISHING
        density = (of["k"] + 0.5) / 68
        choco = {"name": "choco", "consensus": of["consensus"], "density": density}
        for algorithm, exact_to in (({"name": "d_psgd"}, 300), (choco, 100)):
            experiment = self.convex(PHISHING, algorithm, {"kind": "ring"}, of["gamma"])
            rows = self.rows_of(experiment, self.folder / algorithm["name"])
            self.compare(rows, golden[algorithm["name"]], exact_to)

    def test_every_deterministic_method_agrees_with_numpy(self) -> None:
        file = write_generated(self.folder / "generated.txt")
        problem = reference.Problem(*reference.read_libsvm(file), NODES)
        ring, gamma = reference.ring(NODES), 0.5
        top = {"compress": "top_k", "density": 0.26, "consensus": 0.2}  # 5 of 20
        edges = [(0, 1), (0, 2), (1, 2), *((i, i + 1) for i in range(2, 9)), (9, 4)]
        directed = [(a, b) for a, b in exponential(NODES)]
        cases = {
            "mix": ({"name": "d_psgd"}, reference.d_psgd(problem, ring, gamma)),
            "step": (
                {"name": "d_psgd", "order": "step_first"},
                reference.d_psgd(problem, ring, gamma, "step_first"),
            ),
            "iclr": (
                {"name": "choco", "order": "iclr", **top},
                reference.choco(problem, ring, gamma, 0.2, 5, "iclr"),
            ),
            "icml": (
                {"name": "choco", **top},
                reference.choco(problem, ring, gamma, 0.2, 5),
            ),
            "malcom": (
                {"name": "malcom", "l1": 0.01, **top},
                reference.choco(problem, ring, gamma, 0.2, 5, l1=0.01),
            ),
            "squeeze": (
                {"name": "deep_squeeze", **top},
                reference.deep_squeeze(problem, ring, gamma, 0.2, 5),
            ),
            "dcd": (
                {"name": "dcd_psgd", "compress": "identity"},
                reference.d_psgd(problem, ring, gamma),
            ),
            "tracking": (
                {"name": "gradient_tracking"},
                reference.gradient_tracking(problem, ring, gamma),
            ),
        }
        for name, (algorithm, sequence) in cases.items():
            with self.subTest(name):
                experiment = self.convex(
                    file, algorithm, {"kind": "ring"}, gamma, epochs=60, evaluate_every=5
                )
                rows = self.rows_of(experiment, self.folder / name)
                expected = dict(enumerate(reference.measured(problem, sequence, 60), 1))
                self.compare(rows, expected, 30)
        listed = self.folder / "edges.txt"
        listed.write_text("# a graph\n" + "".join(f"{a} {b}\n" for a, b in edges))
        graphs = {
            "file": (
                {"name": "d_psgd"},
                {"kind": "file", "path": "edges.txt"},
                reference.d_psgd(problem, reference.metropolis(edges, NODES), gamma),
            ),
            "push": (
                {"name": "push_sum"},
                {"kind": "exponential", "directed": True},
                reference.push_sum(problem, reference.shares(directed, NODES), gamma),
            ),
        }
        for name, (algorithm, topology, sequence) in graphs.items():
            with self.subTest(name):
                experiment = self.convex(
                    file, algorithm, topology, gamma, epochs=60, evaluate_every=5
                )
                rows = self.rows_of(experiment, self.folder / name)
                expected = dict(enumerate(reference.measured(problem, sequence, 60), 1))
                self.compare(rows, expected, 60)

    def test_graphs_that_are_drawn_anew_agree_with_numpy(self) -> None:
        file = write_generated(self.folder / "generated.txt")
        problem = reference.Problem(*reference.read_libsvm(file), NODES)
        gamma, seed = 0.3, 7
        random = {"kind": "erdos_renyi", "probability": 0.25, "schedule": "resampled"}
        regular = {"kind": "random_regular", "degree": 3, "schedule": "resampled"}
        pairs = reference.matching_of(RING)
        both_ways = lambda edges, nodes: reference.shares(
            [*edges, *((b, a) for a, b in edges)], nodes
        )
        squeeze = {"name": "deep_squeeze", "compress": "top_k", "density": 0.26, "consensus": 0.2}
        of = reference.drawn
        cases = [
            (
                {"name": "d_psgd"},
                {"kind": "ring", "schedule": "random_matching"},
                lambda w: reference.d_psgd(problem, w, gamma),
                of(pairs, reference.metropolis, NODES, seed),
            ),
            (
                {"name": "gradient_tracking"},
                random,
                lambda w: reference.gradient_tracking(problem, w, gamma),
                of(reference.erdos_renyi(NODES, 0.25), reference.metropolis, NODES, seed),
            ),
            (
                {"name": "push_sum"},
                random,
                lambda w: reference.push_sum(problem, w, gamma),
                of(reference.erdos_renyi(NODES, 0.25), both_ways, NODES, seed),
            ),
            (
                squeeze,
                regular,
                lambda w: reference.deep_squeeze(problem, w, gamma, 0.2, 5),
                of(reference.random_regular(NODES, 3), reference.metropolis, NODES, seed),
            ),
        ]
        for number, (algorithm, topology, sequence, matrices) in enumerate(cases):
            with self.subTest(algorithm["name"]):
                experiment = self.convex(
                    file, algorithm, topology, gamma, epochs=60, evaluate_every=5, seed=seed
                )
                folder = self.folder / str(number)
                rows = self.rows_of(experiment, folder)
                kept = list(itertools.islice(matrices, 60))
                expected = reference.measured(problem, sequence(kept), 60)
                self.compare(rows, dict(enumerate(expected, 1)), 30)
                (run,) = runs_of(folder)
                if algorithm["name"] != "push_sum":  # whose columns sum to 1
                    listed = self.weights_of(run, NODES)
                    np.testing.assert_allclose(listed, kept[:10], atol=1e-6)
                self.assert_replays(folder)

    def assert_replays(self, folder: Path) -> None:
        done = self.gradwire("verify", folder, "--replay", "--quiet")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def small(self, algorithm: Json, **base: object) -> Json:
        return tiny([{"seed": [1]}], workers=6, algorithm=algorithm, **base)

    def test_counts_messages_and_their_bytes(self) -> None:
        folder = self.folder / "run"
        rows = self.rows_of(
            self.small({"name": "d_psgd"}, protocol={"topology": {"kind": "star"}}), folder
        )
        (run,) = runs_of(folder)
        summary = json.loads((run / "summary.json").read_text())
        d, edges = summary["parameters"], 2 * 5
        iterations = summary["iterations"]
        self.assertEqual(summary["rounds"], edges * iterations)
        self.assertEqual(summary["uplink_payload_bits"], 32 * d * edges * iterations)
        self.assertEqual(summary["uplink_wire_bytes"], 4 * d * edges * iterations)
        self.assertEqual(summary["downlink_wire_bytes"], 0)
        self.assertEqual(int(rows[-1]["message_payload_bits"]), 32 * d * 6 * iterations)
        self.assertEqual(summary["graph"]["largest_degree"], 5)
        self.assertEqual(summary["graph"]["smallest_degree"], 1)
        self.assertLessEqual(
            float(rows[-1]["worst_test_accuracy"]), float(rows[-1]["node_test_accuracy"])
        )

    def test_replays_on_another_network_and_is_independent_of_threads(self) -> None:
        algorithm = {"name": "choco", "compress": "top_k", "density": 0.1, "momentum": 0.9}
        base = {"protocol": {"topology": {"kind": "erdos_renyi", "probability": 0.6}}}
        file = self.write(self.small(algorithm, **base))
        self.run_sweep(file, self.out)
        self.run_sweep(file, self.folder / "again", "-j", "1")
        self.assert_same_results(self.folder / "again", self.out)
        verified = self.gradwire("verify", self.out)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        done = self.gradwire("replay", self.out, "-o", self.folder / "replay")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_same_results(self.folder / "replay", self.out)
        slow = ("--set", "platform.uplink=10Mbps")
        done = self.gradwire("replay", self.out, "-o", self.folder / "slow", *slow)
        self.assertEqual(done.returncode, 0, done.stderr)
        (fast,) = (read_csv(run / "metrics.csv")[-1] for run in runs_of(self.out))
        (late,) = (read_csv(run / "metrics.csv")[-1] for run in runs_of(self.folder / "slow"))
        self.assertLess(float(fast["simulated_seconds"]), float(late["simulated_seconds"]))
        for column in ("consensus_distance", "test_accuracy", "uplink_wire_bytes", "rounds"):
            self.assertEqual(fast[column], late[column])

    def weights_of(self, run: Path, nodes: int) -> np.ndarray:
        """[iterations, n, n] from graph.csv; its own weights make rows sum to 1."""
        rows = read_csv(run / "graph.csv")
        matrices = np.zeros((max(int(row["iteration"] or 1) for row in rows), nodes, nodes))
        for row in rows:
            at = int(row["iteration"] or 1) - 1
            matrices[at, int(row["to"]), int(row["from"])] = float(row["weight"])
        for w in matrices:
            w += np.diag(1 - w.sum(axis=1))
        return matrices

    def test_lists_and_draws_the_graph(self) -> None:
        topologies = [{"kind": "ring"}, {"kind": "exponential", "schedule": "one_peer"}]
        algorithms = [{"name": "d_psgd"}, {"name": "gradient_tracking"}]
        file = self.write(
            tiny([{"algorithm": algorithms}, {"protocol.topology": topologies}], workers=8)
        )
        self.run_sweep(file, self.out)
        expected = {
            "fixed": [reference.ring(8)],
            "one_peer": [(np.eye(8) + np.eye(8)[np.arange(8) ^ bit]) / 2 for bit in (1, 2, 4)],
        }
        for run in runs_of(self.out):
            topology = json.loads((run / "scenario.json").read_text())["protocol"]["topology"]
            known = np.array(expected[topology.get("schedule", "fixed")])
            np.testing.assert_allclose(self.weights_of(run, 8), known, atol=1e-7)
            row = read_csv(run / "graph.csv")[0]
            self.assertEqual((row["from_host"], row["to_zone"]), ("worker 0", "star"))
        replay = self.folder / "replay"
        done = self.gradwire("replay", self.out, "-o", replay, "--set", "platform.uplink=1Mbps")
        self.assertEqual(done.returncode, 0, done.stderr)
        texts = [
            sorted((run / "graph.csv").read_text() for run in runs_of(folder))
            for folder in (self.out, replay)
        ]
        self.assertEqual(*texts)
        done = self.gradwire("report", self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        figures = self.out / "report" / "figures"
        names = {file.stem for file in figures.glob("*.svg")}
        self.assertLessEqual({"graph", "nodes-seconds"}, names)
        self.assertEqual(sum(name.startswith("nodes-epochs") for name in names), 2)
        svg = (figures / "graph.svg").read_text()
        self.assertIn("ring, 8 nodes, spectral gap", svg)
        self.assertIn("exponential, one_peer, 8 nodes", svg)
        page = (self.out / "report" / "report.html").read_text()
        self.assertIn("Consensus and accuracy of nodes against simulated time", page)
        self.assertIn('"consensus_distance"', page)

    def test_verify_compares_the_graph(self) -> None:
        self.run_sweep(self.write(self.small({"name": "d_psgd"})), self.out)
        (run,) = runs_of(self.out)
        graph = run / "graph.csv"
        graph.write_text(graph.read_text().replace(",0,1,", ",0,3,"))
        done = self.gradwire("verify", self.out, "--replay")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("graph.csv differs", done.stderr)

    def test_synthesizes_messages_along_edges(self) -> None:
        cases = {
            "d_psgd": ({"name": "d_psgd"}, 1),
            "tracking": ({"name": "gradient_tracking"}, 2),
        }
        for name, (algorithm, vectors) in cases.items():
            with self.subTest(name):
                file = self.write(
                    self.small(algorithm, protocol={"topology": {"kind": "star"}}, epochs=1)
                )
                folder = self.folder / name
                sizes = ("--parameters", "1000", "--iterations-per-epoch", "4")
                done = self.gradwire("synthesize", file, "-o", folder, *sizes)
                self.assertEqual(done.returncode, 0, done.stderr)
                (run,) = runs_of(folder)
                summary = json.loads((run / "summary.json").read_text())
                self.assertEqual(summary["rounds"], 4 * 2 * 5)
                self.assertEqual(summary["uplink_wire_bytes"], 4 * 10 * 4000 * vectors)
                self.assertEqual(len(read_csv(run / "graph.csv")), 10)

    def test_a_replay_cannot_change_the_graph(self) -> None:
        file = self.write(self.small({"name": "d_psgd"}))
        self.run_sweep(file, self.out)
        other = ("--set", "protocol.topology.kind=complete")
        done = self.gradwire("replay", self.out, "-o", self.folder / "other", *other)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("topology", done.stderr)

    def test_continues_after_being_killed(self) -> None:
        experiment = self.small(
            {"name": "malcom", "l1": 1e-4, "momentum": 0.5}, epochs=300, evaluate_every=100
        )
        file = self.write(experiment)
        self.run_sweep(file, self.folder / "whole", *EVERY)
        process = self.start("run", file, "-o", self.out, *EVERY)
        wait_until(lambda: checkpoints_of(self.out))
        process.kill()
        process.communicate()
        self.run_sweep(file, self.out, *EVERY)
        self.assert_same_results(self.out, self.folder / "whole")

    def kill_after(self, seconds: float, file: Path, out: Path) -> bool:
        """Kills the command after `seconds`; returns whether it was still running."""
        process = self.start("run", file, "-o", out, *EVERY)
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        return process.returncode == -signal.SIGKILL

    def test_killed_at_20_moments_ends_in_the_same_bytes(self) -> None:
        one_peer = {"kind": "exponential", "schedule": "one_peer", "directed": True}
        cases = [
            ({"name": "malcom", "l1": 1e-4, "momentum": 0.5}, {"kind": "ring"}),
            ({"name": "choco", "order": "iclr", "density": 0.1}, {"kind": "torus"}),
            ({"name": "gradient_tracking"}, {"kind": "erdos_renyi"}),
            ({"name": "push_sum"}, one_peer),
        ]
        moments = random.Random(22)
        resumed = 0
        for algorithm, topology in cases:
            name = algorithm["name"]
            experiment = self.small(
                algorithm, epochs=300, evaluate_every=100, protocol={"topology": topology}
            )
            file = self.write(experiment)
            whole = self.folder / f"whole-{name}"
            begin = time.monotonic()
            self.run_sweep(file, whole, *EVERY)
            duration = time.monotonic() - begin
            kills, attempt = 0, 0
            while kills < 20 // len(cases):
                attempt += 1
                out = self.folder / f"killed-{name}-{attempt}"
                longest = duration
                while kills < 20 // len(cases) and self.kill_after(
                    moments.uniform(0.2, 0.8) * longest, file, out
                ):
                    kills += 1
                    resumed += len(checkpoints_of(out))
                    longest /= 2  # less is left of it
                    self.assert_no_orphans()
                self.run_sweep(file, out, *EVERY)
                self.assert_same_results(out, whole)
                self.assertEqual(checkpoints_of(out), [])
                (was,), (now,) = runs_of(whole), runs_of(out)
                for file_name in ("trace.bin", "graph.csv"):
                    self.assertEqual(
                        (was / file_name).read_bytes(), (now / file_name).read_bytes(), file_name
                    )
        self.assertGreater(resumed, 5, "many kills come after a checkpoint")

    def test_refuses_what_makes_no_sense(self) -> None:
        cases = [
            ({"name": "sgd"}, {"kind": "gossip"}, 6, "/base/protocol/kind: gossip expects"),
            ({"name": "choco"}, {"kind": "parameter_server"}, 6, "must be gossip with choco"),
            ({"name": "d_psgd", "compress": "top_k"}, {}, 6, "/algorithm/compress"),
            ({"name": "choco", "levels": 4}, {}, 6, "/algorithm/levels"),
            ({"name": "choco", "compress": "low_rank"}, {}, 6, "/algorithm/compress"),
            ({"name": "d_psgd", "participation": 0.5}, {}, 6, "/algorithm/participation"),
            ({"name": "d_psgd", "reduction": "sum"}, {}, 6, "/algorithm/reduction"),
            (
                {"name": "d_psgd"},
                {"topology": {"kind": "random_regular", "degree": 3}},
                5,
                "/protocol/topology",
            ),
            (
                {"name": "d_psgd"},
                {"topology": {"kind": "exponential", "schedule": "one_peer"}},
                6,
                "/topology/schedule: one_peer expects",
            ),
            (
                {"name": "d_psgd"},
                {"topology": {"kind": "ring", "schedule": "one_peer"}},
                6,
                "/topology/schedule: one_peer expects kind exponential",
            ),
            (
                {"name": "d_psgd"},
                {"topology": {"kind": "torus", "schedule": "resampled"}},
                6,
                "/topology/schedule: resampled expects kind erdos_renyi or random_regular",
            ),
            (
                {"name": "choco"},
                {"topology": {"kind": "ring", "schedule": "random_matching"}},
                6,
                "/topology/schedule: must be fixed with choco",
            ),
            (
                {"name": "push_sum"},
                {"topology": {"kind": "ring", "directed": True, "schedule": "random_matching"}},
                6,
                "/topology/schedule: random_matching expects edges that are not directed",
            ),
            (
                {"name": "choco"},
                {"topology": {"kind": "ring", "directed": True}},
                6,
                "/topology/directed: goes with push_sum only",
            ),
            (
                {"name": "d_psgd"},
                {"topology": {"kind": "file", "edges": [0, 1, 1]}},
                6,
                "two nodes per edge",
            ),
            (
                {"name": "d_psgd"},
                {"topology": {"kind": "file", "path": "missing.txt"}},
                6,
                "missing.txt",
            ),
            ({"name": "d_psgd"}, {"uplink": "concurrent"}, 6, "/protocol/uplink"),
        ]
        for (algorithm, protocol, workers, message), number in zip(cases, itertools.count()):
            with self.subTest(number):
                experiment = tiny(
                    [{"seed": [1]}], workers=workers, algorithm=algorithm, protocol=protocol
                )
                done = self.gradwire("validate", self.write(experiment))
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertIn(message, done.stderr)

    def test_validate_states_the_spectral_gap(self) -> None:
        experiment = tiny([{"seed": [1]}], workers=8, algorithm={"name": "d_psgd"})
        done = self.gradwire("validate", self.write(experiment))
        self.assertEqual(done.returncode, 0, done.stderr)
        gap = 1 - (1 + 2 * np.cos(2 * np.pi / 8)) / 3
        self.assertIn(f"spectral gap {gap:.4g}", done.stdout)

    def test_validate_states_the_expected_gap_of_pairs(self) -> None:
        topology = {"kind": "complete", "schedule": "random_matching"}
        experiment = tiny(
            [{"seed": [1]}],
            workers=8,
            algorithm={"name": "d_psgd"},
            protocol={"topology": topology},
        )
        done = self.gradwire("validate", self.write(experiment))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("complete, random_matching, of 8 nodes, 1 messages", done.stdout)
        gap = float(done.stdout.split("spectral gap (expected) ")[1].split()[0])
        self.assertAlmostEqual(gap, 1 - np.sqrt(1 - 8 / 14), delta=0.01)

    def test_nodes_without_a_pair_send_nothing(self) -> None:
        topology = {"kind": "star", "schedule": "random_matching"}
        self.rows_of(self.small({"name": "d_psgd"}, protocol={"topology": topology}), self.out)
        (run,) = runs_of(self.out)
        summary = json.loads((run / "summary.json").read_text())
        d, iterations = summary["parameters"], summary["iterations"]
        self.assertEqual(summary["rounds"], 2 * iterations)  # one pair
        self.assertEqual(summary["final"]["message_payload_bits"], 32 * d * 2 * iterations)
        self.assertEqual(summary["graph"]["smallest_degree"], 0)
        self.assertEqual(summary["graph"]["largest_degree"], 1)

    def test_copies_need_a_fixed_graph(self) -> None:
        changing = [
            {"kind": "exponential", "schedule": "one_peer"},
            {"kind": "erdos_renyi", "probability": 0.5, "schedule": "resampled"},
            {"kind": "ring", "schedule": "random_matching"},
        ]
        for topology in changing:
            for name in ("choco", "malcom", "dcd_psgd", "ecd_psgd", "deep_squeeze"):
                experiment = tiny(
                    [{"seed": [1]}],
                    workers=8,
                    algorithm={"name": name},
                    protocol={"topology": topology},
                )
                done = self.gradwire("validate", self.write(experiment))
                if name == "deep_squeeze":  # keeps none
                    self.assertEqual(done.returncode, 0, done.stderr)
                    continue
                self.assertEqual(done.returncode, 2, (name, topology))
                self.assertIn(
                    f"/base/protocol/topology/schedule: must be fixed with {name}, whose neighbours "
                    "keep copies that each of its messages advances and therefore need all of them, "
                    f"got {topology['schedule']}",
                    done.stderr,
                )


if __name__ == "__main__":
    main()
