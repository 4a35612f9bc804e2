"""A server in shards as users run it: learning, replays, resumed runs, refusals, the time line."""

from __future__ import annotations

import json
from pathlib import Path

from support import (
    METHODS,
    SOURCE,
    EndToEnd,
    Json,
    main,
    read_csv,
    runs_of,
    tiny,
)

DENSE: list[Json] = [METHODS[0], METHODS[2]]
SPARSE: list[Json] = [METHODS[1], METHODS[3]]
LEARNING = ("iteration", "train_loss", "test_accuracy", "rounds", "skipped", "uplink_payload_bits")
# Slices of the model, and of codes whose sizes depend on their contents.
CLIENTS: list[Json] = [
    {"name": "downpour"},
    {"name": "downpour", "fetch_period": 2, "push_period": 4},
    {"name": "downpour_adagrad", "staleness_exponent": 0.5},
    {"name": "mdownpour", "compress": "sign"},
    {"name": "easgd", "exchange_period": 2, "compress": "qsgd"},
    {"name": "easgd", "centre": "synchronous", "exchange_period": 1},
    {"name": "fed_async", "local_steps": 2},
    {"name": "fed_buff", "local_steps": 2, "buffer_size": 2},
]


def spans_of(run: Path) -> list[Json]:
    events = json.loads((run / "timeline.json").read_text())["traceEvents"]
    return [event for event in events if event["ph"] == "X"]


def threads_of(run: Path) -> dict[int, str]:
    events = json.loads((run / "timeline.json").read_text())["traceEvents"]
    return {event["tid"]: event["args"]["name"] for event in events if event["ph"] == "M"}


def setting_of(run: Path, path: str) -> object:
    value = json.loads((run / "scenario.json").read_text())
    for key in path.split("."):
        value = value[key]
    return value


class Sharded(EndToEnd):
    def same_on_threads(self, file: Path) -> Path:
        """The results with one thread, which are also those with four."""
        one, four = self.folder / "one", self.folder / "four"
        self.run_sweep(file, one, "-j", "2", "--threads", "1", "--timeline", "--quiet")
        self.run_sweep(file, four, "-j", "2", "--threads", "4", "--quiet")
        self.assert_same_results(four, one)
        for run in runs_of(four):
            expected = one / "runs" / run.name / "trace.bin"
            self.assertEqual((run / "trace.bin").read_bytes(), expected.read_bytes())
        done = self.gradwire("verify", four, "--threads", "3")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return one

    def refused(self, base: Json, pattern: str) -> None:
        done = self.gradwire("validate", self.write(tiny([{"seed": [1]}], **base)))
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assert_one_line(done.stderr, pattern)


