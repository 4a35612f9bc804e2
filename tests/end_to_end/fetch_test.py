"""gradwire data fetch against a web server that cuts, corrupts, stalls and misreports downloads.

The program under test is a copy of gradwire next to another gradwire-fetch, whose catalogue holds
small datasets ($SMALL_CATALOGUE) and which waits only milliseconds between attempts. The last tests
use the real gradwire-fetch and Debian's Fashion-MNIST.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import pty
import random
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tarfile
import tempfile
import threading
from pathlib import Path

import support
import web
from support import EndToEnd, Json, fill, idx, interruptible, main, wait_until
from web import Web

REAL = support.GRADWIRE
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
IMAGES = "train-images-idx3-ubyte.gz"
LABELS = "train-labels-idx1-ubyte.gz"
ARCHIVE = "cifar-10-binary.tar.gz"
UNPACKED = "cifar-10-batches-bin"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def kept(name: str, content: bytes) -> tuple[Json, bytes]:
    """A gzip file's catalogue entry, and its bytes."""
    data = gzip.compress(content, mtime=0)
    entry = {
        "name": name,
        "bytes": len(data),
        "sha256": sha256(data),
        "content_bytes": len(content),
        "content_sha256": sha256(content),
    }
    return entry, data


def tar_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


NOISE = random.Random(1)
CONTENT = {
    IMAGES: idx(NOISE.randbytes(100_000), 1000, 10, 10),
    LABELS: idx(bytes(i % 10 for i in range(1000)), 1000),
}
MNIST = {name: kept(name, content) for name, content in CONTENT.items()}
SIZE = len(MNIST[IMAGES][1])
BATCHES = {"data_batch_1.bin": NOISE.randbytes(30_000), "test_batch.bin": NOISE.randbytes(20_000)}
TAR = tar_of(
    {f"{UNPACKED}/{name}": content for name, content in BATCHES.items()}
    | {f"{UNPACKED}/batches.meta.txt": b"cat\ndog\n"}
    | {f"{UNPACKED}/readme.html": b"<html>", "../evil": b"evil", "evil": b"evil"}
)
CIFAR: Json = {
    "name": ARCHIVE,
    "bytes": len(TAR),
    "sha256": sha256(TAR),
    "folder": UNPACKED,
    "members": [
        {"name": name, "bytes": len(content), "sha256": sha256(content)}
        for name, content in BATCHES.items()
    ],
    "texts": ["batches.meta.txt"],
}


