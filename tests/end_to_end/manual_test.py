"""Manual pages: one a command, complete, and without complaints of what formats them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from support import EndToEnd, main


class Manual(EndToEnd):
    def setUp(self) -> None:
        super().setUp()
        done = self.gradwire("documentation", self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.pages = sorted((self.folder / "man1").iterdir())

    def formatted(self, page: Path, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["groff", "-man", "-Tutf8", "-P-cbou", *options, page],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def commands_of_help(self, *words: str) -> list[tuple[str, ...]]:
        text = self.gradwire(*words, "--help").stdout.partition("Subcommands:")[2]
        names = re.findall(r"^  ([a-z]+) {2}", text, re.MULTILINE)
        found = [words]
        for name in names:
            found += self.commands_of_help(*words, name)
        return found

    def test_each_command_has_a_page(self) -> None:
        commands = self.commands_of_help()
        self.assertGreater(len(commands), 20)
        expected = sorted("-".join(("gradwire", *words)) + ".1" for words in commands)
        self.assertEqual([page.name for page in self.pages], expected)

    def test_groff_has_no_complaint(self) -> None:
        if not shutil.which("groff"):
            self.skipTest("needs the package groff-base")
        for page in self.pages:
            with self.subTest(page=page.name):
                done = self.formatted(page, "-ww", "-z")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
        broken = self.folder / "broken.1"
        broken.write_text(self.pages[0].read_text() + ".XX\n")
        self.assertIn("XX", self.formatted(broken, "-ww", "-z").stderr, "complaints are seen")

    def test_mandoc_has_no_complaint(self) -> None:
        if not shutil.which("mandoc"):
            self.skipTest("needs the package mandoc")
        for page in self.pages:
            with self.subTest(page=page.name):
                done = subprocess.run(
                    ["mandoc", "-T", "lint", "-W", "warning", page],
                    capture_output=True, text=True, check=False,
                )  # fmt: skip
                said = (done.stdout + done.stderr).splitlines()  # a version stands for the date
                self.assertEqual([line for line in said if "missing date" not in line], [])

    def test_a_page_has_what_help_has(self) -> None:
        if not shutil.which("groff"):
            self.skipTest("needs the package groff-base")
        for words in (("run",), ("replay",), ("data", "fetch"), ("status",)):
            with self.subTest(words=words):
                help_text = self.gradwire(*words, "--help").stdout
                page = self.folder / "man1" / ("-".join(("gradwire", *words)) + ".1")
                text = re.sub(r"\s+", " ", self.formatted(page, "-rLL=500n").stdout)
                for option in re.findall(r"(--[\w-]+)", help_text):
                    self.assertIn(option, text)
                self.assertIn("gradwire " + " ".join(words), text)
                self.assertNotIn(":INT in", text)

    def test_limits_and_exit_status_are_words(self) -> None:
        run = (self.folder / "man1" / "gradwire-run.1").read_text()
        self.assertIn("\\-j\\fR, \\fB\\-\\-jobs\\fR \\fIN\\fR\n", run)
        self.assertRegex(run, r"Runs at a time; .* \(1 to \d+\)\n")
        status = (self.folder / "man1" / "gradwire-status.1").read_text()
        self.assertIn(".SH EXIT STATUS\n0 all complete, 3 not yet, 1 some failed.\n", status)
        self.assertNotIn(".SH NOTES", status)


if __name__ == "__main__":
    main()
