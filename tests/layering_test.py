"""What a folder of sim/ may include: the arrows of sim/README.md, held true.

    layering_test.py SIM     checks the folder and itself
"""

from __future__ import annotations

import re
import sys
import tempfile
import unittest
from pathlib import Path

ALL_BELOW = {"actors", "algorithms", "learn", "network", "core"}
MAY_INCLUDE: dict[str, set[str]] = {
    "commands": {"experiment", *ALL_BELOW},
    "experiment": ALL_BELOW,
    "actors": {"algorithms", "network", "core"},
    "algorithms": {"core"},
    "learn": {"core"},
    "network": {"core"},
    "core": set(),
}
TOP = "sim itself"  # main.cpp, run_one.cpp, version.hpp: everything

# What is included from outside, and the folders that may.
ONLY_IN: list[tuple[str, str, set[str]]] = [
    ("LibTorch", r"torch/|ATen/|c10/", {"learn"}),
    ("SimGrid", r"simgrid/|xbt/", {"network"}),
    ("JSON", r"nlohmann/", {TOP, "commands", "experiment"}),
    ("the outer world", r"curl/|archive\.h$|archive_entry\.h$|openssl/", {"learn"}),
    ("a command line", r"CLI/", {TOP, "commands"}),
    ("a clock", r"chrono$|ctime$|time\.h$|sys/time\.h$", {*MAY_INCLUDE, TOP} - {"algorithms"}),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def complaint(folder: str, included: str) -> str:
    """Why `folder` may not include this; empty if it may."""
    for what, pattern, allowed in ONLY_IN:
        if re.match(pattern, included) and folder not in allowed:
            return f"{what} has no place in {folder}"
    parts = included.split("/")
    if parts[0] == "tests":
        return "the program does not know its tests"
    if folder == TOP or parts[0] != "sim" or len(parts) < 3 or parts[1] == folder:
        return ""
    if parts[1] in MAY_INCLUDE.get(folder, set()):
        return ""
    return f"{folder} may not include {parts[1]}"


def violations(sim: Path) -> list[str]:
    found = []
    for file in sorted([*sim.rglob("*.hpp"), *sim.rglob("*.cpp")]):
        inside = file.relative_to(sim).parts
        folder = inside[0] if len(inside) > 1 else TOP
        if folder != TOP and folder not in MAY_INCLUDE:
            found.append(f"{file}: folder {folder} has no arrows in tests/layering_test.py")
            continue
        text = file.read_text()
        for match in INCLUDE.finditer(text):
            if why := complaint(folder, match[1]):
                line = text.count("\n", 0, match.start(1)) + 1
                found.append(f"{file}:{line}: {match[1]}: {why}")
    return found


class Layering(unittest.TestCase):
    sim: Path

    def test_sim_keeps_to_its_arrows(self) -> None:
        self.assertGreater(len(list(self.sim.rglob("*.hpp"))), 20, "the wrong folder?")
        self.assertEqual(violations(self.sim), [])

    def test_each_wrong_include_is_found(self) -> None:
        wrong = [
            ("core", "sim/algorithms/message.hpp"),
            ("learn", "sim/algorithms/message.hpp"),
            ("algorithms", "sim/learn/dataset.hpp"),
            ("network", "sim/actors/learner.hpp"),
            ("actors", "sim/learn/dataset.hpp"),
            ("actors", "sim/experiment/recorder.hpp"),
            ("experiment", "sim/commands/run.hpp"),
            ("actors", "torch/torch.h"),
            ("algorithms", "ATen/ATen.h"),
            ("experiment", "c10/core/Device.h"),
            ("actors", "simgrid/s4u.hpp"),
            ("learn", "xbt/log.h"),
            ("algorithms", "nlohmann/json.hpp"),
            ("core", "nlohmann/json_fwd.hpp"),
            ("algorithms", "chrono"),
            ("network", "curl/curl.h"),
            ("experiment", "CLI/CLI.hpp"),
            ("core", "tests/support/quadratic.hpp"),
        ]
        for folder, included in wrong:
            with self.subTest(folder=folder, included=included):
                self.assertNotEqual(complaint(folder, included), "")

    def test_a_wrong_include_is_reported_with_file_and_line(self) -> None:
        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / "core" / "a.hpp"
            file.parent.mkdir()
            file.write_text('#pragma once\n\n#  include "sim/learn/b.hpp"\n#include <vector>\n')
            unknown = Path(place) / "new" / "b.cpp"
            unknown.parent.mkdir()
            unknown.write_text("")

            found = violations(Path(place))

        self.assertEqual(found[0], f"{file}:3: sim/learn/b.hpp: core may not include learn")
        self.assertIn("folder new has no arrows", found[1])


if __name__ == "__main__":
    Layering.sim = Path(sys.argv.pop())
    unittest.main(verbosity=2)