class Fetch(EndToEnd):
    program: Path

    @classmethod
    def setUpClass(cls) -> None:
        place = Path(tempfile.mkdtemp(prefix="gradwire-"))
        cls.addClassCleanup(shutil.rmtree, place)
        place.chmod(0o755)
        shutil.copy(REAL, place / "gradwire")
        shutil.copy(os.environ["GRADWIRE_FETCH_SMALL"], place / "gradwire-fetch")
        cls.addClassCleanup(setattr, support, "GRADWIRE", REAL)
        support.GRADWIRE = str(place / "gradwire")

    def setUp(self) -> None:
        super().setUp()
        self.web = Web()
        self.addCleanup(self.web.close)
        for folder in ("official/", "mirror/"):
            for name, (_, data) in MNIST.items():
                self.web.files[folder + name] = data
            self.web.files[folder + ARCHIVE] = TAR
        self.data = self.folder / "data"
        self.mnist = self.data / "mnist"
        self.part = self.mnist / (IMAGES + ".part")
        self.offer(self.web.url("official/"), self.web.url("mirror/"))

    def offer(self, *addresses: str) -> None:
        files = {"mnist": [entry for entry, _ in MNIST.values()], "cifar10": [CIFAR]}
        files |= {"fashion-mnist": files["mnist"], "cifar100": files["cifar10"]}
        catalogue = [
            {"name": name, "addresses": addresses, "files": of} for name, of in files.items()
        ]
        (self.folder / "catalogue.json").write_text(json.dumps(catalogue))

    def environment(self) -> dict[str, str]:
        rest = {k: v for k, v in super().environment().items() if not k.lower().endswith("_proxy")}
        return rest | {"SMALL_CATALOGUE": str(self.folder / "catalogue.json")}

    def fault(self, *faults: web.Fault, path: str = "official/" + IMAGES) -> None:
        self.web.faults[path] = list(faults)

    def fetch(
        self, *arguments: str | Path, name: str = "mnist", status: int = 0, timeout: float = 30.0
    ) -> subprocess.CompletedProcess[str]:
        command = ["data", "fetch", name, "--timeout", str(timeout), *arguments]
        if "--data" not in arguments:
            command += ["--data", self.data]
        done = self.gradwire(*command)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def start_fetch(self, **options: object) -> subprocess.Popen[str]:
        return self.start("data", "fetch", "mnist", "--data", self.data, **options)

    def ranges(self, path: str = "official/" + IMAGES) -> list[str]:
        return [wanted for requested, wanted in self.web.requests if requested == path]

    def names(self) -> list[str]:
        return sorted(p.name for p in self.mnist.iterdir())

    def assert_mnist_is_good(self) -> None:
        self.assertEqual(self.names(), sorted(MNIST))
        for name, (_, data) in MNIST.items():
            self.assertEqual((self.mnist / name).read_bytes(), data)

    def assert_nothing_is_kept(self) -> None:
        self.assertEqual([p for p in self.data.rglob("*") if p.is_file()], [])


