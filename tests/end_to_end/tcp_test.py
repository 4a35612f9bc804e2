"""Recorded runs replayed between real processes over loopback sockets; and calibrate."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import time
import unittest
from pathlib import Path

from support import (METHODS, EndToEnd, Json, interruptible, main, read_csv, runs_of, tiny,
                     wait_until)

TIMES = {"simulated_seconds", "uplink_seconds", "downlink_seconds", "compute_seconds"}  # columns of metrics.csv


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def summary_of(run: Path) -> Json:
    return dict(json.loads((run / "summary.json").read_text()))


def without_times(file: Path) -> list[dict[str, str]]:
    return [{k: v for k, v in row.items() if k not in TIMES} for row in read_csv(file)]


class OverTcp(EndToEnd):
    def setUp(self) -> None:
        super().setUp()
        self.recorded = self.folder / "recorded"
        self.port = free_port()

    def record(self, sweep: list[Json], **base: object) -> None:
        self.run_sweep(self.write(tiny(sweep, **base), "recorded.json"), self.recorded, "-j", "2")

    def serve(self, *arguments: str | Path, **options: object) -> subprocess.Popen[str]:
        return self.start("replay", self.recorded, "--tcp", "server", "--listen",
                          f"127.0.0.1:{self.port}", "-o", self.out, "--timeout", "60", *arguments,
                          **options)

    def worker(self, m: int, *arguments: str | Path, **options: object) -> subprocess.Popen[str]:
        return self.start("replay", *arguments, "--tcp", f"worker={m}", "--connect",
                          f"127.0.0.1:{self.port}", "--timeout", "60", **options)

    def play(self, *arguments: str | Path, workers: range = range(3)) -> list[str]:
        """Runs a server and its workers to the end; returns the workers' output."""
        server = self.serve(*arguments)
        processes = [self.worker(m) for m in workers]
        said, complaints = server.communicate(timeout=120)
        self.assertEqual(server.returncode, 0, complaints)
        self.assertRegex(said, r"(\d+) of \1 runs complete")
        words = []
        for process in processes:
            out, error = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, error)
            words.append(out)
        return words

    def failed(self, process: subprocess.Popen[str], status: int, pattern: str) -> None:
        _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, status, said)
        errors = [line for line in said.splitlines() if re.search(pattern, line)]
        self.assertEqual(len(errors), 1, said)

    def assert_nothing_written(self) -> None:
        runs = self.out / "runs"
        self.assertEqual(list(runs.iterdir()) if runs.exists() else [], [])


