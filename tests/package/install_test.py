"""cmake --install into a prefix: the program finds its child programs and platforms there, and the
experiments run from where they are installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from support import EndToEnd, main, runs_of, tiny

CMAKE = os.environ["GRADWIRE_CMAKE"]
BUILD = Path(os.environ["GRADWIRE_BUILD_DIR"])


class Install(EndToEnd):
    def setUp(self) -> None:
        super().setUp()
        self.prefix = self.folder / "a prefix"
        done = subprocess.run(
            [CMAKE, "--install", BUILD, "--prefix", self.prefix],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        self.share = self.prefix / "share" / "gradwire"

    def installed(self, *arguments: str | Path) -> str:
        done = subprocess.run(
            [self.prefix / "bin" / "gradwire", *arguments],
            cwd=self.folder, env=self.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_runs_are_those_of_the_program_that_was_not_installed(self) -> None:
        file = self.write(tiny())
        self.installed("run", file, "-o", self.out, "--quiet")
        self.run_sweep(file, self.folder / "reference")
        self.assert_same_results(self.out, self.folder / "reference")

        self.installed("replay", self.out, "-o", "again", "--set", "platform.uplink=1Mbps")
        self.assertEqual(len(runs_of(self.folder / "again")), 4)
        self.installed("verify", self.out)
        self.installed("report", self.out)
        self.assertTrue((self.out / "report" / "report.html").exists())

    def test_each_child_program_is_needed(self) -> None:
        """And is the installed one: without it, the command that starts it fails."""
        file = self.write(tiny([{"seed": [1]}]))
        self.installed("run", file, "-o", self.out, "--quiet")
        platform = self.share / "platforms" / "star10-1gbps.xml"
        commands: dict[str, tuple[str | Path, ...]] = {
            "gradwire-run-one": ("run", file, "-o", "new"),
            "gradwire-replay-one": ("replay", self.out, "-o", "replayed"),
            "gradwire-platform": ("list", "hosts", platform),
            "gradwire-fetch": ("data", "fetch", "--help"),
        }
        children = self.prefix / "libexec" / "gradwire"
        self.assertEqual(sorted(path.name for path in children.iterdir()), sorted(commands))
        for name, arguments in commands.items():
            if name == "gradwire-fetch":
                continue  # downloads
            with self.subTest(program=name):
                (children / name).rename(self.folder / name)
                done = subprocess.run(
                    [self.prefix / "bin" / "gradwire", *arguments],
                    cwd=self.folder, env=self.environment(), capture_output=True, text=True,
                    check=False,
                )  # fmt: skip
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(str(children / name), done.stderr)
                (self.folder / name).rename(children / name)
                self.installed(*arguments)

    def test_experiments_and_platforms_are_found(self) -> None:
        lines = self.installed("list", "platforms").splitlines()[1:]
        listed = {Path(line.split("  ")[0]) for line in lines}
        self.assertEqual(listed, set((self.share / "platforms").glob("*.xml")))

        experiment = self.share / "experiments" / "quickstart.json"
        self.installed("validate", experiment, "--without-data")
        synthetic = 'dataset={"name": "synthetic", "train_samples": 200, "test_samples": 50}'
        small = ["--set", synthetic, "--set", "max_iterations=2", "--set", "evaluate_every=1"]
        self.installed("run", experiment, "-o", self.out, "--filter", "algorithm=sasg", *small)

        # Its platform file is beside it: ../platforms.
        with_platform = self.share / "experiments" / "whatif-failures.json"
        self.assertIn("../platforms/", with_platform.read_text())
        self.installed("validate", with_platform, "--without-data")

    def test_environment_names_the_libraries(self) -> None:
        self.installed("run", self.write(tiny([{"seed": [1]}])), "-o", self.out, "--quiet")
        (run,) = runs_of(self.out)
        environment = json.loads((run / "summary.json").read_text())["environment"]
        expected = subprocess.run(
            ["pkg-config", "--modversion", "simgrid"], capture_output=True, text=True, check=True
        )
        major_minor = ".".join(expected.stdout.strip().split(".")[:2])
        self.assertEqual(".".join(environment["simgrid"].split(".")[:2]), major_minor)
        for library in ("libtorch", "onednn"):
            self.assertRegex(environment[library], r"^\d+\.\d+")
        self.assertRegex(environment["blas"], r"\d+\.\d+")

    def test_manual_pages_and_completions_are_installed(self) -> None:
        pages = self.prefix / "share" / "man" / "man1"
        self.assertTrue((pages / "gradwire-run.1.gz").exists())
        if shutil.which("man"):
            done = subprocess.run(
                ["man", "--warnings", "-P", "cat", pages / "gradwire-run.1.gz"],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("SYNOPSIS", done.stdout)
        share = self.prefix / "share"
        for file in ("bash-completion/completions/gradwire", "zsh/vendor-completions/_gradwire"):
            self.assertTrue((share / file).exists(), file)


if __name__ == "__main__":
    main()
