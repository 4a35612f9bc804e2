"""Synthetic traces have the same counts as real runs."""

from __future__ import annotations

import json
from pathlib import Path

from support import EndToEnd, Json, main, read_csv, runs_of, tiny

# One tensor, as synthesize assumes if it is given a size; a model without a hidden layer would have two.
PARAMETERS = 1000
PER_EPOCH = 8


class Synthesize(EndToEnd):
    def synthesize(
        self, base: Json, *options: str, out: Path | None = None, parameters: int = PARAMETERS
    ) -> Json:
        file = self.write({"name": "made-up", "base": {"workers": 3} | base})
        sizes = ["--parameters", str(parameters), "--iterations-per-epoch", str(PER_EPOCH)]
        done = self.gradwire("synthesize", file, *sizes, *options, "-o", out or self.out, "--fresh")
        self.assertEqual(done.returncode, 0, done.stderr)
        summaries = [json.loads((r / "summary.json").read_text()) for r in runs_of(out or self.out)]
        return summaries[-1]

    def test_the_density_keeps_what_the_algorithms_keep(self) -> None:
        """0.29 of 100 is 29, although 0.29 * 100 is 28.999999999999996 in doubles."""
        for number, (density, kept) in enumerate(
            ((0.29, 29), (0.57, 57), (0.58, 58), (0.01, 1), (0.009, 1), (0.019, 1), (1, 100))
        ):
            out = self.folder / f"density{number}"
            algorithm = {"name": "sparse", "density": density}
            base = {"algorithm": algorithm, "epochs": 1}
            summary = self.synthesize(base, out=out, parameters=100)
            self.assertEqual(summary["rounds"], 3 * PER_EPOCH)
            self.assertEqual(summary["uplink_payload_bits"], 3 * PER_EPOCH * 32 * kept, density)

    def test_values_take_the_place_of_the_density(self) -> None:
        algorithm = {"name": "sparse", "density": 0.5}
        summary = self.synthesize({"algorithm": algorithm, "epochs": 1}, "--values", "7")
        self.assertEqual(summary["uplink_payload_bits"], 3 * PER_EPOCH * 32 * 7)

    def test_sizes_that_depend_on_the_levels_are_not_made_up(self) -> None:
        by_encoding = self.synthesize({"algorithm": {"name": "qsgd"}, "epochs": 1})[
            "uplink_bits_by_encoding"
        ]
        self.assertEqual(by_encoding["levels=fixed"], 3 * PER_EPOCH * 4 * PARAMETERS)
        self.assertEqual(by_encoding["levels=entropy"], 0)
        self.assertNotIn("levels=vsc", by_encoding)

        base = {"algorithm": {"name": "qsgd"}, "wire": {"levels": "vsc"}, "epochs": 1}
        file = self.write({"name": "made-up", "base": base})
        sizes = ["--parameters", "10", "--iterations-per-epoch", "1"]
        done = self.gradwire("synthesize", file, *sizes, "-o", self.folder / "vsc")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not known: expected one of fixed, elias", done.stderr)

    def auxiliary_iterations(self, variant: str, max_delay: int, out: Path) -> float:
        """Number of iterations in which the send rule's gradients take time, in all workers at once."""
        algorithm = {"name": "lasg", "variant": variant, "max_delay": max_delay}
        compute = {"seconds_per_gradient": 0.5}
        base = {"algorithm": algorithm, "compute": compute, "epochs": 2}
        return self.synthesize(base, out=out)["auxiliary_compute_seconds"] / 0.5

    def test_the_rule_s_gradient_is_charged_from_its_variant_s_first_iteration(self) -> None:
        for max_delay in (2, 5):
            notebook = self.folder / f"notebook{max_delay}"
            paper = self.folder / f"paper{max_delay}"
            iterations = 2 * PER_EPOCH
            found = self.auxiliary_iterations("notebook", max_delay, notebook)
            self.assertAlmostEqual(found, iterations - max_delay)
            found = self.auxiliary_iterations("paper", max_delay, paper)
            self.assertAlmostEqual(found, iterations - 1)

    def test_a_run_that_learns_charges_the_same(self) -> None:
        """Three workers with a rule that never skips."""
        for variant in ("notebook", "paper"):
            algorithm = {"name": "lasg", "variant": variant, "max_delay": 4, "threshold_scale": 0}
            base = {"algorithm": algorithm, "epochs": 2, "compute": {"seconds_per_gradient": 0.5}}
            learned = self.folder / f"learned-{variant}"
            self.run_sweep(self.write(tiny([], **base)), learned)
            (run,) = runs_of(learned)
            real = json.loads((run / "summary.json").read_text())
            made_up = self.synthesize(base, out=self.folder / variant)
            for key in ("iterations", "rounds", "auxiliary_compute_seconds", "compute_seconds"):
                self.assertAlmostEqual(made_up[key], real[key], msg=f"{variant}: {key}")

    def test_low_rank_methods_have_the_tensors_of_the_model(self) -> None:
        """The shipped experiment: MiB that a worker sends in an epoch, to the published digits."""
        file = Path(__file__).parents[2] / "experiments" / "powersgd-traffic.json"
        done = self.gradwire("synthesize", file, "--iterations-per-epoch", "24", "-o", self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = {}
        for run in runs_of(self.out):
            algorithm = json.loads((run / "scenario.json").read_text())["algorithm"]
            bits = json.loads((run / "summary.json").read_text())["uplink_payload_bits"]
            found[algorithm.get("rank", 0)] = round(bits / 16 / 8 / 2**20, 3)
        self.assertEqual(found, {0: 1023.007, 1: 4.205, 2: 7.531, 4: 14.182})
        done = self.gradwire("verify", self.out)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_package_s_variant_alternates_after_its_dense_iterations(self) -> None:
        algorithm = {"name": "powersgd", "variant": "package", "rank": 2, "dense_steps": 3}
        model = {"name": "mlp", "hidden": [512]}
        base = {"algorithm": algorithm, "model": model, "dataset": {"name": "mnist"}, "workers": 3}
        file = self.write({"name": "made-up", "base": base | {"epochs": 1}})
        done = self.gradwire("synthesize", file, "--iterations-per-epoch", "8", "-o", self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        (run,) = runs_of(self.out)
        summary = json.loads((run / "summary.json").read_text())
        floats = 3 * 407050 + 5 * 522 + 3 * 2 * (784 + 512) + 2 * 2 * (512 + 10)
        self.assertEqual(summary["uplink_payload_bits"], 3 * 32 * floats)

    def test_a_size_alone_is_not_enough_for_low_rank(self) -> None:
        file = self.write({"name": "made-up", "base": {"algorithm": {"name": "powersgd"}}})
        sizes = ("--parameters", "1000", "--iterations-per-epoch", "8")
        done = self.gradwire("synthesize", file, *sizes, "-o", self.out)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("--parameters: does not apply to powersgd", done.stderr)

    def test_accuracies_that_only_some_scenarios_have(self) -> None:
        for number, base in enumerate(
            (
                {"top5": True, "baseline": {"metric": "test_top5_accuracy", "above": 0.5}},
                {"dataset": {"name": "cifar10+mnist"}, "model": {"name": "resnet18"}},
                {"dataset": {"name": "cifar10+mnist", "partition": {"kind": "by_source"}}}
                | {"model": {"name": "resnet18"}, "top5": True},
            )
        ):
            out = self.folder / f"extra{number}"
            summary = self.synthesize(base | {"epochs": 2}, out=out)
            self.assertEqual(summary["status"], "finished")
            (run,) = runs_of(out)
            rows = read_csv(run / "metrics.csv")
            self.assertEqual(len(rows), 2)
            extra = [c for c in rows[0] if c.startswith("test_") and c not in BASIC]
            self.assertEqual(
                extra,
                (["test_top5_accuracy"] if base.get("top5") else [])
                + (["test_accuracy_cifar10", "test_accuracy_mnist"] if "dataset" in base else []),
            )
            self.assertEqual({row[column] for row in rows for column in extra}, {"nan"})

    def test_verify_replays_what_was_made_up(self) -> None:
        base = {"algorithm": {"name": "sasg"}, "dataset": {"name": "cifar10"}, "epochs": 2}
        base |= {"model": {"name": "resnet18"}}  # training it would need data and hours
        self.synthesize(base)
        done = self.gradwire("verify", self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 of 1 runs are the same, byte for byte", done.stdout)

        replayed = self.folder / "replayed"
        done = self.gradwire("replay", self.out, "-o", replayed)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.gradwire("verify", replayed)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_verify_sees_that_what_was_made_up_has_changed(self) -> None:
        self.synthesize({"epochs": 1})
        (run,) = runs_of(self.out)
        metrics = (run / "metrics.csv").read_text()
        (run / "metrics.csv").write_text(metrics.replace("\n1", "\n2", 1) + "x\n")
        done = self.gradwire("verify", self.out)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("metrics.csv differs", done.stderr)


BASIC = (
    "iteration,epoch,simulated_seconds,rounds,skipped,uplink_payload_bits,uplink_wire_bytes,"
    "downlink_wire_bytes,train_loss,train_accuracy,test_loss,test_accuracy"
).split(",")

if __name__ == "__main__":
    main()
