"""TCP peers that violate the protocol, against the real command on loopback: a hostile server for
workers, hostile workers for the server, and both for calibrate. Each command must end, or continue
with the other peers, in bounded time and memory, with a message that names the peer."""

from __future__ import annotations

import os
import re
import resource
import socket
import struct
import subprocess
import threading
import time
import unittest
from collections.abc import Callable
from pathlib import Path

from support import METHODS, EndToEnd, interruptible, main, tiny

SANITIZED = bool(os.environ.get("GRADWIRE_SANITIZE"))
MEMORY = 200_000_000  # bytes of resident memory; about 30 MB are used today
PATIENCE = 60  # seconds within which a process must end
MAGIC = struct.pack("<Q", 0x3150435444524721)

HELLO, WELCOME, REFUSED, ROUND, READY, GO, REPORT, TIMES, PING, PONG, FINISH, FAILED = range(1, 13)
NAN, INFINITY = float("nan"), float("inf")


def frame(kind: int, *members: bytes) -> bytes:
    body = bytes([kind]) + b"".join(members)
    return struct.pack("<I", len(body)) + body


def text(words: bytes, size: int | None = None) -> bytes:
    return struct.pack("<I", len(words) if size is None else size) + words


def hello(worker: int, purpose: int = 1) -> bytes:
    return frame(HELLO, MAGIC, struct.pack("<IBq", 1, purpose, worker), text(b""))


def round_of(model: int = 10, compute: float = 0.0, upload: int = 10, asked: int = 1) -> bytes:
    return frame(ROUND, struct.pack("<qdqB", model, compute, upload, asked))


def times(there: float = 0.0, computed: float = 0.0, received: int = 0) -> bytes:
    return frame(TIMES, struct.pack("<ddq", there, computed, received))


class Peer:
    """One side of a connection, driven byte by byte."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.socket.settimeout(PATIENCE)
        self.bytes = b""

    def send(self, what: bytes) -> None:
        """Sends, ignoring a closed connection: the other side's output is checked elsewhere."""
        try:
            self.socket.sendall(what)
        except OSError:
            pass

    def send_for_ever(self, what: bytes) -> None:
        try:
            while True:
                self.socket.sendall(what)
        except OSError:
            pass

    def take(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the end of the connection."""
        while len(self.bytes) < size:
            try:
                came = self.socket.recv(1 << 16)
            except OSError:
                came = b""
            if not came:
                break
            self.bytes += came
        result, self.bytes = self.bytes[:size], self.bytes[size:]
        return result

    def frame(self) -> tuple[int, bytes]:
        """Kind and members of the next frame; kind 0 at the end of the connection."""
        head = self.take(4)
        if len(head) < 4:
            return 0, b""
        body = self.take(struct.unpack("<I", head)[0])
        return (body[0], body[1:]) if body else (0, b"")

    def answer_pings(self, pong: bytes | None = None) -> tuple[int, bytes]:
        """Answers pings; returns the first frame that is not a ping."""
        while (came := self.frame())[0] == PING:
            clock = struct.pack("<d", time.monotonic())
            self.send(frame(PONG, clock) if pong is None else pong)
        return came

    def end(self) -> None:
        """Reads until the other side has closed, then closes."""
        while self.take(1 << 16):
            pass
        self.socket.close()


class HostilePeers(EndToEnd):
    def setUp(self) -> None:
        super().setUp()
        self.take_port()

    def take_port(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = int(server.getsockname()[1])
        self.host = f"127.0.0.1:{self.port}"

    def connect(self) -> Peer:
        """Connects as soon as the server listens."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return Peer(socket.create_connection(("127.0.0.1", self.port), PATIENCE))
            except ConnectionRefusedError:
                self.assertLess(time.monotonic(), end)
                time.sleep(0.02)

    def ended(self, process: subprocess.Popen[str], status: int, pattern: str) -> str:
        """Asserts that a process ends within the limits of time and memory, with one matching line;
        returns its output."""
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.extend(process.communicate()))
        reader.start()
        largest = 0
        end = time.monotonic() + PATIENCE
        while reader.is_alive() and time.monotonic() < end:
            largest = max(largest, self.resident(process.pid))
            reader.join(0.02)
        self.assertFalse(reader.is_alive(), "it did not end")
        words = "".join(said)
        self.assertEqual(process.returncode, status, words)
        self.assertEqual(len(re.findall(rf"(?m)^.*(?:{pattern}).*$", words)), 1, words)
        self.assertNotRegex(words, "std::|json.exception|bad_alloc|basic_string|[^ -~\n]")
        if not SANITIZED:
            self.assertLess(largest, MEMORY)
        return words

    @staticmethod
    def resident(pid: int) -> int:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return 0
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return 1000 * int(found[1]) if found else 0