class Downloads(Fetch):
    def test_all_files_are_downloaded(self) -> None:
        done = self.fetch()

        self.assertEqual(done.stdout, f"mnist: now in {self.mnist}, SHA-256 right\n")
        self.assertEqual(
            done.stderr.splitlines()[0],
            f"{IMAGES}: {SIZE} bytes from {self.web.url('official/' + IMAGES)}",
        )
        self.assert_mnist_is_good()
        self.assertEqual(self.web.paths(), ["official/" + name for name in MNIST])

    def test_what_is_there_and_good_is_left_alone(self) -> None:
        self.fetch()
        before = {p: p.stat().st_mtime_ns for p in self.mnist.iterdir()}
        self.web.requests.clear()

        done = self.fetch()

        self.assertEqual(done.stdout, f"mnist: already in {self.mnist}, SHA-256 right\n")
        self.assertEqual(done.stderr, "")
        self.assertEqual(self.web.requests, [])
        self.assertEqual({p: p.stat().st_mtime_ns for p in self.mnist.iterdir()}, before)

    def test_the_same_content_in_other_files_is_good(self) -> None:
        self.mnist.mkdir(parents=True)
        (self.mnist / "train-images.idx3-ubyte").write_bytes(CONTENT[IMAGES])
        (self.mnist / LABELS).write_bytes(gzip.compress(CONTENT[LABELS], 1))

        self.assertIn("already in", self.fetch().stdout)
        self.assertEqual(self.web.requests, [])

    def test_only_what_is_missing_is_downloaded(self) -> None:
        self.fetch()
        (self.mnist / LABELS).unlink()
        self.web.requests.clear()

        self.fetch()

        self.assertEqual(self.web.paths(), ["official/" + LABELS])
        self.assert_mnist_is_good()

    def test_several_data_sets_and_by_default_all(self) -> None:
        self.gradwire("data", "fetch", "mnist", "cifar10", "--data", self.data)
        self.assertEqual(sorted(os.listdir(self.data)), ["cifar10", "mnist"])

        done = self.gradwire("data", "fetch", "--data", self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        states = [line.split(" in ")[0] for line in done.stdout.splitlines()]
        expected = ["mnist: already", "fashion-mnist: now", "cifar10: already", "cifar100: now"]
        self.assertEqual(states, expected)
        self.assertTrue((self.data / "cifar100" / UNPACKED).is_dir())

    def test_one_that_fails_does_not_keep_others_away(self) -> None:
        for folder in ("official/", "mirror/"):
            self.fault(web.status(404).for_ever(), path=folder + ARCHIVE)

        done = self.gradwire("data", "fetch", "cifar10", "mnist", "--data", self.data)

        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot download cifar10", done.stderr)
        self.assert_mnist_is_good()

    def test_from_replaces_all_addresses(self) -> None:
        for slash in ("", "/"):
            shutil.rmtree(self.data, ignore_errors=True)
            self.fetch("--from", self.web.url("mirror" + slash))
            self.assert_mnist_is_good()
        self.assertEqual({p.split("/")[0] for p in self.web.paths()}, {"mirror"})

    def test_a_redirection_is_followed(self) -> None:
        self.fault(web.redirect(self.web.url("mirror/" + IMAGES)))

        self.fetch()

        self.assert_mnist_is_good()

    def test_quiet_says_only_how_it_ended(self) -> None:
        done = self.fetch("--quiet")
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.stdout.count("\n"), 1)

    def test_standard_output_that_cannot_be_written_is_an_error(self) -> None:
        with open("/dev/full", "w") as full:
            done = self.gradwire(
                "data", "fetch", "mnist", "--data", self.data, stdout=full, stderr=subprocess.PIPE
            )
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"gradwire: cannot write to standard output\n$")
        self.assert_mnist_is_good()

    def test_a_terminal_shows_a_line_that_goes_away(self) -> None:
        then = threading.Event()
        self.fault(web.hold(50_000, then))
        terminal, end = pty.openpty()
        process = self.start_fetch(stderr=end, terminal="xterm")
        os.close(end)
        shown = b""
        try:
            while block := os.read(terminal, 4096):
                shown += block
                if b"50.0 kB of" in shown:
                    then.set()
        except OSError:
            pass  # the other end is closed: there is no more output
        os.close(terminal)
        process.communicate()

        text = shown.decode()
        self.assertEqual(process.returncode, 0)
        self.assertRegex(text, rf"\r\x1b\[K{IMAGES}: 50\.0 kB of \d+\.\d kB \(\d+ %\), ")
        self.assertIn(f"\r\x1b[K{LABELS}: ", text.replace("\x1b[K\r", ""))