class Replay(OverTcp):
    def test_dense_and_sparse_sequential_and_concurrent(self) -> None:
        """Everything except times is as recorded; times are those of real messages."""
        self.record([{"algorithm": METHODS}], compute={"seconds_per_gradient": 1e-4})
        for uplink in ("sequential", "concurrent"):
            with self.subTest(uplink=uplink):
                self.out = self.folder / uplink
                self.port = free_port()
                words = self.play("--set", f"protocol.uplink={uplink}")

                runs = runs_of(self.out)
                self.assertEqual(len(runs), 4)
                total = 0
                skipped = 0
                for run in runs:
                    summary = summary_of(run)
                    was = summary_of(self.recorded_as(run))
                    total += summary["uplink_wire_bytes"]
                    skipped += summary["skipped"]
                    self.assertEqual(without_times(run / "metrics.csv"),
                                     without_times(self.recorded_as(run) / "metrics.csv"))
                    for key in ("status", "rounds", "skipped", "uplink_payload_bits",
                                "uplink_wire_bytes", "downlink_wire_bytes", "iterations", "final"):
                        self.assertEqual(summary[key], was[key], key)
                    self.check_times(run, summary)
                self.assertGreater(skipped, 0, "lazy methods must skip for this to show anything")
                sent = sum(int(re.search(r"(\d+) bytes sent", text)[1]) for text in words)
                self.assertEqual(sent, total)
                rows = read_csv(self.out / "runs.csv")
                self.assertEqual({row["measured"] for row in rows}, {"tcp"})

    def recorded_as(self, run: Path) -> Path:
        name = json.loads((run / "scenario.json").read_text())["algorithm"]["name"]
        return next(r for r in runs_of(self.recorded) if r.name.startswith(name + "-"))

    def check_times(self, run: Path, summary: Json) -> None:
        self.assertEqual(summary["measured"], "tcp")
        self.assertEqual(summary["tcp"]["planned_iterations"], summary["iterations"])
        self.assertTrue(summary["tcp"]["compute"])
        self.assertGreater(summary["tcp"]["round_trip_seconds"], 0)
        for key in ("uplink_seconds", "downlink_seconds", "compute_seconds"):
            self.assertGreater(summary[key], 0, key)
            self.assertLess(summary[key], summary["simulated_seconds"], key)
        # Workers do not sleep too little: each computes one gradient per iteration, in parallel.
        self.assertGreater(summary["compute_seconds"], 0.5 * 1e-4 * summary["iterations"])
        self.assertEqual((run / "trace.bin").read_bytes(),
                         (self.recorded_as(run) / "trace.bin").read_bytes())

    def test_a_part_of_the_iterations_says_so(self) -> None:
        self.record([{"algorithm": METHODS[:1]}])

        self.play("--iterations", "5", "--no-compute", "--timeline")

        (run,) = runs_of(self.out)
        summary = summary_of(run)
        self.assertEqual(summary["status"], "partial")
        self.assertEqual(summary["iterations"], 5)
        self.assertEqual(summary["tcp"]["planned_iterations"], 24)
        self.assertEqual(summary["compute_seconds"], 0)
        recorded = without_times(runs_of(self.recorded)[0] / "metrics.csv")
        self.assertEqual(without_times(run / "metrics.csv"), recorded[:1])  # iteration 4
        events = json.loads((run / "timeline.json").read_text())["traceEvents"]
        self.assertEqual(len([e for e in events if e.get("name") == "upload"]), 15)

        again = self.serve("--iterations", "5", "--no-compute")
        said, _ = again.communicate(timeout=60)
        self.assertEqual(again.returncode, 0)
        self.assertIn("1 of 1 runs complete", said)  # without waiting for workers
        self.failed(self.serve("--iterations", "6", "--no-compute"), 2, "--fresh measures it again")
        report = self.gradwire("report", self.out)
        self.assertEqual(report.returncode, 0, report.stderr)

    def test_a_worker_may_live_with_the_server_and_the_broadcast_be_free(self) -> None:
        self.record([{"algorithm": METHODS[3:]}],
                    protocol={"server": "worker0", "broadcast": "none"})

        self.play("--no-compute", workers=range(1, 3))

        (run,) = runs_of(self.out)
        summary, was = summary_of(run), summary_of(runs_of(self.recorded)[0])
        self.assertEqual(summary["downlink_wire_bytes"], 0)
        self.assertEqual(summary["downlink_seconds"], 0)
        self.assertEqual(summary["uplink_wire_bytes"], was["uplink_wire_bytes"])

    def test_what_was_measured_can_be_simulated_and_is_not_verified(self) -> None:
        self.record([{"algorithm": METHODS[:1]}])
        self.play("--no-compute", "--iterations", "3")

        back = self.folder / "back"
        done = self.gradwire("replay", self.out, "-o", back)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_same_results(back, self.recorded)

        verified = self.gradwire("verify", self.out)
        self.assertEqual(verified.returncode, 2)
        self.assert_one_line(verified.stderr, "was measured over TCP")