class HostileServer(HostilePeers):
    """Hostile servers for a worker, and for the connecting side of calibrate."""

    def against(self, act: Callable[[Peer], None], status: int, pattern: str, *command: str,
                timeout: int = 20) -> str:
        with socket.create_server(("127.0.0.1", self.port)) as listener:
            listener.settimeout(PATIENCE)

            def serve() -> None:
                with listener.accept()[0] as connection:
                    peer = Peer(connection)
                    peer.frame()  # hello
                    act(peer)

            worker = self.start(*(command or ("replay", "--tcp", "worker=0")), "--connect", self.host,
                                "--timeout", str(timeout))
            server = threading.Thread(target=serve)
            server.start()
            try:
                return self.ended(worker, status, pattern)
            finally:
                worker.kill()
                server.join()

    def test_rounds_that_cannot_be(self) -> None:
        wrong = {
            "a model of -1 bytes, must be 1 to": round_of(model=-1),
            "a model of -9223372036854775808 bytes": round_of(model=-(1 << 63)),
            "a model of 9223372036854775807 bytes": round_of(model=(1 << 63) - 1),
            "a model of 0 bytes": round_of(model=0),
            "an upload of -1 bytes": round_of(upload=-1),
            "an upload of 1000000000000001 bytes": round_of(upload=10**15 + 1),
            "a computation of -?nan s": round_of(compute=NAN),
            "a computation of inf s": round_of(compute=INFINITY),
            "a computation of -1 s": round_of(compute=-1),
            "asked is 2": round_of(asked=2),
            "frame 4 ends too early": frame(ROUND, struct.pack("<q", 10)),
            "1 bytes too many in frame 4": frame(ROUND, struct.pack("<qdqB", 1, 0, 1, 1), b"x"),
        }
        for pattern, words in wrong.items():
            with self.subTest(pattern):
                def act(peer: Peer, words: bytes = words) -> None:
                    peer.send(frame(WELCOME) + words)
                    peer.frame()  # if it were ready, it would read what follows as a model
                    peer.send(b"x" * 1000)
                    peer.end()

                self.against(act, 1, f"gradwire: the server at {self.host} does not speak gradwire's "
                                     f"protocol: {pattern}")

    def test_frames_that_cannot_be(self) -> None:
        wrong = {
            "a frame of 0 bytes, must be 1 to 65536": struct.pack("<I", 0),
            "a frame of 65537 bytes": struct.pack("<I", 65537),
            "a frame of 4294967295 bytes": b"\xff" * 8,
            "there is no frame 99": frame(99),
            "frame 8 where": times(),
            "a text of 4294967295 bytes, 3 are left": frame(FAILED, text(b"abc", 0xFFFFFFFF)),
            "a text of 20000 bytes, 20004 are left and 16384 may be":
                frame(FINISH, text(b"x" * 20000), text(b"")),
        }
        for pattern, words in wrong.items():
            for before in (b"", frame(WELCOME)):
                if not before and words[4:5] in (bytes([TIMES]), bytes([FINISH])):
                    continue  # "is no gradwire server"
                with self.subTest(pattern, welcome=bool(before)):
                    def act(peer: Peer, words: bytes = before + words) -> None:
                        peer.send(words)
                        peer.end()

                    if pattern.startswith("frame 8"):
                        self.against(act, 1, "sent what does not belong here .frame 8.")
                    else:
                        self.against(act, 1, pattern)

    def test_a_server_that_says_half_a_welcome(self) -> None:
        def act(peer: Peer) -> None:
            for byte in frame(REFUSED, b"\0", text(b"x" * 1000))[:50]:
                peer.send(bytes([byte]))
                time.sleep(0.1)
            peer.end()

        begin = time.monotonic()
        self.against(act, 1, "nothing came for 1 s; waited for an answer from the server", timeout=1)
        self.assertLess(time.monotonic() - begin, 30)

    def test_a_flood_of_questions_without_taking_the_answers(self) -> None:
        def act(peer: Peer) -> None:
            peer.send(frame(WELCOME))
            peer.send_for_ever(frame(PING) * 10_000)

        self.against(act, 1, f"the server at {self.host} (does not speak gradwire's protocol: it sends "
                             "what nobody asked for|asks on and on)")

    def test_questions_one_by_one_without_taking_the_answers(self) -> None:
        def act(peer: Peer) -> None:
            peer.send(frame(WELCOME))
            end = time.monotonic() + PATIENCE
            try:
                while time.monotonic() < end:
                    for _ in range(1000):
                        peer.socket.sendall(frame(PING))
            except OSError:
                pass

        self.against(act, 1, f"the server at {self.host} (does not speak gradwire's protocol: it sends "
                             "what nobody asked for|asks on and on)")

    def test_reports_before_the_upload_has_left(self) -> None:
        """Unbounded reports would accumulate in memory."""
        def act(peer: Peer) -> None:
            peer.send(frame(WELCOME))
            peer.send(round_of(model=1, upload=10**15, asked=0))
            peer.frame()  # ready
            peer.send(b"m")
            peer.take(1)  # the upload has begun
            peer.send(frame(REPORT))
            peer.end()

        self.against(act, 1, f"the server at {self.host} asked for a report before the upload had left")

    def test_words_that_would_write_on_the_terminal(self) -> None:
        evil = b"\033[2J\033]0;owned\007gradwire: all is well\r\n\x9b31m" + b"x" * 10_000
        for words, status in ((frame(REFUSED, b"\0", text(evil)), 1),
                              (frame(REFUSED, b"\1", text(evil)), 2),
                              (frame(WELCOME) + frame(FAILED, text(evil)), 1)):
            with self.subTest(words[4]):
                def act(peer: Peer, words: bytes = words) -> None:
                    peer.send(words)
                    peer.end()

                said = self.against(act, status, r"(refused|gave up): \?\[2J\?\]0;owned\?gradwire: all")
                self.assertLess(len(said), 1000)

    def test_calibrate_takes_no_block_that_is_none(self) -> None:
        out = self.folder / "block.json"
        for block, pattern in ((b"\033[31m{}", "platform block: line 1, column 1"),
                               (b"[1]", "platform block has no platform"),
                               (b"[" * 10_000, "nested too deeply"), (b"", "is empty")):
            with self.subTest(block[:10]):
                def act(peer: Peer, block: bytes = block) -> None:
                    peer.send(frame(WELCOME) + frame(FINISH, text(b"a table"), text(block)))
                    peer.end()

                self.against(act, 1, pattern, "calibrate", "-o", str(out))
                self.assertFalse(out.exists())