class Places(Fetch):
    def fetch_with(self, status: int = 0, **variables: str) -> str:
        environment = self.environment() | variables
        done = subprocess.run(
            [support.GRADWIRE, "data", "fetch", "mnist"],
            env={k: v for k, v in environment.items() if v},
            capture_output=True,
            text=True,
            check=False,
            timeout=support.PATIENCE,
        )
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout + done.stderr

    def test_without_data_the_environment_says_where(self) -> None:
        self.fetch_with(GRADWIRE_DATA=str(self.data))
        self.assert_mnist_is_good()

    def test_without_anything_it_is_the_cache(self) -> None:
        self.fetch_with(HOME=str(self.folder))
        self.assertTrue((self.folder / ".cache/gradwire/mnist" / IMAGES).is_file())

    def test_a_good_copy_in_another_usual_place_will_do(self) -> None:
        self.fetch_with(HOME=str(self.folder))
        text = self.fetch_with(HOME=str(self.folder), GRADWIRE_DATA=str(self.data))
        self.assertIn(f"already in {self.folder}/.cache/gradwire/mnist", text)
        self.assertFalse(self.data.exists())

    def test_no_place_at_all_is_an_error(self) -> None:
        self.assertRegex(self.fetch_with(status=2, HOME=""), "no place for data: say --data DIR")

    def test_something_else_under_that_name_is_left_alone(self) -> None:
        self.mnist.mkdir(parents=True)
        mine = self.mnist / "train-images-idx3-ubyte"
        for content, says in (
            (CONTENT[IMAGES][:-1] + b"\xff", "is not the original: the SHA-256"),
            (CONTENT[IMAGES][:-1], "the file ends here"),
            (CONTENT[IMAGES] + b"\0", "expected the end of the file"),
        ):
            mine.write_bytes(content)
            done = self.fetch(status=2)
            self.assert_one_line(done.stderr, rf"{mine}: .*{says}", "nothing was changed: move it")
            self.assertEqual(mine.read_bytes(), content)
        self.assertEqual(self.names(), [mine.name])
        self.assertEqual(self.web.requests, [])

    def test_unknown_names_and_addresses_are_refused(self) -> None:
        for arguments, says in (
            (["mnits"], 'data set "mnits" cannot be fetched, did you mean mnist\\?$'),
            (["imagenet"], "expected mnist, fashion-mnist, cifar10, cifar100$"),
            (["synthetic"], "expected mnist, "),
            (["mnist", "--from", "ftp://x/"], "--from: expected an address that begins with http"),
            (["mnist", "--timeout", "0"], "--timeout"),
        ):
            with self.subTest(arguments=arguments):
                done = self.gradwire("data", "fetch", *arguments, "--data", self.data)
                self.assertEqual(done.returncode, 2)
                self.assert_one_line(done.stderr, says)
        self.assertFalse(self.data.exists())

    def test_a_folder_without_permission_is_named(self) -> None:
        nobody = self.as_nobody()
        self.data.mkdir()
        self.data.chmod(stat.S_IRUSR | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)

        command = ("data", "fetch", "mnist", "--data", self.data)
        done = self.gradwire(*command, before=nobody)

        self.assertEqual(done.returncode, 1)
        self.assert_one_line(
            done.stderr, r"/data/mnist: cannot make the folder: Permission denied$"
        )
        self.mnist.mkdir()
        self.mnist.chmod(0o555)
        done = self.gradwire(*command, before=nobody)
        self.assert_one_line(done.stderr, r"/data/mnist: cannot write there: Permission denied$")
        self.assertEqual(self.web.requests, [])

    def test_a_file_in_place_of_the_folder_is_named(self) -> None:
        self.data.write_text("mine")
        done = self.fetch(status=1)
        self.assert_one_line(done.stderr, r"/data/mnist: cannot make the folder: Not a directory$")

    def test_a_small_disk_is_found_out_at_once(self) -> None:
        self.data = self.small_disk(kilobytes=64)
        done = self.fetch(status=1)
        self.assert_one_line(done.stderr, r"too little room on the disk: \d+ bytes needed, \d+ f")
        self.assertEqual(self.web.requests, [])

    def test_a_disk_that_fills_up_costs_nothing_that_was_there(self) -> None:
        self.data = self.small_disk(kilobytes=256)
        self.mnist = self.data / "mnist"
        self.part = self.mnist / self.part.name
        then = threading.Event()
        self.fault(web.hold(50_000, then))
        process = self.start_fetch()
        wait_until(lambda: self.part.exists() and self.part.stat().st_size == 50_000)
        filler = fill(self.data)
        then.set()
        _, errors = process.communicate()

        self.assertEqual(process.returncode, 1)
        self.assertRegex(errors, r"\.gz\.part: cannot write: No space left on device\n$")
        self.assertGreaterEqual(self.part.stat().st_size, 50_000)

        filler.unlink()
        self.fetch()
        self.assert_mnist_is_good()
        self.assertRegex(self.ranges()[1], r"^bytes=5\d{4}-$")

    def test_two_at_once_do_not_mix(self) -> None:
        then = threading.Event()
        self.fault(web.hold(1000, then))
        first = self.start_fetch()
        wait_until(self.part.exists)

        second = self.fetch(status=1)

        self.assert_one_line(second.stderr, "/mnist: another gradwire data fetch is at work there")
        then.set()
        first.communicate()
        self.assertEqual(first.returncode, 0)
        self.assert_mnist_is_good()


