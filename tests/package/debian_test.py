"""The Debian package: the same bytes wherever it is built, no complaint of lintian, and installed,
used and removed in a bare Debian 12 in a folder.

Builds twice (minutes each, without ccache ten), downloads 300 MB, and needs root for chroot.
Skipped, with the reason, where that is not possible. $GRADWIRE_PACKAGE: a package that is there
already. Prints what it measured.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

SOURCE = Path(os.environ["GRADWIRE_SOURCE_DIR"])
SUITE = "bookworm"
SHARE = "/usr/share/gradwire"
# Of whoever calls the test: a package depends on none of it.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "GRADWIRE_DATA"}


def told(*words: object) -> None:
    print(*words, flush=True)


def executed(*command: str | Path, **options: object) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=ENVIRONMENT, **options
    )  # fmt: skip
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def built(source: Path) -> Path:
    return Path(executed(source / "dev", "package").split()[-1])


def package() -> Path:
    given = os.environ.get("GRADWIRE_PACKAGE")
    return Path(given) if given else built(SOURCE)


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def mirror() -> str:
    """Where this machine's apt gets Debian from."""
    sources = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    text = "\n".join(file.read_text() for file in sources if file.is_file())
    found = re.search(rf"^URIs: *(\S+)\nSuites: *{SUITE}\b", text, re.MULTILINE)
    found = found or re.search(rf"^deb +(?:\[.*\] +)?(\S+) +{SUITE} ", text, re.MULTILINE)
    return found.group(1) if found else "http://deb.debian.org/debian"


class Bytes(unittest.TestCase):
    def test_another_folder_gives_the_same_package(self) -> None:
        first = package()
        with tempfile.TemporaryDirectory(prefix="gradwire-in-a-longer-path-") as place:
            copy = Path(place) / "copy"
            left_out = shutil.ignore_patterns("build", "results", ".git", "__pycache__")
            shutil.copytree(SOURCE, copy, ignore=left_out)
            second = built(copy)
            self.assertNotEqual(first.parent, second.parent)
            self.assertEqual(first.name, second.name)
            told(digest(first), first.name)
            self.assertEqual(digest(second), digest(first))

    def test_nothing_tells_where_it_was_built(self) -> None:
        with tempfile.TemporaryDirectory() as place:
            executed("dpkg-deb", "-x", package(), place)
            programs = [f for f in Path(place).rglob("gradwire*") if f.is_file()]
            self.assertGreaterEqual(len(programs), 5)
            for file in programs:
                self.assertNotIn(str(SOURCE).encode(), file.read_bytes(), file.name)