class Failures(OverTcp):
    def setUp(self) -> None:
        super().setUp()
        self.record([{"algorithm": METHODS[:1]}])

    def test_a_worker_that_dies_ends_it_for_all(self) -> None:
        server = self.serve("--set", "compute.seconds_per_gradient=0.2")
        workers = [self.worker(m) for m in range(3)]
        wait_until(lambda: any((self.out / "runs").glob(".partial-*")), 60)
        time.sleep(0.3)
        workers[1].kill()

        self.failed(server, 1, r"worker 1 \(127.0.0.1:\d+\) (closed|broke)")
        self.failed(workers[0], 1, "the server at .* (gave up: .*worker 1|closed|broke)")
        self.assert_nothing_written()

    def test_a_server_that_dies_ends_its_workers(self) -> None:
        server = self.serve("--set", "compute.seconds_per_gradient=0.2")
        workers = [self.worker(m) for m in range(3)]
        wait_until(lambda: any((self.out / "runs").glob(".partial-*")), 60)
        server.kill()

        for worker in workers:
            self.failed(worker, 1, "the server at 127.0.0.1:.* closed the connection|broke")

    def test_ctrl_c_ends_both_sides(self) -> None:
        server = self.serve("--set", "compute.seconds_per_gradient=0.2", preexec_fn=interruptible)
        workers = [self.worker(m) for m in range(3)]
        wait_until(lambda: any((self.out / "runs").glob(".partial-*")), 60)
        server.send_signal(signal.SIGINT)

        _, said = server.communicate(timeout=60)
        self.assertEqual(server.returncode, -signal.SIGINT)
        self.assertIn("interrupted: 0 of 1 runs are complete", said)
        self.failed(workers[2], 1, "gave up: it was interrupted|closed the connection|broke")
        self.assert_nothing_written()

    def test_ctrl_c_while_nobody_has_come(self) -> None:
        server = self.serve(preexec_fn=interruptible)
        wait_until(lambda: (self.out / "runs").exists(), 60)
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=60)
        self.assertEqual(server.returncode, -signal.SIGINT)

    def test_nobody_comes(self) -> None:
        server = self.start("replay", self.recorded, "--tcp", "server", "--listen",
                            f"127.0.0.1:{self.port}", "-o", self.out, "--timeout", "0.5")
        worker = self.worker(1)
        self.failed(server, 1, "waited 0.5 s for workers 0, 2, in vain")
        self.failed(worker, 1, "closed the connection|no connection to|gave up")
        self.assert_nothing_written()

    def test_no_server(self) -> None:
        done = self.gradwire("replay", "--tcp", "worker=0", "--connect", f"127.0.0.1:{self.port}",
                             "--timeout", "0.3", "--quiet")
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, f"no connection to 127.0.0.1:{self.port}: ")

    def test_the_port_is_in_use(self) -> None:
        with socket.create_server(("127.0.0.1", self.port)):
            self.failed(self.serve(), 1, f"cannot listen on 127.0.0.1:{self.port}: Address already")
        self.assertFalse(self.out.exists())

    def test_who_does_not_belong_here_is_sent_away(self) -> None:
        """The run completes with the right workers."""
        server = self.serve("--no-compute", "--iterations", "2")
        first = self.worker(0)
        assert server.stderr
        while "worker 0 (" not in (line := server.stderr.readline()):
            self.assertNotEqual(line, "", "the server ended")
        self.failed(self.worker(0), 1, "refused: worker 0 is here already")
        self.failed(self.worker(3), 2, "there is no worker 3: the server's runs have workers 0 to 2")
        with socket.create_connection(("127.0.0.1", self.port)) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
            self.assertEqual(stranger.recv(1), b"")
        with socket.create_connection(("127.0.0.1", self.port)) as newer:
            body = b"\x01" + (0x3150435444524721).to_bytes(8, "little") + b"\x09\0\0\0"
            newer.sendall(len(body).to_bytes(4, "little") + body)
            self.assertIn(b"it speaks version 9 of the protocol, the server version 1",
                          newer.recv(1000))
        calibrate = self.start("calibrate", "--connect", f"127.0.0.1:{self.port}")
        self.failed(calibrate, 2, "the server was started by gradwire replay")

        others = [self.worker(m) for m in (1, 2)]
        server.communicate(timeout=60)
        for process in (server, first, *others):
            process.wait(60)
            self.assertEqual(process.returncode, 0)

    def test_results_on_a_workers_host_must_be_the_servers(self) -> None:
        other = self.folder / "other"
        self.run_sweep(self.write(tiny([{"algorithm": METHODS[1:2]}])), other)
        server = self.serve("--no-compute", "--iterations", "2")
        self.failed(self.worker(0, other), 2, "worker 0's host are not the server's")

        workers = [self.worker(0, self.recorded), self.worker(1), self.worker(2)]
        server.communicate(timeout=60)
        self.assertEqual([w.wait(60) for w in workers], [0, 0, 0])

    def test_wrong_input(self) -> None:
        wrong = [
            (["--tcp", "boss"], "--tcp: must be server, or worker=0"),
            (["--tcp", "worker=x"], "--tcp: must be server, or worker=0"),
            (["--tcp", "worker=1"], "--connect: is missing"),
            (["--tcp", "worker=1", "--connect", "h:0"], "--connect: must be HOST:PORT"),
            (["--tcp", "worker=1", "--connect", "h", "--no-compute"], "--no-compute: belongs to"),
            (["--tcp", "server", "--connect", "h"], "--connect: belongs to the workers"),
            (["--tcp", "server", "--listen", "nowhere.invalid"], "nowhere.invalid is no host"),
            (["--no-compute"], "expect --tcp"),
            (["--tcp", "server", "--set", "protocol.broadcast=binomial"],
             "protocol.broadcast: must be star or none"),
            (["--tcp", "server", "--set", "energy={}"], "energy: cannot be measured over TCP"),
        ]
        for arguments, pattern in wrong:
            with self.subTest(arguments=arguments):
                done = self.gradwire("replay", self.recorded, "-o", self.out, *arguments) \
                    if "worker" not in arguments[1 if len(arguments) > 1 else 0] \
                    else self.gradwire("replay", *arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assert_one_line(done.stderr, pattern)
        self.assertFalse(self.out.exists())
        simulated = self.folder / "simulated"
        self.gradwire("replay", self.recorded, "-o", simulated)
        self.out = simulated
        self.failed(self.serve(), 2, "was simulated; what is measured needs a folder of its own")


class Calibrate(OverTcp):
    def calibrate(self, *arguments: str) -> tuple[Json, str, str]:
        """The platform block, the messages, and the output of the other side."""
        server = self.start("calibrate", "--listen", f"127.0.0.1:{self.port}", "--largest", "1",
                            *arguments)
        other = self.start("calibrate", "--connect", f"127.0.0.1:{self.port}")
        out, text = server.communicate(timeout=120)
        there, error = other.communicate(timeout=60)
        self.assertEqual((server.returncode, other.returncode), (0, 0), text + error)
        return json.loads(out or "{}"), text, there

    def test_it_prints_a_block_that_an_experiment_takes(self) -> None:
        block, text, there = self.calibrate()

        self.assertEqual(json.loads(there), block)
        self.assertRegex(text, r"(?m)^ +1000000 +\d+ +\d+\.\d+ +\d+\.\d+ +[+-]\d+\.\d %$")
        self.assertIn("upload (worker to server)", text)
        self.assertEqual(block["network_factors"]["bandwidth"], 1)
        experiment = tiny([{"algorithm": METHODS[:1]}], **block)
        done = self.gradwire("validate", self.write(experiment))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_factor_is_relative_to_the_nominal_rate(self) -> None:
        file = self.folder / "block.json"
        self.calibrate("--nominal", "1000Gbps", "-o", str(file), "--quiet")

        block = json.loads(file.read_text())
        self.assertEqual(block["platform"]["uplink"], "1Tbps")
        self.assertLess(block["network_factors"]["bandwidth"], 1)

    def test_wrong_input(self) -> None:
        for arguments, pattern in (
            ([], "expects --listen on one host, --connect on the other"),
            (["--listen", "--connect", "h"], "expects --listen on one host"),
            (["--connect", "h", "--nominal", "1Gbps"], "--nominal: belongs to the side that listens"),
            (["--listen", "--nominal", "fast"], "--nominal: must be"),
        ):
            with self.subTest(arguments=arguments):
                done = self.gradwire("calibrate", *arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assert_one_line(done.stderr, pattern)

    def test_the_other_side_dies(self) -> None:
        server = self.start("calibrate", "--listen", f"127.0.0.1:{self.port}", "--largest", "1000",
                            "-o", self.folder / "block.json")
        other = self.start("calibrate", "--connect", f"127.0.0.1:{self.port}")
        assert server.stderr
        while "1000 bytes" not in (line := server.stderr.readline()):
            self.assertNotEqual(line, "", "the server ended")
        other.kill()
        self.failed(server, 1, "closed the connection|broke")
        self.assertFalse((self.folder / "block.json").exists())


if __name__ == "__main__":
    main()