class ParameterServer(Sharded):
    def experiment(self, methods: list[Json], shards: list[int], **base: object) -> Json:
        settings: Json = {
            "platform": {"server_bandwidth": "1Mbps"},
            "protocol": {"uplink": "concurrent"},
            "wire": {"index": "golomb", "header_bytes": 40},
        }
        sweep: list[Json] = [{"algorithm": methods}]
        if len(shards) > 1:
            sweep.append({"protocol.server_shards": shards})
        else:
            settings["protocol"]["server_shards"] = shards[0]
        return tiny(sweep, **(settings | base))

    def test_the_arithmetic_does_not_depend_on_shards_or_threads(self) -> None:
        methods = [*METHODS, {"name": "qsgd"}, {"name": "ef_signsgd"}, {"name": "fedavg"}]
        results = self.same_on_threads(self.write(self.experiment(methods, [1, 3])))
        learned: dict[str, list[list[tuple[str, ...]]]] = {}
        seconds: dict[str, list[tuple[int, float]]] = {}
        for run in runs_of(results):
            rows = read_csv(run / "metrics.csv")
            name = str(setting_of(run, "algorithm.name"))
            learned.setdefault(name, []).append(
                [tuple(row[c] for c in LEARNING if c in row) for row in rows]
            )
            shards = int(str(setting_of(run, "protocol.server_shards")))
            seconds.setdefault(name, []).append((shards, float(rows[-1]["simulated_seconds"])))
        self.assertEqual(len(learned), len(methods))
        for name, (one, three) in learned.items():
            self.assertEqual(one, three, name)
        for name, pair in seconds.items():
            one, three = (time for _, time in sorted(pair))
            self.assertLess(three, one, f"{name}: three ports carry more than one")

    def test_the_time_line_has_the_shards(self) -> None:
        file = self.write(self.experiment(DENSE[:1], [3]))
        self.run_sweep(file, self.out, "--timeline", "--quiet")
        (run,) = runs_of(self.out)
        names = threads_of(run)
        shards = [tid for tid, name in names.items() if name.startswith("shard ")]
        self.assertEqual(len(shards), 3)
        iterations = int(read_csv(run / "metrics.csv")[-1]["iteration"])
        for tid in shards:
            spans = [span for span in spans_of(run) if span["tid"] == tid]
            kinds = [span["name"] for span in spans]
            self.assertEqual(kinds, ["broadcast", "receive", "handle"] * iterations)
            for before, after in zip(spans, spans[1:]):
                self.assertLessEqual(before["ts"] + before["dur"], after["ts"] + 1e-3)

    def test_replays_change_the_number_where_sizes_follow(self) -> None:
        one, three, there = (self.folder / name for name in ("1", "3", "there"))
        self.run_sweep(self.write(self.experiment(DENSE, [1])), one, "-j", "2", "--quiet")
        self.run_sweep(self.write(self.experiment(DENSE, [3])), three, "-j", "2", "--quiet")
        for recorded, shards, expected in ((one, 3, three), (three, 1, one)):
            out = there / str(shards)
            done = self.gradwire(
                "replay", recorded, "-o", out, f"--set=protocol.server_shards={shards}"
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assert_same_results(out, expected)

    def test_replays_of_other_messages_need_what_was_recorded(self) -> None:
        one, three = self.folder / "1", self.folder / "3"
        self.run_sweep(self.write(self.experiment(SPARSE, [1])), one, "-j", "2", "--quiet")
        self.run_sweep(self.write(self.experiment(SPARSE, [3])), three, "-j", "2", "--quiet")
        changed = ("--set=platform.uplink=1Mbps", "--set=wire.index=int32")
        for shards, status in ((3, 0), (1, 0), (2, 1)):
            out = self.folder / f"to-{shards}"
            number = f"--set=protocol.server_shards={shards}"
            done = self.gradwire("replay", three, "-o", out, number, *changed)
            self.assertEqual(done.returncode, status, done.stderr)
            if status != 0:
                self.assertIn("the messages' slices for 2 shards were not recorded", done.stderr)
                continue
            there = self.folder / f"there-{shards}"
            self.run_sweep(
                self.write(self.experiment(SPARSE, [shards])), there, "-j", "2", *changed, "--quiet"
            )
            self.assert_same_results(out, there)

    def test_killed_it_ends_in_the_same_bytes(self) -> None:
        experiment = self.experiment(
            [METHODS[3] | {"density": 0.2}], [3], epochs=150, evaluate_every=100
        )
        self.assert_same_when_killed(experiment, 5)

    def test_hosts_of_a_platform_file_are_named(self) -> None:
        hosts = ["ps-0", "ps-1", "w-0", "w-1", "w-2"]
        lines = [f'<host id="{host}" speed="1Gf"/>' for host in hosts]
        lines += [f'<link id="{host}" bandwidth="1MBps" latency="1ms"/>' for host in hosts]
        for server in hosts[:2]:
            for worker in hosts[2:]:
                ends = f'<link_ctn id="{server}"/><link_ctn id="{worker}"/>'
                lines.append(f'<route src="{server}" dst="{worker}">{ends}</route>')
        platform = self.folder / "p.xml"
        platform.write_text(
            '<?xml version="1.0"?>\n'
            '<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">\n'
            f'<platform version="4.1"><zone id="z" routing="Full">{"".join(lines)}</zone></platform>'
        )
        base: Json = {
            "platform": {"kind": "file", "path": str(platform), "workers": ["w-[0-2]"]},
            "algorithm": {"name": "sgd"},
            "max_iterations": 1,
            "compute": {"adding_seconds_per_value": 0, "seconds_per_gradient": 0.5},
            "protocol": {"uplink": "concurrent", "server_shards": 2},
        }
        base["platform"]["servers"] = ["ps-[0-1]"]
        self.run_sweep(self.write(tiny([{"seed": [1]}], **base)), self.out, "--quiet")
        (run,) = runs_of(self.out)
        last = read_csv(run / "metrics.csv")[-1]
        d = 8 * 6 + 6 + 6 * 4 + 4
        # Each server's port carries three slices of the model, and back.
        one_way = 2e-3 + 3 * 4 * (d / 2) / 1e6
        self.assertAlmostEqual(float(last["simulated_seconds"]), 0.5 + 2 * one_way, delta=1e-9)
        self.assertEqual(int(last["uplink_wire_bytes"]), 3 * 4 * d)

        place = base["platform"]
        protocol = base["protocol"]
        self.refused(base | {"platform": place | {"servers": ["ps-0"]}}, "servers: must name at least")
        self.refused(base | {"platform": place | {"server": "ps-0"}}, "goes in place of server")
        self.refused(base | {"platform": place | {"servers": ["ps-0", "w-1"]}}, "servers/1: w-1 is")
        worker0 = base | {"protocol": protocol | {"server": "worker0"}}
        self.refused(worker0, "servers/0: must be w-0, the host of worker 0")
        alone = {key: value for key, value in place.items() if key != "servers"}
        self.refused(base | {"platform": alone | {"server": "ps-0"}}, "servers: must name the hosts")

    def test_what_slices_cannot_be_exact_for_is_refused(self) -> None:
        shards = {"server_shards": 2}
        for name, reason in (
            ("powersgd", "factors of whole tensors"),
            ("terngrad", "exchange more than slices"),
            ("signsgd", "in place of the model"),
        ):
            self.refused({"algorithm": {"name": name}, "protocol": shards}, f"server_shards: .*{reason}")
        self.refused({"protocol": shards | {"broadcast": "binomial"}}, "broadcast: must be star")
        for reaction in ({"on_failure": "wait"}, {"on_failure": "go_on", "timeout": 1}):
            self.refused({"protocol": shards | reaction}, "on_failure: must be stop")
        self.refused(
            {"protocol": {"server_shards": 4, "server": "worker0"}}, "must be at most workers .3."
        )
        self.refused(
            {"protocol": {"server": "worker0"}, "platform": {"server_bandwidth": "1Gbps"}},
            "server_bandwidth: goes with protocol.server dedicated",
        )
        self.refused(
            {"protocol": {"kind": "all_reduce"}, "platform": {"server_bandwidth": "1Gbps"}},
            "server_bandwidth: goes with a protocol.kind that has a server",
        )
        self.refused({"protocol": {"kind": "all_reduce", "server_shards": 2}}, "server_shards")
        self.refused({"protocol": {"server_shards": 0}}, "server_shards: must be")


class Asynchronous(Sharded):
    def unequal(self, **base: object) -> Json:
        """Clients of unequal speed; jitter; shards that take their time, one on a slow host."""
        overrides = [{"worker": 1, "speed": "0.6Gf"}, {"worker": 2, "latency": "3ms"}]
        settings: Json = {
            "platform": {"overrides": overrides},
            "wire": {"header_bytes": 40},
            "compute": {"jitter": 0.3, "server_seconds_per_upload": 0.002},
            "protocol": {"server": "worker0", "server_shards": 3},
        }
        return tiny([{"seed": [1]}], **(settings | base))

    def test_one_worker_is_sgd_to_the_bit(self) -> None:
        rows = []
        for algorithm, shards in (({"name": "downpour"}, 3), ({"name": "sgd"}, 1)):
            out = self.folder / str(algorithm["name"])
            experiment = tiny(
                [{"seed": [1]}],
                algorithm=algorithm,
                workers=1,
                evaluate_every=1,
                platform={"latency": "7ms", "uplink": "1Mbps"},
                protocol={"server_shards": shards},
                compute={"server_seconds_per_upload": 0.001},
            )
            self.run_sweep(self.write(experiment), out, "--quiet")
            rows.append(read_csv(runs_of(out)[0] / "metrics.csv"))
        sharded, synchronous = rows
        self.assertEqual(len(sharded), len(synchronous))
        for row, other in zip(sharded, synchronous):
            for column in ("train_loss", "test_loss", "test_accuracy", "uplink_payload_bits"):
                self.assertEqual(row.get(column), other.get(column), column)
            self.assertEqual(row["max_staleness"], "0")

    def test_equal_workers_are_as_stale_as_there_are_others_at_each_shard(self) -> None:
        experiment = tiny(
            [{"seed": [1]}],
            algorithm={"name": "downpour"},
            workers=4,
            protocol={"server_shards": 3},
        )
        self.run_sweep(self.write(experiment), self.out, "--timeline", "--quiet")
        (run,) = runs_of(self.out)
        by_shard: dict[int, list[int]] = {}
        for span in spans_of(run):
            if span["name"] == "apply":
                by_shard.setdefault(span["tid"], []).append(span["args"]["staleness"])
        self.assertEqual(len(by_shard), 3)
        for staleness in by_shard.values():
            # All fetch at the same date, before the first pushes.
            self.assertEqual(staleness[:4], [0, 1, 2, 3])
            self.assertEqual(set(staleness[4:]), {3})
        rows = read_csv(run / "staleness.csv")
        slices = sum(int(row["pushes"]) for row in rows)
        pushes = int(read_csv(run / "metrics.csv")[-1]["rounds"])
        self.assertGreaterEqual(slices, 3 * pushes)
        late = [row for row in read_csv(run / "metrics.csv") if int(row["iteration"]) > 4]
        self.assertTrue(late)
        for row in late:
            self.assertEqual(float(row["mean_staleness"]), 3)

    def test_threads_change_no_byte(self) -> None:
        base = self.unequal()["base"]
        file = self.write({"name": "x", "base": base, "sweep": [{"algorithm": CLIENTS}]})
        results = self.same_on_threads(file)
        self.assertEqual(len(runs_of(results)), len(CLIENTS))
        for run in runs_of(results):
            names = set(threads_of(run).values())
            self.assertLessEqual({"shard 0 of the server", "shard 2 of the server"}, names)
            self.assertIn("pushes of worker 1 to shard 2", names)

    def test_killed_it_ends_in_the_same_bytes(self) -> None:
        experiment = self.unequal(algorithm=CLIENTS[0], epochs=160, evaluate_every=100)
        self.assert_same_when_killed(experiment, 5)

    def test_killed_with_codes_that_vary_it_ends_in_the_same_bytes(self) -> None:
        algorithm = {"name": "easgd", "exchange_period": 1, "compress": "qsgd", "levels": 4}
        wire = {"levels": "elias", "header_bytes": 40}
        long = {"epochs": 160, "evaluate_every": 100}
        self.assert_same_when_killed(self.unequal(algorithm=algorithm, wire=wire, **long), 5)

    def test_failing_hosts_are_refused(self) -> None:
        base: Json = {
            "algorithm": {"name": "downpour"},
            "platform": {
                "kind": "file",
                "path": str(SOURCE / "platforms" / "star10-with-failures.xml"),
                "servers": ["server", "server"],
                "workers": [f"worker-{m}" for m in range(2, 5)],
            },
            "protocol": {"server_shards": 2},
        }
        self.refused(base, "state profiles.*server_shards must be 1 there, got 2")


if __name__ == "__main__":
    main()