class Failures(Fetch):
    def test_a_cut_connection_is_taken_up_again(self) -> None:
        self.fault(web.cut(10_000), web.cut(0), web.cut(60_000))

        done = self.fetch()

        self.assertEqual(self.ranges(), ["", "bytes=10000-", "bytes=10000-", "bytes=70000-"])
        self.assertIn("; trying again", done.stderr)
        self.assert_mnist_is_good()
        self.assertNotIn("mirror", " ".join(self.web.paths()))

    def test_a_connection_that_always_breaks_is_no_reason_to_give_up(self) -> None:
        self.fault(*[web.cut(4_000)] * (SIZE // 4_000))
        self.fetch()
        self.assert_mnist_is_good()

    def test_one_that_brought_something_gets_more_patience(self) -> None:
        self.fault(web.cut(20_000), *[web.status(503)] * 5)
        self.fetch()
        self.assertEqual(self.ranges(), ["", *["bytes=20000-"] * 6])
        self.assert_mnist_is_good()

    def test_one_that_brings_nothing_is(self) -> None:
        self.fault(web.cut(5).for_ever())
        self.fetch()
        self.assertEqual(len(self.ranges()), 3)
        self.assertEqual(self.ranges("mirror/" + IMAGES), ["bytes=15-"])
        self.assert_mnist_is_good()

    def test_a_stall_ends_after_the_time_out(self) -> None:
        self.fault(web.stall(20_000), web.silent())

        done = self.fetch(timeout=0.3)

        self.assertEqual(self.ranges(), ["", "bytes=20000-", "bytes=20000-"])
        self.assertEqual(done.stderr.count("nothing came for 0.3 s; trying again"), 2)
        self.assert_mnist_is_good()

    def test_a_server_that_knows_no_ranges_sends_all_again(self) -> None:
        self.fault(web.cut(10_000), web.without_ranges())
        self.fetch()
        self.assertEqual(self.ranges(), ["", "bytes=10000-"])
        self.assert_mnist_is_good()

    def test_a_server_that_sends_another_part_is_not_believed(self) -> None:
        self.fault(web.cut(10_000), web.another_part())
        done = self.fetch()
        self.assertIn("sends another part of the file than asked for", done.stderr)
        self.assertEqual(self.ranges("mirror/" + IMAGES), ["bytes=10000-"])
        self.assert_mnist_is_good()

    def test_a_wrong_digest_is_never_kept(self) -> None:
        self.fault(web.corrupt().for_ever())

        done = self.fetch()

        self.assertRegex(done.stderr, r"its SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}; thrown")
        self.assertEqual(len(self.ranges()), 1)
        self.assert_mnist_is_good()

    def test_wrong_everywhere_nothing_remains(self) -> None:
        for folder in ("official/", "mirror/"):
            self.fault(web.corrupt().for_ever(), path=folder + IMAGES)

        done = self.fetch(status=1)

        self.assertIn("cannot download mnist:", done.stderr)
        self.assert_nothing_is_kept()

    def test_a_bad_beginning_is_thrown_away_and_the_address_is_not_blamed(self) -> None:
        self.mnist.mkdir(parents=True)
        self.part.write_bytes(b"x" * 5_000)

        self.fetch()

        self.assertEqual(self.ranges(), ["bytes=5000-", ""])
        self.assert_mnist_is_good()

    def test_a_part_that_is_too_long_starts_over(self) -> None:
        self.mnist.mkdir(parents=True)
        self.part.write_bytes(b"x" * (SIZE + 1))
        self.fetch()
        self.assertEqual(self.ranges(), [""])
        self.assert_mnist_is_good()

    def test_a_part_that_is_complete_needs_no_network(self) -> None:
        self.mnist.mkdir(parents=True)
        self.part.write_bytes(MNIST[IMAGES][1])
        self.fetch()
        self.assertEqual(self.ranges(), [])
        self.assert_mnist_is_good()

    def test_what_one_address_lacks_comes_from_the_next_which_is_first_from_then_on(self) -> None:
        for code in (401, 403, 404, 410):
            with self.subTest(code=code):
                self.web.requests.clear()
                self.fault(web.status(code).for_ever())
                done = self.fetch("--data", self.folder / str(code))
                self.assertIn(f"{IMAGES}: answers with HTTP {code}\n", done.stderr)
                expected = ["official/" + IMAGES, "mirror/" + IMAGES, "mirror/" + LABELS]
                self.assertEqual(self.web.paths(), expected)

    def test_a_server_that_is_busy_is_asked_again(self) -> None:
        for code in (429, 500, 502, 503):
            with self.subTest(code=code):
                self.web.requests.clear()
                self.fault(web.status(code), web.status(code))
                self.fetch("--data", self.folder / str(code))
                self.assertEqual(len(self.ranges()), 3)
                self.assertNotIn("mirror/" + IMAGES, self.web.paths())

    def test_but_not_for_ever(self) -> None:
        self.fault(web.status(500).for_ever())
        self.fetch()
        self.assertEqual(len(self.ranges()), 3)
        self.assert_mnist_is_good()

    def test_another_file_is_known_by_its_length(self) -> None:
        page = b"<html>Log in to our network</html>"
        for fault, says in (
            (web.other(page), f"has {len(page)} bytes, expected {SIZE}"),
            (web.other(b"x" * (SIZE + 1)), f"has {SIZE + 1} bytes, expected {SIZE}"),
            (web.other(b"x" * 10**6, length=False), f"sends more than the expected {SIZE} bytes"),
            (web.other(b""), f"has 0 bytes, expected {SIZE}"),
            (web.status(204), "answers with HTTP 204"),
        ):
            with self.subTest(says=says):
                shutil.rmtree(self.data, ignore_errors=True)
                self.fault(fault.for_ever())
                self.assertIn(says, self.fetch().stderr)
                self.assert_mnist_is_good()

    def test_another_file_of_unknown_length_is_known_by_its_digest(self) -> None:
        page = b"<html>Log in to our network</html>"
        for folder in ("official/", "mirror/"):
            self.fault(web.other(page, length=False).for_ever(), path=folder + IMAGES)
        self.fetch(status=1)

        self.web.faults.clear()
        self.fetch()
        self.assert_mnist_is_good()

    def test_redirections_lead_nowhere_else(self) -> None:
        (self.folder / IMAGES).write_bytes(MNIST[IMAGES][1])
        for to in (f"file://{self.folder}/{IMAGES}", self.web.url("official/" + IMAGES)):
            with self.subTest(to=to):
                self.web.requests.clear()
                self.fault(web.redirect(to).for_ever())
                self.fetch("--data", self.folder / to[:4])
                self.assertIn("mirror/" + IMAGES, self.web.paths())
                self.assertLess(len(self.ranges()), 20)

    def test_without_a_network_it_says_what_to_put_where(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound, but not listening
            base = f"http://127.0.0.1:{taken.getsockname()[1]}/"
            self.offer(base, "http://no-such-host.invalid/")

            done = self.fetch(status=1)

        self.assertEqual(done.stdout, "")
        said = done.stderr[done.stderr.index("gradwire: cannot download mnist:") :]
        self.assertRegex(said, rf"{base}{IMAGES}: Failed to connect")
        self.assertRegex(said, rf"no-such-host.invalid/{IMAGES}: Could not resolve")
        for name, (entry, _) in MNIST.items():
            advice = f"  {base}{name}  ({entry['bytes']} bytes, SHA-256 {entry['sha256']})\n"
            self.assertIn(advice, said)
        self.assertIn(f"put that into {self.mnist},\n", said)
        self.assert_nothing_is_kept()

        for name, (_, data) in MNIST.items():
            (self.mnist / name).write_bytes(data)
        self.assertIn("already in", self.fetch().stdout)


class Interruptions(Fetch):
    def interrupted(self, number: int) -> tuple[int, str]:
        self.web.faults["official/" + IMAGES] = [web.stall(30_000)]
        process = self.start_fetch(preexec_fn=interruptible)
        arrived = wait_until(lambda: self.part.exists() and self.part.stat().st_size == 30_000)
        self.assertTrue(arrived)
        process.send_signal(number)
        _, errors = process.communicate(timeout=10.0)
        self.assertEqual(self.names(), [self.part.name])
        return process.returncode, errors

    def test_whatever_ends_it_only_a_part_remains_and_the_next_call_goes_on(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number=number):
                shutil.rmtree(self.data, ignore_errors=True)
                self.web.requests.clear()

                status, errors = self.interrupted(number)
                self.assertEqual(status, -number, "as the shell expects it")
                if number != signal.SIGKILL:
                    self.assertEqual(
                        errors.splitlines()[-1],
                        f"interrupted; 30.0 kB is in {self.part}, and the same command goes on",
                    )

                self.fetch()
                self.assertEqual(self.ranges(), ["", "bytes=30000-"])
                self.assert_mnist_is_good()

    def test_also_before_anything_came(self) -> None:
        self.fault(web.stall())
        process = self.start_fetch(preexec_fn=interruptible)
        wait_until(lambda: self.web.requests)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10.0)

        self.assertEqual(process.returncode, -signal.SIGINT)
        self.assertEqual(errors.splitlines()[-1], "interrupted; the same command goes on")
        self.assert_nothing_is_kept()


class Archives(Fetch):
    def setUp(self) -> None:
        super().setUp()
        self.cifar = self.data / "cifar10"
        self.unpacked = self.cifar / UNPACKED

    def assert_unpacked(self) -> None:
        expected = BATCHES | {"batches.meta.txt": b"cat\ndog\n"}
        self.assertEqual({p.name: p.read_bytes() for p in self.unpacked.iterdir()}, expected)
        self.assertFalse((self.data / "evil").exists() or (self.cifar / "evil").exists())

    def test_only_what_is_expected_is_unpacked_and_the_archive_goes(self) -> None:
        done = self.fetch(name="cifar10")

        self.assertEqual(done.stdout, f"cifar10: now in {self.cifar}, SHA-256 right\n")
        self.assert_unpacked()
        self.assertEqual(os.listdir(self.cifar), [UNPACKED])

        self.web.requests.clear()
        self.assertIn("already in", self.fetch(name="cifar10").stdout)
        self.assertEqual(self.web.requests, [])

    def test_an_archive_that_somebody_put_there_is_unpacked_and_stays(self) -> None:
        self.cifar.mkdir(parents=True)
        (self.cifar / ARCHIVE).write_bytes(TAR)

        self.fetch(name="cifar10")

        self.assert_unpacked()
        self.assertEqual((self.cifar / ARCHIVE).read_bytes(), TAR)
        self.assertEqual(self.web.requests, [])

    def test_unless_it_is_another(self) -> None:
        self.cifar.mkdir(parents=True)
        (self.cifar / ARCHIVE).write_bytes(TAR[:-1])

        done = self.fetch(name="cifar10", status=2)

        self.assert_one_line(done.stderr, rf"/{ARCHIVE}: is not the original: its SHA-256 is ")
        self.assertEqual(os.listdir(self.cifar), [ARCHIVE])

    def test_a_folder_that_is_not_whole_is_left_alone(self) -> None:
        self.fetch(name="cifar10")
        for spoil, says in (
            (lambda file: file.write_bytes(bytes(20_000)), "test_batch.bin: is not the original: "),
            (lambda file: file.write_bytes(b"x"), "has 1 bytes, expected 20000"),
            (lambda file: file.unlink(), f"{UNPACKED}: lacks test_batch.bin"),
        ):
            spoil(self.unpacked / "test_batch.bin")
            done = self.fetch(name="cifar10", status=2)
            self.assert_one_line(done.stderr, says)
        self.assertEqual(len(list(self.unpacked.iterdir())), 2)

    def test_what_a_killed_unpacking_left_is_replaced(self) -> None:
        self.cifar.mkdir(parents=True)
        (self.cifar / (ARCHIVE + ".part")).write_bytes(TAR)
        (self.cifar / (UNPACKED + ".part")).mkdir()
        (self.cifar / (UNPACKED + ".part") / "old").write_text("old")

        self.fetch(name="cifar10")

        self.assert_unpacked()
        self.assertEqual(os.listdir(self.cifar), [UNPACKED])
        self.assertEqual(self.web.requests, [])

    def test_room_is_needed_for_both(self) -> None:
        self.data = self.small_disk(kilobytes=80)
        done = self.fetch(name="cifar10", status=1)
        needed = len(TAR) + sum(len(content) for content in BATCHES.values())
        self.assert_one_line(done.stderr, rf"{needed} bytes needed, \d+ free")

    def test_a_disk_that_is_full_while_unpacking_keeps_the_download(self) -> None:
        self.data = self.small_disk(kilobytes=100)  # too small only because files take whole blocks
        cifar = self.data / "cifar10"

        done = self.fetch(name="cifar10", status=1)

        self.assertRegex(done.stderr, r"/test_batch\.bin: cannot write: No space left on device\n$")
        self.assertEqual(os.listdir(cifar), [ARCHIVE + ".part"])
        self.assertEqual((cifar / (ARCHIVE + ".part")).read_bytes(), TAR)


class RealThing(EndToEnd):
    """The authors' original Fashion-MNIST files. Debian's package has them without the names and
    dates in the gzip headers; with these restored, the published digests must match."""

    DATES = {
        "train-images-idx3-ubyte": 1504176606,
        "train-labels-idx1-ubyte": 1504176606,
        "t10k-images-idx3-ubyte": 1504176627,
        "t10k-labels-idx1-ubyte": 1504176627,
    }

    def environment(self) -> dict[str, str]:
        return super().environment() | {"no_proxy": "127.0.0.1"}

    def original(self, name: str) -> bytes:
        body = (DEBIAN / (name + ".gz")).read_bytes()[10:]
        header = b"\x1f\x8b\x08\x08" + struct.pack("<I", self.DATES[name]) + b"\0\3"
        return header + name.encode() + b"\0" + body

    def test_the_program_that_is_shipped_knows_the_real_digests(self) -> None:
        if not DEBIAN.is_dir():
            self.skipTest("needs Debian's package dataset-fashion-mnist")
        server = Web()
        self.addCleanup(server.close)
        server.files = {f"{name}.gz": self.original(name) for name in self.DATES}
        data = self.folder / "data"

        fetch = ["data", "fetch", "fashion-mnist", "--data", data]
        done = self.gradwire(*fetch, "--from", server.url())
        self.assertEqual(done.returncode, 0, done.stderr)
        check = self.gradwire("data", "check", "fashion-mnist", "--data", data)
        self.assertIn("fashion-mnist: ok, 60000 + 10000 samples of 28 x 28", check.stdout)

        self.assertIn("already in", self.gradwire(*fetch).stdout)
        self.assertEqual(len(server.requests), 4)

    def test_debians_own_files_are_recognised(self) -> None:
        if not DEBIAN.is_dir():
            self.skipTest("needs Debian's package dataset-fashion-mnist")
        done = self.gradwire("data", "fetch", "fashion-mnist")
        self.assertEqual(done.stdout, f"fashion-mnist: already in {DEBIAN}, SHA-256 right\n")


if __name__ == "__main__":
    main()