class Policy(unittest.TestCase):
    @unittest.skipUnless(shutil.which("lintian"), "needs the package lintian")
    def test_lintian_finds_neither_errors_nor_warnings(self) -> None:
        done = subprocess.run(
            ["lintian", "--allow-root", "--fail-on", "error,warning", package()],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_dependencies_of_the_programs_and_of_what_they_load(self) -> None:
        depends = executed("dpkg-deb", "-f", package(), "Depends")
        linked, loaded = ("libc6", "libtorch", "libsimgrid"), ("libopenblas0-pthread", "libjs-vega")
        for name in linked + loaded:
            self.assertRegex(depends, rf"(^|, ){re.escape(name)}")
        self.assertEqual(executed("dpkg-deb", "-f", package(), "Architecture").strip(), "amd64")

    def test_any_amd64_processor_will_do(self) -> None:
        with tempfile.TemporaryDirectory() as place:
            executed("dpkg-deb", "-x", package(), place)
            for file in (Path(place) / "usr").rglob("gradwire*"):
                if file.is_file() and os.access(file, os.X_OK):
                    notes = executed("readelf", "-n", file)
                    self.assertIn("x86 ISA needed: x86-64-baseline\n", notes, file.name)


@unittest.skipUnless(os.geteuid() == 0, "chroot needs root")
@unittest.skipUnless(shutil.which("debootstrap"), "needs the package debootstrap")
class BareDebian(unittest.TestCase):
    """One bare Debian 12, in which a package has the life that its user gives it."""

    def setUp(self) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="gradwire-debian-"))
        self.place.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        # Where debootstrap is stopped, it leaves this.
        self.addCleanup(subprocess.run, ["umount", self.place / "proc"], capture_output=True)
        try:
            executed("debootstrap", "--variant=minbase", SUITE, self.place, mirror())
        except AssertionError as failure:
            self.skipTest(f"no Debian from {mirror()}: {str(failure)[-300:]}")

    def inside(self, script: str, user: str = "root", status: int = 0) -> str:
        """Runs a script inside; /proc is unmounted, and what it started ends, with it."""
        mounted = 'mount -t proc proc "$0/proc"; '
        home = "/root" if user == "root" else "/home/me"
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
             mounted + 'exec chroot --userspec="$1" "$0" sh -ec "$2"', self.place, user, script],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home, "LANG": "C.UTF-8",
                 "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        said = f"{script}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        self.assertEqual(done.returncode, status, said)
        return done.stdout

    def packages(self) -> dict[str, int]:
        """Installed packages and their kilobytes."""
        lines = self.inside(
            "dpkg-query -W -f '${db:Status-Status} ${Installed-Size} ${Package}\\n'"
        ).splitlines()
        rows = (line.split() for line in lines)
        return {row[2]: int(row[1]) for row in rows if row[0] == "installed" and len(row) == 3}

    def as_user(self, script: str, status: int = 0) -> str:
        return self.inside("cd /home/me\n" + script, user="65534:65534", status=status)

    def test_installed_used_and_removed(self) -> None:
        before = self.packages()
        file = package()
        shutil.copy(file, self.place / "root")
        (self.place / "home" / "me").mkdir()
        shutil.chown(self.place / "home" / "me", 65534, 65534)

        begin = time.monotonic()
        said = self.inside(f"apt-get update -q && cd /root && apt-get install -q -y ./{file.name}")
        installed = time.monotonic()
        pulled_in = {name: size for name, size in self.packages().items() if name not in before}
        self.as_user(f"gradwire run {SHARE}/experiments/quickstart.json --quiet")
        self.as_user("gradwire report results/quickstart --quiet")
        reported = time.monotonic()

        own = pulled_in.pop("gradwire")
        downloaded = re.search(r"Need to get (.*) of archives", said)
        told(f"package: {file.stat().st_size / 1e6:.1f} MB, {own / 1e3:.0f} MB installed")
        told(f"it pulled in: {len(pulled_in)} packages, {sum(pulled_in.values()) / 1e3:.0f} MB;"
             f" downloaded {downloaded.group(1) if downloaded else '?'}")  # fmt: skip
        for name, size in sorted(pulled_in.items(), key=lambda item: -item[1])[:20]:
            told(f"  {size:8d} kB  {name}")
        told(f"apt: {installed - begin:.0f} s; run and report: {reported - installed:.0f} s")

        with self.subTest("the quick start's table is README's"):
            readme = (SOURCE / "README.md").read_text()
            rows = re.findall(r"^\| (?:SGD|Sparse|LASG|SASG) .*$", readme, re.MULTILINE)
            self.assertEqual(len(rows), 4)
            table = self.place / "home/me/results/quickstart/report/tables/comparison.md"
            for row in rows:
                self.assertIn(row + "\n", table.read_text())
        with self.subTest("environment"):
            summary = next((self.place / "home/me/results/quickstart/runs").glob("*/summary.json"))
            self.assertRegex(summary.read_text(), r'"blas": "OpenBLAS')
        with self.subTest("experiments and platforms"):
            self.as_user(
                f"for f in {SHARE}/experiments/*.json; do\n"
                "  grep -q '\"replay\":' $f || [ $(basename $f) = schema.json ] ||\n"
                "    gradwire validate $f --without-data >/dev/null || exit 1\ndone"
            )
            listed = self.as_user("gradwire list platforms")
            self.assertIn(f"{SHARE}/platforms/star10-1gbps.xml", listed)
            self.as_user(
                f"gradwire run {SHARE}/experiments/quickstart.json -o results/xml --quiet"
                " --set max_iterations=2 --filter algorithm=sasg --set"
                " 'platform={\"kind\": \"file\","
                f" \"path\": \"{SHARE}/platforms/star10-1gbps.xml\","
                " \"server\": \"server\", \"workers\": [\"worker-[0-9]\"]}'"
            )
        with self.subTest("a copy is a folder to work in"):
            self.as_user(
                f"cp -r {SHARE} gradwire && cd gradwire\n"
                "gradwire run experiments/compressors.json --quiet --filter seed=1"
                " --set max_iterations=2 --set evaluate_every=1\n"
                "gradwire run experiments/whatif-compressors.json --quiet\n"
                "gradwire validate experiments/whatif-compressors.json >/dev/null"
            )
        with self.subTest("manual pages and completions"):
            self.inside("apt-get install -q -y --no-install-recommends man-db bash-completion zsh")
            page = self.as_user("MANPAGER=cat man gradwire-run")
            self.assertIn("SYNOPSIS", page)
            self.assertIn("Run an experiment", page)
            completion = self.as_user(
                "bash -c '. /usr/share/bash-completion/bash_completion;"
                " _completion_loader gradwire; complete -p gradwire'"
            )
            self.assertEqual(completion, "complete -F _gradwire gradwire\n")
            completion = self.as_user(
                "zsh -fc 'autoload -Uz compinit; compinit -u; print $_comps[gradwire]'"
            )
            self.assertEqual(completion, "_gradwire\n")

        self.inside("apt-get remove -q -y gradwire")
        self.as_user("gradwire --version", status=127)
        self.inside("dpkg --purge gradwire")
        left = self.inside("rm -r /home/me /root/*.deb; find / -xdev -name '*gradwire*'")
        self.assertEqual(left, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
