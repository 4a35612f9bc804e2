"""Completion in bash and zsh, as it is installed, and by the Tab key in real shells."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import time

from support import PATIENCE, EndToEnd, main

# What bash does when Tab is pressed, without the terminal. compopt works under Tab only.
BASH = """
compopt() { :; }
. "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_gradwire
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completion(EndToEnd):
    def setUp(self) -> None:
        super().setUp()
        done = self.gradwire("documentation", self.folder / "documentation")
        self.assertEqual(done.returncode, 0, done.stderr)

    def press_tab(self, shell: list[str], setup: str, typed: str, until: str) -> str:
        """What the terminal shows after `typed`, a Tab at its end, until `until` appears."""
        pid, terminal = pty.fork()
        if pid == 0:
            variables = self.environment() | {"TERM": "dumb", "PS1": "> ", "COLUMNS": "200"}
            os.chdir(self.folder)
            os.execvpe(shell[0], shell, variables)
        shown = ""

        def read_until(text: str) -> bool:
            nonlocal shown
            end = time.monotonic() + min(PATIENCE, 60)
            while text not in shown and time.monotonic() < end:
                if select.select([terminal], [], [], 0.1)[0]:
                    try:
                        shown += os.read(terminal, 65536).decode(errors="replace")
                    except OSError:
                        break
            return text in shown

        try:
            os.write(terminal, (setup + "; echo rea''dy\n").encode())
            self.assertTrue(read_until("ready\r\n"), shown)
            shown = ""
            os.write(terminal, (typed + "\t").encode())
            self.assertTrue(read_until(until), shown)
        finally:
            os.close(terminal)
            os.kill(pid, 9)
            os.waitpid(pid, 0)
        return shown


class Bash(Completion):
    def completed(self, *words: str) -> list[str]:
        """The completions of the last word."""
        file = str(self.folder / "documentation" / "gradwire")
        done = subprocess.run(
            ["bash", "-c", BASH, "bash", file, "gradwire", *words],
            cwd=self.folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_commands(self) -> None:
        text = self.gradwire("--help").stdout
        named = re.findall(r"^  ([a-z]+) {2}", text.partition("Subcommands:")[2], re.MULTILINE)
        self.assertIn("run", named)
        self.assertEqual(self.completed(""), named)
        self.assertEqual(self.completed("sy"), ["synthesize"])
        self.assertEqual(self.completed("data", ""), ["check", "fetch"])
        self.assertEqual(self.completed("list", "pl"), ["platforms"])
        self.assertEqual(self.completed("x"), [])

    def test_each_command_completes_the_options_of_its_help(self) -> None:
        for command in self.completed(""):
            subcommands = self.completed(command, "")
            deeper = command in ("data", "list")
            for words in [[command, sub] for sub in subcommands] if deeper else [[command]]:
                with self.subTest(words=words):
                    text = self.gradwire(*words, "--help").stdout
                    named = re.findall(r"^  (?:(-\w),)?(--[\w-]+)", text, re.MULTILINE)
                    expected = {name for pair in named for name in pair if name}
                    self.assertIn("--help", expected)
                    self.assertEqual(set(self.completed(*words, "-")), expected)

    def test_options_after_an_argument_and_by_their_beginning(self) -> None:
        self.assertEqual(self.completed("run", "x.json", "--che"), ["--checkpoint-every"])
        self.assertEqual(self.completed("run", "data", "--fi"), ["--filter"])

    def test_settings(self) -> None:
        self.assertEqual(
            self.completed("run", "x.json", "--set", "platform.up"), ["platform.uplink="]
        )
        self.assertEqual(self.completed("replay", "out", "--filter", "see"), ["seed="])
        self.assertEqual(self.completed("run", "x.json", "--set", "no_such"), [])

    def test_files_and_folders(self) -> None:
        self.write("{}", "mine.json")
        self.write("", "mine.txt")
        (self.folder / "more").mkdir()
        self.assertEqual(self.completed("run", "m"), ["more", "mine.json"])
        self.assertEqual(self.completed("run", "mine.json", "-o", "m"), ["more"])
        self.assertEqual(self.completed("run", "mine.json", "-j", "m"), [])
        self.assertIn("more", self.completed("replay", "m"))

    def test_the_tab_key(self) -> None:
        shell = ["bash", "--norc", "--noprofile", "-i"]
        setup = f'. "{self.folder}/documentation/gradwire"; bind "set bell-style none"'
        self.press_tab(shell, setup, "gradwire synth", "gradwire synthesize ")
        self.press_tab(shell, setup, "gradwire run x.json --check", "--checkpoint-every ")
        typed = "gradwire run x --set platform.upl"
        shown = self.press_tab(shell, setup, typed, "platform.uplink=")
        self.assertNotIn("= ", shown, "the value follows without a space")


class Zsh(Completion):
    SHELL = ["zsh", "-f", "-i"]

    def setUp(self) -> None:
        super().setUp()
        if not shutil.which("zsh"):
            self.skipTest("needs the package zsh")
        self.prepare = (
            f"fpath=({self.folder}/documentation $fpath); autoload -Uz compinit;"
            " compinit -u -d $PWD/zcompdump; unsetopt beep zle_bracketed_paste; PS1='> '"
        )

    def test_its_syntax(self) -> None:
        done = subprocess.run(
            ["zsh", "-n", self.folder / "documentation" / "_gradwire"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_tab_key(self) -> None:
        (self.folder / "more").mkdir()
        self.write("{}", "mine.json")
        for typed, until in (
            ("gradwire synth", "esize "),
            ("gradwire data fe", "tch "),
            ("gradwire run x.json --check", "point-every "),
            ("gradwire run x.json --set platform.upl", "ink="),
            ("gradwire run min", "e.json "),
            ("gradwire status mo", "re/"),
        ):
            with self.subTest(typed=typed):
                self.press_tab(self.SHELL, self.prepare, typed, until)

    def test_commands_are_described(self) -> None:
        self.press_tab(self.SHELL, self.prepare, "gradwire s", "-- Write a Slurm job script")


if __name__ == "__main__":
    main()