class HostileWorker(HostilePeers):
    """Hostile workers for a server."""

    def setUp(self) -> None:
        super().setUp()
        self.recorded = self.folder / "recorded"
        experiment = tiny([{"algorithm": METHODS[:1]}], workers=2)
        self.run_sweep(self.write(experiment), self.recorded)

    def serve(self, timeout: int = 2, **options: object) -> subprocess.Popen[str]:
        self.take_port()
        self.out = self.folder / f"out-{self.port}"
        return self.start("replay", self.recorded, "--tcp", "server", "--listen", self.host, "-o",
                          self.out, "--no-compute", "--iterations", "3", "--timeout", str(timeout),
                          **options)

    def honest_worker(self, m: int) -> subprocess.Popen[str]:
        return self.start("replay", "--tcp", f"worker={m}", "--connect", self.host, "--timeout", "60")

    def admitted(self, m: int = 0) -> Peer:
        peer = self.connect()
        peer.send(hello(m))
        self.assertEqual(peer.frame()[0], WELCOME)
        return peer

    def against(self, act: Callable[[Peer], None], pattern: str) -> None:
        """Runs `act` as worker 0, together with an honest worker 1."""
        server = self.serve()
        peer = self.admitted()
        honest = self.honest_worker(1)
        acting = threading.Thread(target=lambda: (act(peer), peer.end()))
        acting.start()
        self.ended(server, 1, pattern)
        acting.join(PATIENCE)
        self.assertEqual(honest.wait(PATIENCE), 1)
        self.assertEqual(list((self.out / "runs").iterdir()), [])

    @staticmethod
    def play(peer: Peer, ready: bytes = frame(READY), report: bytes | None = None,
             pong: bytes | None = None) -> None:
        """Plays one round."""
        kind, members = peer.answer_pings(pong)
        if kind != ROUND:
            return
        model, _, upload, _ = struct.unpack("<qdqB", members)
        peer.send(ready)
        peer.take(model)
        if peer.frame()[0] != GO:
            return
        peer.send(b"u" * upload)
        if peer.frame()[0] == REPORT:
            peer.send(times(time.monotonic(), time.monotonic(), model) if report is None else report)

    def test_answers_that_cannot_be(self) -> None:
        name = r"worker 0 \(127.0.0.1:\d+\)"
        bad = f"{name} does not speak gradwire's protocol: "
        wrong: dict[str, dict[str, bytes]] = {
            bad + "a clock of -?nan s": {"pong": frame(PONG, struct.pack("<d", NAN))},
            bad + "a clock of inf s": {"pong": frame(PONG, struct.pack("<d", INFINITY))},
            bad + "frame 5 where 10 was expected": {"pong": frame(READY)},
            bad + "frame 10 ends too early": {"pong": frame(PONG, b"123")},
            bad + "frame 8 where 5 was expected": {"ready": times()},
            bad + "what was received of -5 bytes": {"report": times(received=-5)},
            bad + "a clock of -?nan s.": {"report": times(there=NAN)},
            bad + "a clock of 1e\\+300 s": {"report": times(computed=1e300)},
            name + " reports 3 bytes of a model of": {"report": times(received=3)},
            name + r" gave up: \?\[31mno": {"report": frame(FAILED, text(b"\033[31mno"))},
            bad + "a frame of 4294967295 bytes": {"report": b"\xff" * 4},
        }
        for pattern, arguments in wrong.items():
            with self.subTest(pattern):
                self.against(lambda peer, arguments=arguments: self.play(peer, **arguments), pattern)

    def test_a_flood_while_the_server_waits_for_others(self) -> None:
        self.against(lambda peer: peer.send_for_ever(times() * 10_000),
                     "worker 0 .* does not speak gradwire's protocol: it sends what nobody asked for")

    def test_half_an_answer(self) -> None:
        """A byte now and then does not extend the server's timeout."""
        begin = time.monotonic()
        self.against(self.trickle,
                     "nothing came for 2 s; waited for worker 0 .* to be ready")
        self.assertLess(time.monotonic() - begin, 30)

    @staticmethod
    def trickle(peer: Peer) -> None:
        peer.answer_pings()
        try:
            for byte in struct.pack("<I", 60_000) + b"x" * 60:
                peer.socket.sendall(bytes([byte]))
                time.sleep(0.2)
        except OSError:
            pass

    def test_a_worker_that_does_not_take_the_model(self) -> None:
        self.against(lambda peer: (peer.answer_pings(), peer.send(frame(READY)), time.sleep(4)),
                     "nothing came for 2 s; waited for the upload of worker 0")

    def complete(self, server: subprocess.Popen[str], *workers: subprocess.Popen[str]) -> str:
        _, said = server.communicate(timeout=PATIENCE)
        self.assertEqual(server.returncode, 0, said)
        for worker in workers:
            worker.communicate(timeout=PATIENCE)
            self.assertEqual(worker.returncode, 0)
        return said

    def test_strangers_that_say_nothing_delay_nobody(self) -> None:
        server = self.serve(timeout=60)
        begin = time.monotonic()
        strangers = [self.connect() for _ in range(200)]
        for i, stranger in enumerate(strangers):
            stranger.send((b"", hello(0)[:9], b"\x00\x01\x00\x00" + b"x" * 100)[i % 3])
        workers = [self.honest_worker(m) for m in range(2)]
        self.complete(server, *workers)
        self.assertLess(time.monotonic() - begin, 40)
        for stranger in strangers:
            stranger.socket.close()

    def test_without_descriptors_it_waits_and_does_not_spin(self) -> None:
        def few_files() -> None:
            interruptible()
            resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))

        server = self.serve(timeout=60, preexec_fn=few_files)
        strangers = [self.connect() for _ in range(100)]
        before = self.processor_seconds(server.pid)
        time.sleep(3)
        self.assertLess(self.processor_seconds(server.pid) - before, 1.0)
        workers = [self.honest_worker(m) for m in range(2)]
        said = self.complete(server, *workers)
        self.assertIn("cannot accept more connections: Too many open files (see ulimit -n)", said)
        self.assertLess(said.count("\n"), 80)
        for stranger in strangers:
            stranger.socket.close()

    @staticmethod
    def processor_seconds(pid: int) -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_who_comes_and_goes_does_not_hold_the_server(self) -> None:
        server = self.serve()
        stopped = threading.Event()

        def restless() -> None:
            while not stopped.is_set():
                try:
                    peer = Peer(socket.create_connection(("127.0.0.1", self.port), PATIENCE))
                    peer.send(hello(0))
                    peer.frame()
                    peer.socket.close()
                except OSError:  # the server does not listen yet, or no longer
                    time.sleep(0.02)

        acting = threading.Thread(target=restless)
        acting.start()
        said = self.ended(server, 1, "waited 2 s for workers? (0, )?1, in vain")
        stopped.set()
        acting.join(PATIENCE)
        self.assertLess(said.count("\n"), 80)


