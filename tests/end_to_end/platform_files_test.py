"""Platform files of all kinds: simulated dates, refusals, notes and copies.

Dates are compared with those of $GRADWIRE_TWIN, a SimGrid program without code of gradwire.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from support import SOURCE, EndToEnd, Json, main, read_csv, runs_of

CASES = SOURCE / "tests" / "cases"
TWIN = os.environ["GRADWIRE_TWIN"]
CM02 = {
    "model": "CM02",
    "bandwidth-factor": "1",
    "latency-factor": "1",
    "weight-S": "0",
    "TCP-gamma": "4194304",
    "crosstraffic": "no",
}
BYTES = 100_000  # of the model and of each upload
GRADIENT = 0.01  # seconds on a host of 1 Gf
ITERATIONS = 3
INTERNALS = re.compile(
    r"Impossible|signal|CRITICAL|Backtrace|std::|xbt|basic_string|0x[0-9a-f]{4}|\.cpp"
)

# The platform file; its server and workers.
AS_SIMGRID_SAYS = [
    ("routes/floyd", "s,a,b"),
    ("routes/dijkstra", "s,a,b"),
    ("routes/dijkstracache", "s,a,b"),
    ("routes/twoclusters", "s,a,b"),
    ("routes/asym", "s,a,b"),
    ("xml-spelling/multiline", "s,a"),
    ("xml-spelling/tab", "s,a"),
    ("xml-spelling/crlf", "s,a"),
    ("xml-spelling/unitless", "s,a"),
    ("xml-spelling/as4", "s,a"),
    ("profiles/p", "s,a"),
    ("ignored-config/bw", "s,a,b"),
    ("ignored-config/cross", "s,a,b"),
    ("ignored-config/gamma", "s,a,b"),
    ("ignored-config/lat", "s,a,b"),
    ("ignored-config/model", "s,a,b"),
    ("ignored-config/plain", "s,a,b"),
    ("sharing/shared", "s,a,b,d"),
    ("sharing/fat", "s,a,b,d"),
    ("sharing/m", "s,m,m"),  # two workers on a host of two cores
    ("refused/pst", "s,a"),  # invalid for energy only
    ("refused/badlink", "s,a"),
    ("platforms/floyd", "s,a,b"),
    ("platforms/dijkstra", "s,a,b"),
    ("platforms/clusters-of-clusters", "one-0,one-3,two-1,three-0.far"),
    ("platforms/vivaldi-peers", "s,a,b"),
    ("platforms/dragonfly", "node-0,node-5,node-15"),
    ("platforms/torus", "node-0,node-5,node-11"),
    ("platforms/fat-tree", "node-0,node-1,node-5,node-15"),
    ("platforms/bypass", "s,a,b"),
    ("platforms/wan-of-sites", "paris-0,paris-1,lyon-0,lyon-1,nice-1"),
    ("platforms/bandwidth-from-date-0", "s,a,b"),
]

# The platform file; its server and workers; the message. Exit status 2, also from validate.
REFUSED = [
    ("routes/crosszone", "s,a,b", 'no route from host "s" to host "b"'),
    ("routes/noroutes2", "s,a,b", 'no route from host "s" to host "b"'),
    ("routes/vivaldi", "s,a,b", 'a route without a link from host "s" to host "a"'),
    ("routes/oneway", "s,a", 'no route from host "a" to host "s"'),
    ("routes/loopnone", "s,a", r"Empty route \(between s and a\)"),
    ("routes/zerolat", "s,a", 'line 4: <link id="l">: expected a latency'),
    ("xml-spelling/singlequote", "s,a", "<trace_connect>: connects a trace of kind BANDWIDTH"),
    ("xml-spelling/spaced", "s,a", "<trace_connect>: connects a trace of kind BANDWIDTH"),
    ("xml-spelling/as3", "s,a", "<platform>: is of version 3; expected 4 or 4.1"),
    ("xml-spelling/bom", "s,a", "byte order mark"),
    ("xml-spelling/spaceunit", "s,a", "spaceunit.xml:7: unknown unit"),
    ("profiles/q", "s,a", '<host id="a">: sp.profile: line 1: the speed becomes 0'),
    ("profiles/missing", "s,a", '<link id="la">: names the profile .*nosuch.bw: no such file'),
    ("refused/bw0", "s,a", 'link "la": the bandwidth is 0'),
    ("refused/speed0", "s,a", 'host "a": the speed is 0'),
    ("refused/latneg", "s,a", 'link "la": the latency is -0.001'),
    ("refused/duplink", "s,a", "Link 'l' declared several times"),
    ("refused/duphost", "s,a", "second host named 'a'"),
    ("refused/unk", "s,a,b", "sets precision/work-amount, which SimGrid does not know"),
    ("refused/l07", "s,a,b", "sets host/model to ptask_L07"),
]

REFUSED_FOR_ENERGY = [
    ("refused/badlink", 'link "l" .*wattage_range says "5"; expected watts idle:busy'),
    ("refused/pst", '<host id="a">: has 2 speeds, and its wattage_per_state has watts for 1'),
    ("energy/none", 'host "a" has no property wattage_per_state'),
]


def dates(file: Path, hosts: list[str], **settings: object) -> Json:
    """An experiment of known load: 25,000 parameters in the model and in each upload."""
    base: Json = {
        "workers": len(hosts) - 1,
        "max_iterations": ITERATIONS,
        "evaluate_every": 1,
        "batch_size": 2,
        "dataset": {
            "name": "synthetic",
            "train_samples": 60,
            "test_samples": 10,
            "dimension": BYTES // 40 - 1,
            "classes": 10,
        },
        "model": {"name": "logistic"},
        "learning_rate": {"initial": 0.01},
        "compute": {"seconds_per_gradient": GRADIENT, "adding_seconds_per_value": 0},
        "platform": {
            "kind": "file",
            "path": str(file),
            "server": hosts[0],
            "workers": hosts[1:],
        },
    }
    return {"name": "dates", "base": base | settings}


class Platforms(EndToEnd):
    def dates_of(self, results: Path) -> list[float]:
        rows = read_csv(runs_of(results)[0] / "metrics.csv")
        return [float(row["simulated_seconds"]) for row in rows]

    def twin(self, platform: Path, hosts: list[str], uplink: str) -> list[float]:
        arguments = [str(platform), hosts[0], ",".join(hosts[1:]), str(BYTES), str(BYTES)]
        arguments += [str(GRADIENT * 1e9), uplink, str(ITERATIONS), "--log=root.thresh:critical"]
        arguments += [f"--cfg=network/{key}:{value}" for key, value in CM02.items()]
        said = subprocess.run([TWIN, *arguments], capture_output=True, text=True, check=True)
        return [float(line.split()[1]) for line in said.stdout.splitlines()]

    def refuses(self, experiment: Json, says: str) -> None:
        file = self.write(experiment)
        for command in (["validate", file], ["run", file, "-o", self.out]):
            done = self.gradwire(*command)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assert_one_line(done.stderr, r"^\S+x\.json: /base/platform\S*: \S+\.xml", says)
            self.assertNotRegex(done.stderr, INTERNALS)
            self.assertFalse(self.out.exists())


class Dates(Platforms):
    def test_are_those_of_simgrid(self) -> None:
        for name, hosts in AS_SIMGRID_SAYS:
            with self.subTest(name=name):
                platform, names = CASES / f"{name}.xml", hosts.split(",")
                experiment = dates(platform, names)
                experiment["sweep"] = [{"protocol.uplink": ["sequential", "concurrent"]}]
                out = self.folder / name
                self.run_sweep(self.write(experiment), out, "--quiet", "-j", "2")
                for row in read_csv(out / "runs.csv"):
                    metrics = read_csv(out / "runs" / row["id"] / "metrics.csv")
                    ours = [float(line["simulated_seconds"]) for line in metrics]
                    expected = self.twin(platform, names, row["protocol.uplink"])
                    self.assertEqual(len(ours), ITERATIONS)
                    for a, b in zip(ours, expected, strict=True):
                        self.assertAlmostEqual(a, b, delta=1e-9 * max(1, b))

    def test_of_a_wifi_cell_follow_from_its_first_rate(self) -> None:
        # The cell has 8 Mbps, the wire behind the access point 10 MB/s: a message takes 0.1 s and
        # 10 ms. Both models are sent at once and share the cell.
        file = self.write(dates(CASES / "platforms" / "wifi.xml", ["s", "a", "b"]))
        self.run_sweep(file, self.out)
        iteration = (0.01 + 0.2) + GRADIENT + 2 * (0.01 + 0.1)
        for t, date in enumerate(self.dates_of(self.out), 1):
            self.assertAlmostEqual(date, t * iteration, places=9)


class Refusals(Platforms):
    def test_name_file_element_and_advice(self) -> None:
        for name, hosts, says in REFUSED:
            with self.subTest(name=name):
                self.refuses(dates(CASES / f"{name}.xml", hosts.split(",")), says)

    def test_of_watts_come_with_energy(self) -> None:
        for name, says in REFUSED_FOR_ENERGY:
            with self.subTest(name=name):
                self.refuses(dates(CASES / f"{name}.xml", ["s", "a"], energy={}), says)

    def test_an_unknown_host_gets_the_nearest_and_a_way_to_list_them(self) -> None:
        platform = CASES / "platforms" / "torus.xml"
        self.refuses(
            dates(platform, ["node-0", "nodee-3"]),
            r'no host named "nodee-3", did you mean node-3\?; gradwire list hosts \S+ lists its 12',
        )

    def test_a_value_that_is_none_is_refused(self) -> None:
        good = (CASES / "routes" / "floyd.xml").read_text()
        for attribute, value in (
            ("bandwidth", "nan"),
            ("bandwidth", "inf"),
            ("bandwidth", "1e-300"),
            ("latency", "nan"),
            ("latency", "1e308"),
            ("speed", "nan"),
            ("speed", "1e-300f"),
        ):
            with self.subTest(attribute=attribute, value=value):
                bad = re.sub(rf' {attribute}="[^"]*"', f' {attribute}="{value}"', good)
                platform = self.folder / "bad.xml"
                platform.write_text(bad)
                self.refuses(dates(platform, ["s", "a", "b"]), r"bad\.xml: ")

    def test_a_profile_that_never_comes_to_an_end_is_refused(self) -> None:
        shutil.copytree(CASES / "platforms", self.folder / "p")
        (self.folder / "p" / "bandwidth.profile").write_text("0 500000\nPERIODICITY 0\n")
        self.refuses(
            dates(self.folder / "p" / "bandwidth-from-date-0.xml", ["s", "a", "b"]),
            r'<link id="la">: bandwidth.profile: line 2: expected a time above 0 after PERIODICITY',
        )


class Hosts(Platforms):
    def test_of_a_file_are_listed_as_ranges(self) -> None:
        for name, listed in (
            ("torus", "node-[0-11]\n"),
            ("clusters-of-clusters", "one-[0-3]\nthree-[0-1].far\ntwo-[0-3]\n"),
            ("vivaldi-peers", "a\nb\ns\n"),
        ):
            done = self.gradwire("list", "hosts", CASES / "platforms" / f"{name}.xml")
            self.assertEqual((done.returncode, done.stdout), (0, listed), done.stderr)

    def test_a_file_that_is_no_platform_has_none(self) -> None:
        done = self.gradwire("list", "hosts", CASES / "refused" / "duplink.xml")
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, r"duplink\.xml: .*Link 'l' declared several times")

    def test_ranges_stand_for_workers(self) -> None:
        platform = CASES / "platforms" / "torus.xml"
        plain = dates(platform, ["node-0", *(f"node-{m}" for m in (1, 2, 3, 7))])
        ranges = dates(platform, ["node-0", "node-[1-3,7]"], workers=4)
        for experiment, out in ((plain, self.folder / "a"), (ranges, self.folder / "b")):
            self.run_sweep(self.write(experiment), out)
        self.assert_same_results(self.folder / "a", self.folder / "b")

    def test_a_range_that_is_none_is_refused(self) -> None:
        for pattern in ("node-[3-1]", "node-[a]", "node-[1", "node-1]", "node-[0-99999999]"):
            file = self.write(dates(CASES / "platforms" / "torus.xml", ["node-0", pattern]))
            done = self.gradwire("validate", file)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assert_one_line(done.stderr, r"x\.json: /base/platform/workers/0: ")


class Notes(Platforms):
    def notes_of(self, experiment: Json) -> list[str]:
        shutil.rmtree(self.out, ignore_errors=True)
        done = self.run_sweep(self.write(experiment), self.out)
        summary = json.loads((runs_of(self.out)[0] / "summary.json").read_text())
        notes = summary.get("notes", [])
        for note in notes:
            self.assertEqual(done.stderr.count(f"note: {note}\n"), 1)
        return notes

    def test_what_the_files_own_config_would_have_set(self) -> None:
        for name, says in (
            ("bw", r"sets network/bandwidth-factor to 0\.5; .*: 1 \(network_factors\.bandwidth\)"),
            ("lat", r"sets network/latency-factor to 13\.01; .*: 1 \(network_factors\.latency\)"),
            ("gamma", r"sets network/TCP-gamma to 1000; .*4194304 \(network_factors\.tcp_gamma\)"),
            ("cross", r"sets network/crosstraffic to 1; .*: no \(network_factors\.crosstraffic\)"),
            ("model", r"sets network/model to LV08; the scenario decides: CM02 \(network_model\)"),
        ):
            with self.subTest(name=name):
                platform = CASES / "ignored-config" / f"{name}.xml"
                notes = self.notes_of(dates(platform, ["s", "a", "b"]))
                self.assertEqual(len(notes), 1)
                self.assertRegex(notes[0], says)
        plain = CASES / "ignored-config" / "plain.xml"
        self.assertEqual(self.notes_of(dates(plain, ["s", "a", "b"])), [])

    def test_where_the_tcp_window_is_the_limit(self) -> None:
        star = {"kind": "star", "latency": "50ms", "uplink": "1Gbps", "downlink": "1Gbps"}
        experiment = dates(Path(), ["", "", ""], platform=star)
        notes = self.notes_of(experiment)
        self.assertEqual(len(notes), 1)
        # 4194304 bytes in two latencies of 50 ms: 41.94 MB/s.
        self.assertRegex(notes[0], r"window .*4194304 bytes.* 2 of 2 workers: .* above 335\.52Mbps ")
        slow = star | {"uplink": "300Mbps", "downlink": "300Mbps"}
        self.assertEqual(self.notes_of(dates(Path(), ["", "", ""], platform=slow)), [])
        off = dates(Path(), [""] * 3, platform=star, network_factors={"tcp_gamma": 0})
        self.assertEqual(self.notes_of(off), [])


class Failures(Platforms):
    def off_at_start(self, protocol: Json, **settings: object) -> Json:
        platform = CASES / "profiles" / "off-at-start.xml"
        return dates(platform, ["s", "a", "b"], protocol=protocol, **settings)

    def fails(self, experiment: Json, says: str) -> None:
        done = self.gradwire("run", self.write(experiment), "-o", self.out, "--quiet")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, says)
        self.assertNotRegex(done.stderr, INTERNALS)

    def test_a_host_that_is_off_at_first_is_waited_for(self) -> None:
        self.run_sweep(self.write(self.off_at_start({"on_failure": "wait"})), self.out)
        self.assertAlmostEqual(self.dates_of(self.out)[0], 5.23, places=9)

    def test_or_is_absent_until_it_is_there(self) -> None:
        protocol = {"on_failure": "go_on", "timeout": 3}
        settings = {"max_iterations": 24, "epochs": 100}
        self.run_sweep(self.write(self.off_at_start(protocol, **settings)), self.out)
        ends = self.dates_of(self.out)
        for t in range(1, 22):
            self.assertAlmostEqual(ends[t - 1], t * 0.23, places=9)
        summary = json.loads((runs_of(self.out)[0] / "summary.json").read_text())
        self.assertEqual(summary["missed"], 22)  # of b, before the iteration from 5.06 s on

    def test_or_is_named(self) -> None:
        self.fails(self.off_at_start({"on_failure": "stop"}), 'host "b" .* wait or go_on')

    def test_advice_is_not_what_is_set_already(self) -> None:
        never = self.folder / "never.xml"
        never.write_text((CASES / "profiles" / "off-at-start.xml").read_text())
        (self.folder / "off-at-start.profile").write_text("0.05 0\n")
        waits = dates(never, ["s", "a", "b"], protocol={"on_failure": "wait"})
        self.fails(waits, 'host "b" failed and does not return, .* go_on goes on without it')
        for on_failure in ("stop", "wait", "go_on"):
            protocol: Json = {"on_failure": on_failure}
            if on_failure == "go_on":
                protocol["timeout"] = 3
            server = dates(CASES / "profiles" / "srv.xml", ["s", "a"], protocol=protocol)
            self.fails(server, 'host "s" failed: it is the server\'s, .*give the server a host')
            if on_failure == "go_on":
                continue
            link = dates(CASES / "profiles" / "link-off.xml", ["s", "a", "b"], protocol=protocol)
            self.fails(link, 'link "lb" failed with a message on its way')


class Copies(Platforms):
    """The run's folder holds a copy of the platform file."""

    def recorded(self) -> Path:
        shutil.copytree(CASES / "platforms", self.folder / "p")
        platform = self.folder / "p" / "bandwidth-from-date-0.xml"
        single = platform.read_text().replace('"speed.profile"', "'../profiles/speed.profile'")
        platform.write_text(single)
        (self.folder / "profiles").mkdir()
        (self.folder / "p" / "speed.profile").rename(self.folder / "profiles" / "speed.profile")
        self.run_sweep(self.write(dates(platform, ["s", "a", "b"])), self.out)
        return platform

    def test_replays_and_verifies_where_the_original_is_gone(self) -> None:
        self.recorded()
        shutil.rmtree(self.folder / "p")
        shutil.rmtree(self.folder / "profiles")
        again = self.folder / "again"
        done = self.gradwire("replay", self.out, "-o", again)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.dates_of(again), self.dates_of(self.out))
        verified = self.gradwire("verify", "--replay", self.out)
        self.assertEqual(verified.returncode, 0, verified.stderr)

    def test_replays_on_what_was_there_when_the_original_was_edited(self) -> None:
        platform = self.recorded()
        platform.write_text(platform.read_text().replace("1MBps", "7MBps"))
        done = self.gradwire("replay", self.out, "-o", self.folder / "again")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.dates_of(self.folder / "again"), self.dates_of(self.out))

    def test_runs_of_one_platform_share_it_and_take_none_from_where_one_works(self) -> None:
        (self.folder / "platform").mkdir()
        (self.folder / "platform" / "floyd.xml").write_text("something else")
        original = CASES / "routes" / "floyd.xml"
        experiment = dates(original, ["s", "a", "b"])
        experiment["sweep"] = [{"seed": [1, 2, 3]}]
        self.run_sweep(self.write(experiment), self.out, "-j", "1")
        copies = [run / "platform" / "floyd.xml" for run in runs_of(self.out)]
        self.assertEqual({copy.read_bytes() for copy in copies}, {original.read_bytes()})
        self.assertEqual(len({copy.stat().st_ino for copy in copies}), 1)

    def test_an_edited_profile_is_another_run(self) -> None:
        platform = self.recorded()
        (self.folder / "profiles" / "speed.profile").write_text("0 0.25\n")
        self.run_sweep(self.write(dates(platform, ["s", "a", "b"])), self.out)
        self.assertEqual(len(runs_of(self.out)), 2)


if __name__ == "__main__":
    main()
