"""Each command of the pages for users runs, in the order of its page, in a folder like a clone.

Budgets are small, the data are made up: what is tested is that a command does what its page says it
does with these words, not its numbers. A command that COMMANDS does not name fails the test, and so
does a name that no page has any more.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support import GRADWIRE, PATIENCE, SOURCE, EndToEnd, idx, main

PROGRAM = Path(GRADWIRE)

# Enough for an evaluation and a replay of anything.
SMALL = " --set max_iterations=2 --set evaluate_every=1"


@dataclass(frozen=True)
class Run:
    """Executes the command with `more` at its end, after replacing texts."""

    more: str = ""
    replaced: tuple[tuple[str, str], ...] = ()
    status: int = 0
    writes: str = ""  # a file or folder that must exist afterwards
    needs: str = ""  # a program without which it is left out


@dataclass(frozen=True)
class Together(Run):
    """A command that waits for others: those run at the same time."""

    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    reason: str


Action = Run | LeftOut

BUILDS = LeftOut("builds: what ran this test is built that way")
INSTALLS = LeftOut("installs the package: tests/package/debian_test.py")
DOWNLOADS = LeftOut("downloads: tests/end_to_end/fetch_test.py, from a server of its own")
PLACEHOLDER = LeftOut("stands for any command")
ELSEWHERE = LeftOut("started with the command above it")
IN_EXTERNAL = LeftOut("run with the page's own program by tests/end_to_end/external_test.py")

SHIPPED = (("/usr/share/gradwire/", ""),)
QUICKSTART = "experiments/quickstart.json"
TABLE2 = "results/table2-mnist"
FEW_WORKERS = SMALL + " --set workers=2 --set baseline.above=0.001"

COMMANDS: dict[str, dict[str, Action]] = {
    "README.md": {
        "sudo apt install ./gradwire_0.2.0_amd64.deb": INSTALLS,
        f"gradwire run /usr/share/gradwire/{QUICKSTART}": Run(
            SMALL, SHIPPED, writes="results/quickstart/runs.csv"
        ),
        "gradwire report results/quickstart": Run(writes="results/quickstart/report/report.html"),
        f"./dev run {QUICKSTART}": Run(SMALL),
        "./dev test": BUILDS,
        "./dev package": LeftOut("builds: tests/package/debian_test.py"),
        f"gradwire run /usr/share/gradwire/{QUICKSTART} -o results/slow"
        " --set platform.uplink=1Mbps": Run(SMALL, SHIPPED, writes="results/slow/runs.csv"),
        "cp -r /usr/share/gradwire gradwire && cd gradwire": INSTALLS,
        "gradwire validate experiments/table2-mnist.json": Run(),
        "gradwire run experiments/table2-mnist.json": Run(FEW_WORKERS, writes=f"{TABLE2}/runs.csv"),
        f"gradwire run {QUICKSTART} --set epochs=5 --filter algorithm=sasg": Run(SMALL),
        f"gradwire replay {TABLE2} --set platform.uplink=10Mbps": Run(),
        f"gradwire replay {TABLE2} --tcp server": Together(
            " --listen 127.0.0.1:PORT --no-compute",
            others=tuple(
                f"gradwire replay --tcp worker={i} --connect 127.0.0.1:PORT"
                for i in range(2)
            ),
            writes="results/replay-of-table2-mnist-tcp/runs.csv",
        ),
        "gradwire calibrate --listen": Together(
            " 127.0.0.1:PORT", others=("gradwire calibrate --connect 127.0.0.1:PORT",)
        ),
        "gradwire run experiments/compressors.json": Run(SMALL + " --filter seed=1"),
        "gradwire run experiments/whatif-bandwidth.json": Run(
            " --filter seed=1", writes="results/whatif-bandwidth/runs.csv"
        ),
        f"gradwire status {TABLE2}": Run(),
        f"gradwire verify {TABLE2}": Run(),
        f"gradwire report {TABLE2}": Run(writes=f"{TABLE2}/report/report.html"),
        f"gradwire report {TABLE2} --rows algorithm --columns seed --value baseline.rounds": Run(),
        "gradwire list algorithms": Run(),
        "gradwire list hosts platforms/fat-tree-16.xml": Run(),
        "gradwire data check": Run(" mnist"),
        "gradwire data fetch mnist": DOWNLOADS,
        "gradwire COMMAND --help": PLACEHOLDER,
        "cmake --preset release && cmake --build --preset release"
        " && ctest --preset release": BUILDS,
        "cmake --install build/release --prefix ~/.local": LeftOut("tests/package/install_test.py"),
        "cmake --preset package && cmake --build --preset package && (cd build/package && cpack)":
        LeftOut("builds: tests/package/debian_test.py"),
    },
    "experiments/README.md": {
        "gradwire run experiments/compressors.json": Run(SMALL + " --filter seed=1"),
        "gradwire run experiments/whatif-compressors.json": Run(),
        "gradwire report results/whatif-compressors": Run(
            writes="results/whatif-compressors/report/report.html"
        ),
        f"gradwire replay {TABLE2} --set protocol.kind=all_reduce": Run(),
        f"gradwire replay {TABLE2} --set"
        """ 'protocol={"kind": "all_reduce", "collective": "two_level", "group_size": 5}'""": Run(
            replaced=(("5}", "2}"),)
        ),
        "gradwire run experiments/staleness.json": Run(SMALL + " --filter workers=2"),
        "gradwire run experiments/staleness-shards.json": Run(
            SMALL + " --filter protocol.server_shards=2"
        ),
    },
    "experiments/cluster.md": {
        f"gradwire run {QUICKSTART} -o results/shards --shard 0/2": Run(SMALL),
        f"gradwire run {QUICKSTART} -o results/shards --shard 1/2": Run(SMALL),
        "gradwire status results/shards": Run(),
        "gradwire index results/shards": Run(writes="results/shards/runs.csv"),
        f"gradwire slurm {QUICKSTART} -o results/slurm --tasks 4"
        " -- --time=2:00:00 --cpus-per-task=4": Run(writes="results/slurm/slurm.sh"),
        f"parallel -j 2 gradwire run {QUICKSTART} -o results/parallel --shard {{}}/4 --cores 1"
        " ::: 0 1 2 3": Run(
            replaced=(("--cores 1", "--cores 1" + SMALL),),
            writes="results/parallel/runs.csv",
            needs="parallel",
        ),
        r"printf '%s\n' 'executable = /usr/bin/gradwire' 'arguments = run x.json -o /shared/x"
        " --shard $(Process)/8' 'queue 8' | condor_submit": LeftOut("the page says: not tested"),
    },
    "experiments/real-hosts.md": {
        "gradwire replay results/quickstart --filter algorithm=sasg --tcp server"
        " --iterations 100": Together(
            " --listen 127.0.0.1:PORT --no-compute",
            others=tuple(
                f"gradwire replay --tcp worker={i} --connect 127.0.0.1:PORT"
                for i in range(3)
            ),
            writes="results/replay-of-quickstart-tcp/runs.csv",
        ),
        **{
            f"gradwire replay --tcp worker={i} --connect 10.0.0.1": ELSEWHERE for i in range(3)
        },
        "gradwire calibrate --listen --nominal 100Mbps -o line.json": Together(
            replaced=(("--listen", "--listen 127.0.0.1:PORT"), ("100Mbps", "100Gbps")),
            others=("gradwire calibrate --connect 127.0.0.1:PORT",),
            writes="line.json",
        ),
        "gradwire calibrate --connect 10.0.0.1": ELSEWHERE,
    },
    "experiments/own-model/README.md": {
        "./dev run my-model.json": IN_EXTERNAL,
        "./dev replay results/my-model -o results/my-model-10Mbps"
        " --set platform.uplink=10Mbps": IN_EXTERNAL,
        "./dev report results/my-model-10Mbps": IN_EXTERNAL,
        "./dev validate experiments/own-model/numpy-logistic.json": IN_EXTERNAL,
        "./dev run experiments/own-model/numpy-logistic.json": IN_EXTERNAL,
        "./dev run experiments/own-model/whatif-bandwidth.json": IN_EXTERNAL,
        "./dev report results/own-model-bandwidth": IN_EXTERNAL,
        "./dev verify results/own-model": IN_EXTERNAL,
    },
}
# What a page takes for granted.
BEFORE = {
    "experiments/README.md": "gradwire run experiments/table2-mnist.json --filter seed=1"
    + FEW_WORKERS,
    "experiments/real-hosts.md": f"gradwire run {QUICKSTART} {SMALL} --set workers=3",
}


def commands_of(text: str) -> list[str]:
    """The lines of the blocks marked as sh, without comments; a backslash continues a line."""
    lines = []
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            command = re.sub(r"\s+#.*", "", line).strip()
            if command and not command.startswith("#"):
                lines.append(re.sub(r"\s+", " ", command))
    return lines


def mentioned(text: str) -> Iterator[list[str]]:
    """The words of commands in running text, as in `gradwire replay --tcp`."""
    for words in re.findall(r"`(?:\./dev|gradwire) ([^`]+)`", text):
        yield words.split()


class DocumentedCommands(EndToEnd):
    def setUp(self) -> None:
        super().setUp()
        for folder in ("experiments", "platforms"):
            shutil.copytree(SOURCE / folder, self.folder / folder)
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        for name in (self.folder / "dev", bin_folder / "gradwire"):
            name.write_text(f'#!/bin/sh\nexec "{PROGRAM}" "$@"\n')
            name.chmod(0o755)
        for name in ("mnist", "fashion-mnist"):
            self.write_images(self.folder / "data" / name)

    @staticmethod
    def write_images(place: Path, train: int = 600, test: int = 100) -> None:
        place.mkdir(parents=True)
        for kind, count in (("train", train), ("t10k", test)):
            pixels = bytes((7 * i + i // 784) % 256 for i in range(784 * count))
            labels = bytes(i % 10 for i in range(count))
            (place / f"{kind}-images-idx3-ubyte").write_bytes(idx(pixels, count, 28, 28))
            (place / f"{kind}-labels-idx1-ubyte").write_bytes(idx(labels, count))

    def environment(self) -> dict[str, str]:
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        return super().environment() | {"GRADWIRE_DATA": f"{self.folder}/data", "PATH": path}

    def shell(self, command: str, status: int = 0) -> None:
        done = subprocess.run(
            command, shell=True, cwd=self.folder, env=self.environment(), capture_output=True,
            text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        self.assertEqual(done.returncode, status, f"{command}:\n{done.stdout}\n{done.stderr}")

    def execute(self, command: str, action: Run) -> None:
        for old, new in action.replaced:
            self.assertIn(old, command)
            command = command.replace(old, new)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        ready = [(command + action.more).replace("PORT", port)]
        if isinstance(action, Together):
            ready += [other.replace("PORT", port) for other in action.others]
        failures: list[BaseException] = []

        def one(line: str) -> None:
            try:
                self.shell(line, action.status)
            except BaseException as failure:
                failures.append(failure)

        threads = [threading.Thread(target=one, args=(line,)) for line in ready]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        if action.writes:
            self.assertTrue((self.folder / action.writes).exists(), action.writes)

    def follow(self, page: str) -> None:
        """Executes the page from its beginning to its end."""
        known = COMMANDS[page]
        commands = commands_of((SOURCE / page).read_text())
        self.assertGreater(len(commands), 0)
        self.assertEqual(set(known) - set(commands), set(), f"no longer in {page}")
        if page in BEFORE:
            self.shell(BEFORE[page])
        for command in commands:
            with self.subTest(page=page, command=command):
                self.assertIn(command, known, f"{page} has a command that is in no test")
                action = known[command]
                if isinstance(action, LeftOut):
                    continue
                if action.needs and not shutil.which(action.needs):
                    self.skipTest(f"needs the package {action.needs}")
                self.execute(command, action)

    def test_readme(self) -> None:
        self.follow("README.md")

    def test_the_reference_of_experiments(self) -> None:
        self.follow("experiments/README.md")

    def test_cluster(self) -> None:
        self.follow("experiments/cluster.md")

    def test_real_hosts(self) -> None:
        self.follow("experiments/real-hosts.md")

    def test_own_model(self) -> None:
        self.follow("experiments/own-model/README.md")

    def test_the_package_is_of_this_version(self) -> None:
        version = self.gradwire("--version").stdout.strip()
        named = set(re.findall(r"gradwire_([\d.]+)_amd64", (SOURCE / "README.md").read_text()))
        self.assertEqual(named, {version})

    def test_every_page_for_users_is_in_the_table(self) -> None:
        pages = [SOURCE / "README.md", *(SOURCE / "experiments").rglob("*.md")]
        with_commands = {str(p.relative_to(SOURCE)) for p in pages if commands_of(p.read_text())}
        self.assertEqual(with_commands, set(COMMANDS))
        for page in pages:  # commands stand in blocks marked as sh: not indented, not unmarked
            with self.subTest(page=page.name):
                text = page.read_text()
                opened = re.findall(r"^```(.*)$", text, re.MULTILINE)[::2]
                self.assertNotIn("", opened)
                outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
                self.assertEqual(re.findall(r"\n\n {4}(\S.*)", outside), [])

    def test_commands_in_running_text_exist_with_their_options(self) -> None:
        own = set(re.findall(r"^([a-z]+)\)$", (SOURCE / "dev").read_text(), re.MULTILINE))
        self.assertIn("test", own)
        helps: dict[tuple[str, ...], str] = {}

        def help_of(*words: str) -> str:
            if words not in helps:
                done = self.gradwire(*words, "--help")
                self.assertEqual(done.returncode, 0, f"gradwire {' '.join(words)}")
                helps[words] = done.stdout
            return helps[words]

        count = 0
        pages = [SOURCE / "README.md", *(SOURCE / "experiments").rglob("*.md")]
        pages += [*(SOURCE / "sim").glob("*.md"), *(SOURCE / "analysis").glob("*.md")]
        for page in pages:
            for words in mentioned(page.read_text()):
                if words[0] in own or words[0].isupper():
                    continue
                with self.subTest(page=page.name, command=" ".join(words)):
                    count += 1
                    depth = 2 if words[0] in ("list", "data") else 1
                    text = help_of(*words[:depth])
                    for option in (word for word in words if word.startswith("-")):
                        self.assertRegex(text, rf"[ ,]{re.escape(option.partition('=')[0])}\b")
        self.assertGreater(count, 20)


if __name__ == "__main__":
    main()