class HostileCalibration(HostilePeers):
    def against(self, act: Callable[[Peer], None], pattern: str) -> None:
        self.take_port()
        server = self.start("calibrate", "--listen", self.host, "--largest", "1", "--timeout", "2")
        peer = self.connect()
        peer.send(hello(0, purpose=2))
        acting = threading.Thread(target=lambda: (peer.frame(), act(peer), peer.end()))
        acting.start()
        said = self.ended(server, 1, pattern)
        self.assertNotIn("{", said)
        acting.join(PATIENCE)

    def test_answers_that_cannot_be(self) -> None:
        self.against(lambda peer: peer.answer_pings(frame(READY)), "frame 5 where 10 was expected")
        self.against(lambda peer: (peer.answer_pings(), peer.send(frame(GO))),
                     "frame 6 where 5 was expected")
        self.against(lambda peer: peer.send_for_ever(frame(PONG, b"12345678") * 1000),
                     "it sends what nobody asked for")

    def test_a_report_of_another_size(self) -> None:
        def act(peer: Peer) -> None:
            peer.answer_pings()  # the round
            peer.send(frame(READY))
            peer.take(1)
            peer.answer_pings()  # go
            peer.send(b"u")
            peer.frame()
            peer.send(times(received=7))

        self.against(act, r"127.0.0.1:\d+ reports 7 bytes of a model of 1")


if __name__ == "__main__":
    main()
