"""Every row of the table of methods runs, replays and resumes; custom composes ingredients."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from pathlib import Path

from support import EndToEnd, Json, main, read_csv, runs_of, tiny

WITH_INGREDIENTS = {"name": "custom", "send": "lasg", "compress": "qsgd", "levels": 4}
WITH_LOCAL_STEPS = {
    "local_sgd", "post_local_sgd", "k_avg", "sasgd", "hier_avg", "block_momentum", "diloco",
    "fedavg", "fedprox", "fed_adam", "fed_yogi", "qsparse", "cser", "scaffold",
}  # fmt: skip
DECENTRALISED = {
    "d_psgd", "choco", "dcd_psgd", "ecd_psgd", "malcom", "deep_squeeze", "gradient_tracking",
    "push_sum",
}  # fmt: skip
# Replays are refused, and so are other reductions: asynchronous_test.py.
ASYNCHRONOUS = {
    "downpour", "downpour_adagrad", "mdownpour", "easgd", "eamsgd", "fed_async", "fed_buff",
}  # fmt: skip
EXPECT_LINEAR = {"lag_ps"}  # rows that depend on the smoothness of the problem
TENSORS = [8 * 6, 6, 6 * 3, 3]  # of the tiny MLP below
WORKERS = 3


def experiment(sweep: list[Json] | None = None, **base: object) -> Json:
    return tiny(
        sweep or [{"seed": [1]}],
        workers=WORKERS,
        dataset={
            "name": "synthetic",
            "train_samples": 240,
            "test_samples": 60,
            "dimension": 8,
            "classes": 3,
        },
        **{"model": {"name": "mlp", "hidden": [6]}, **base},
    )


def model_for(name: str) -> Json:
    return {"name": "linear"} if name in EXPECT_LINEAR else {"name": "mlp", "hidden": [6]}


class Methods(EndToEnd):
    def names(self) -> list[str]:
        done = self.gradwire("list", "algorithms")
        names = re.findall(r"(?m)^  (\w+) ", done.stdout)
        self.assertIn("qsgd", names)
        return names

    def summary(self, folder: Path) -> Json:
        (run,) = runs_of(folder)
        return json.loads((run / "summary.json").read_text())

    def run_one(self, folder: Path, **base: object) -> Json:
        self.run_sweep(self.write(experiment(**base)), folder)
        return self.summary(folder)

    def refused(self, **base: object) -> str:
        done = self.gradwire("validate", self.write(experiment(**base)))
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def test_each_row_gives_the_same_bytes_again_on_more_threads_and_in_a_replay(self) -> None:
        names = [name for name in self.names() if name not in ASYNCHRONOUS]
        methods = [{"name": name} for name in names]
        sweep = [{"algorithm": methods, "model": [model_for(name) for name in names]}]
        file = self.write(experiment(sweep, compute={"jitter": 0.2}))
        self.run_sweep(file, self.out, "-j", "1")
        self.run_sweep(file, self.folder / "again", "-j", "2")
        self.assert_same_results(self.folder / "again", self.out)

        done = self.gradwire("replay", self.out, "-o", self.folder / "replayed")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_same_results(self.folder / "replayed", self.out)
        for run in runs_of(self.folder / "replayed"):
            self.assertIn("digest", json.loads((run / "summary.json").read_text()))

    def test_each_row_reduces_the_loss(self) -> None:
        for name in self.names():
            with self.subTest(name):
                folder = self.folder / name
                base: Json = {"algorithm": {"name": name, "reduction": "sum"}}
                if name in WITH_LOCAL_STEPS:  # several exchanges, with each row's own reduction
                    base = {"algorithm": {"name": name, "local_steps": 2}, "evaluate_every": 5}
                if name in DECENTRALISED:
                    base = {"algorithm": {"name": name}, "evaluate_every": 5}
                if name in ASYNCHRONOUS:  # some make ten steps between exchanges
                    base = {"algorithm": {"name": name}, "evaluate_every": 1}
                if name == "eamsgd":  # whose momentum makes steps a hundred times as long
                    base["learning_rate"] = {"initial": 0.002}
                self.run_one(folder, model=model_for(name), epochs=4, **base)
                (run,) = runs_of(folder)
                rows = read_csv(run / "metrics.csv")
                self.assertLess(float(rows[-1]["test_loss"]), float(rows[0]["test_loss"]), name)

    def test_bits_of_a_composed_method_equal_the_formula(self) -> None:
        summary = self.run_one(self.out, algorithm=WITH_INGREDIENTS)
        d = sum(TENSORS)
        upload = 32 * len(TENSORS) + d * (1 + math.ceil(math.log2(4 + 1)))
        self.assertGreater(summary["skipped"], 0)
        self.assertEqual(summary["uplink_payload_bits"], summary["rounds"] * upload)
        flags = summary["skipped"]
        self.assertEqual(
            summary["uplink_wire_bytes"], summary["rounds"] * math.ceil(upload / 8) + flags
        )

    def test_other_codes_of_the_same_run_are_a_replay(self) -> None:
        self.run_one(self.out, algorithm={"name": "qsgd"})
        sizes = {}
        for levels in ("fixed", "elias", "vsc"):
            folder = self.folder / levels
            done = self.gradwire("replay", self.out, "-o", folder, "--set", f"wire.levels={levels}")
            self.assertEqual(done.returncode, 0, done.stderr)
            sizes[levels] = self.summary(folder)
        self.assertEqual(
            sizes["elias"]["uplink_payload_bits"], sizes["fixed"]["uplink_payload_bits"]
        )
        self.assertNotEqual(
            sizes["elias"]["uplink_wire_bytes"], sizes["fixed"]["uplink_wire_bytes"]
        )
        for levels, summary in sizes.items():
            by_encoding = summary["uplink_bits_by_encoding"]
            bits = by_encoding["values=float32"] + by_encoding[f"levels={levels}"]
            padding = 8 * summary["uplink_wire_bytes"] - bits  # to whole bytes in each message
            self.assertGreaterEqual(padding, 0, levels)
            self.assertLess(padding, 8 * summary["rounds"], levels)
            self.assertLess(by_encoding["levels=entropy"], by_encoding["levels=vsc"])

    def test_positions_that_both_ends_draw_cost_nothing(self) -> None:
        random_k = {"name": "random_k", "density": 0.1}
        summary = self.run_one(self.out, algorithm=random_k, wire={"index": "seed"})
        kept = sum(max(1, size // 10) for size in TENSORS)
        self.assertEqual(summary["uplink_payload_bits"], summary["rounds"] * 32 * kept)
        self.assertEqual(summary["uplink_wire_bytes"], summary["rounds"] * 4 * kept)

    def test_a_vote_costs_a_bit_per_entry_up_and_down(self) -> None:
        for name in ("signsgd", "signum"):
            summary = self.run_one(self.folder / name, algorithm={"name": name})
            d = sum(TENSORS)
            self.assertEqual(summary["uplink_payload_bits"], summary["rounds"] * d)
            self.assertEqual(summary["uplink_wire_bytes"], summary["rounds"] * math.ceil(d / 8))
            model_then_votes = 4 * d + (summary["rounds"] // WORKERS - 1) * math.ceil(d / 8)
            self.assertEqual(summary["downlink_wire_bytes"], WORKERS * model_then_votes)

    def test_a_compressed_downlink_has_the_size_of_an_upload(self) -> None:
        algorithm = {"name": "sparse", "density": 0.1, "downlink": "compressed"}
        summary = self.run_one(self.out, algorithm=algorithm)
        iterations = summary["rounds"] // WORKERS
        upload = 8 * sum(max(1, size // 10) for size in TENSORS)
        self.assertEqual(summary["uplink_wire_bytes"], summary["rounds"] * upload)
        model_then_messages = 4 * sum(TENSORS) + (iterations - 1) * upload
        self.assertEqual(summary["downlink_wire_bytes"], WORKERS * model_then_messages)

    def test_coded_kept_entries_have_the_bits_of_the_formula(self) -> None:
        kept = sum(max(1, size // 10) for size in TENSORS)
        for values, width in (("quantised", 1 + math.ceil(math.log2(4 + 1))), ("signs", 1)):
            for name in ("sparse", "random_k"):
                algorithm = {"name": name, "density": 0.1, "kept_values": values}
                summary = self.run_one(self.folder / values / name, algorithm=algorithm)
                payload = 32 * len(TENSORS) + kept * width
                self.assertEqual(summary["uplink_payload_bits"], summary["rounds"] * payload)
                upload = math.ceil((payload + 32 * kept) / 8)
                self.assertEqual(summary["uplink_wire_bytes"], summary["rounds"] * upload)

    def test_the_list_groups_the_rows_and_prints_their_sources(self) -> None:
        lines = self.gradwire("list", "algorithms").stdout.splitlines()
        headings = [line[:-1] for line in lines if re.fullmatch(r"\S.*:", line)]
        self.assertEqual(len(headings), len(set(headings)))
        self.assertEqual([headings[0], headings[-1]], ["plain", "composed"])
        of_signs = lines[lines.index("signs:") + 1 :]
        of_signs = of_signs[: of_signs.index("")]
        rows = [line.split()[0] for line in of_signs if re.match(r"  \w", line)]
        self.assertEqual(rows, ["ef_signsgd", "signsgd", "signum", "one_bit"])
        (one_bit,) = (i for i, line in enumerate(of_signs) if line.startswith("  one_bit "))
        self.assertRegex(of_signs[one_bit + 1], r"^ +Source: Seide et al\., .*\.$")
        self.assertRegex(of_signs[one_bit + 2], r"^ +Not verified: the paper's text; .*\.$")
        others = [line for line in lines if line and not re.match(r"  \w|\S.*:$", line)]
        for line in others:
            self.assertRegex(line, r"^ {4,}(Source|Not verified): .*\.$")

    def test_a_run_by_ingredients_is_the_run_of_their_row(self) -> None:
        row = self.folder / "row"
        self.run_one(row, algorithm={"name": "sasg", "density": 0.1})
        ingredients = {
            "name": "custom",
            "send": "lasg",
            "compress": "top_k",
            "memory": "error_feedback",
            "density": 0.1,
            "reduction": "sum",
        }
        self.run_one(self.out, algorithm=ingredients)
        (a,), (b,) = runs_of(row), runs_of(self.out)
        self.assertEqual((a / "metrics.csv").read_bytes(), (b / "metrics.csv").read_bytes())
        self.assertTrue(b.name.startswith("custom-"))

    def test_ingredients_that_make_no_sense_together_are_refused_with_the_reason(self) -> None:
        self.assertIn(
            "/algorithm/memory: identity leaves nothing out",
            self.refused(algorithm={"name": "custom", "memory": "error_feedback"}),
        )
        self.assertIn(
            "multiplies by d/k",
            self.refused(
                algorithm={
                    "name": "custom",
                    "compress": "random_k",
                    "scaling": "unbiased",
                    "memory": "error_feedback",
                }
            ),
        )
        self.assertIn(
            "/algorithm/levels: levels does not belong to any ingredient of this custom",
            self.refused(algorithm={"name": "custom", "compress": "sign", "levels": 4}),
        )
        for algorithm in ({"name": "custom", "compress": "top_k"}, {"name": "sasg"}):
            self.assertIn(
                "/algorithm/levels: levels goes with kept_values quantised only",
                self.refused(algorithm={**algorithm, "levels": 4}),
            )
        self.assertIn(
            "majority_vote counts signs: expected compress sign with scale none, got qsgd",
            self.refused(
                algorithm={"name": "custom", "compress": "qsgd", "server_step": "majority_vote"}
            ),
        )
        self.assertIn(
            "levels does not apply to sgd; it belongs to sparse, sasg, random_k, qsgd, ",
            self.refused(algorithm={"name": "sgd", "levels": 4}),
        )
        self.assertIn(
            "seed goes with random_k only",
            self.refused(algorithm={"name": "sparse"}, wire={"index": "seed"}),
        )
        self.assertIn(
            "name: lag_ps expects model linear, whose smoothness constants are known; got mlp",
            self.refused(algorithm={"name": "lag_ps"}),
        )
        self.assertIn(
            "must be tensor, model, or a whole number in [1, ",
            self.refused(algorithm={"name": "qsgd", "bucket": "tensr"}),
        )
        self.assertIn(
            "did you mean top_k?", self.refused(algorithm={"name": "custom", "compress": "topk"})
        )

    def test_buckets_of_any_length(self) -> None:
        d = sum(TENSORS)
        for bucket, count in ((7, math.ceil(d / 7)), ("model", 1), ("tensor", 4)):
            with self.subTest(bucket):
                folder = self.folder / str(bucket)
                qsgd = {"name": "qsgd", "levels": 1, "bucket": bucket}
                summary = self.run_one(folder, algorithm=qsgd)
                self.assertEqual(
                    summary["uplink_payload_bits"], summary["rounds"] * (32 * count + 2 * d)
                )

    def test_gamma_outside_the_memory_matters_only_when_it_decays(self) -> None:
        def run(where: str, **rate: object) -> bytes:
            folder = self.folder / f"{where}-{len(rate)}"
            ef = {"name": "sparse", "gamma": where, "density": 0.1}
            self.run_one(folder, algorithm=ef, epochs=2, learning_rate={"initial": 0.0625, **rate})
            (only,) = runs_of(folder)
            rows = csv.DictReader(io.StringIO((only / "metrics.csv").read_text()))
            return [row["test_loss"] for row in rows]

        self.assertEqual(run("inside"), run("outside"))  # gamma is a power of two: exact products
        steps = [{"epoch": 1, "factor": 0.25}]
        self.assertNotEqual(run("inside", steps=steps), run("outside", steps=steps))


if __name__ == "__main__":
    main()
