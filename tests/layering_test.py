"""What a folder of sim/ and of analysis/ may include: the arrows of sim/README.md, held true.

    layering_test.py SIM ANALYSIS     checks the folders and itself
"""

from __future__ import annotations

import re
import sys
import tempfile
import unittest
from pathlib import Path

MAY_INCLUDE: dict[str, set[str]] = {
    "kernels": set(),
    "core": {"kernels"},
    "trace": {"core"},
    "algorithms": {"core", "kernels"},
    "learn": {"core", "kernels"},
    "network": {"core"},
    "cost": {"algorithms", "core"},
    "training": {"algorithms", "trace", "core"},
    "protocols": {"cost", "network", "algorithms", "core"},
    "tcp": {"protocols", "cost", "core"},
    "scenario": {"protocols", "cost", "network", "learn", "algorithms", "core"},
    "results": {"scenario", "network", "learn", "algorithms", "core"},
    "run": {"results", "scenario", "protocols", "training", "network", "learn", "cost", "trace", "core"},
    "sweep": {"run", "results", "scenario", "tcp", "protocols", "trace", "cost", "core"},
    "studies": {"sweep", "results", "scenario", "core"},
}
ALL = {*MAY_INCLUDE}
MAY_INCLUDE |= {"commands": ALL, "programs": {*ALL, "commands"}}
TOP = "sim itself"  # main.cpp, version.hpp: everything
PROGRAMS = {TOP, "programs", "commands"}

# What is included from outside, and the folders that may.
ONLY_IN: list[tuple[str, str, set[str]]] = [
    ("LibTorch", r"torch/|ATen/|c10/", {"learn"}),
    ("SimGrid", r"simgrid/|xbt/", {"network"}),
    ("JSON", r"nlohmann/", {*PROGRAMS, "scenario", "results", "sweep", "studies"}),
    ("the outer world", r"curl/|archive\.h$|archive_entry\.h$|openssl/", {"learn"}),
    ("the network", r"netinet/|netdb\.h$|arpa/|boost/asio", {"tcp"}),
    ("a socket", r"sys/socket\.h$", {"tcp", "learn"}),  # learn/external: to a process of this host
    ("a command line", r"CLI/", {"commands"}),
    ("a clock", r"chrono$|ctime$|time\.h$|sys/time\.h$", {*MAY_INCLUDE, TOP} - {"algorithms"}),
]

# analysis/ reads the results folder's files. Of the simulator it takes what belongs to no layer.
ANALYSIS_MAY_INCLUDE: dict[str, set[str]] = {
    "results": set(),
    "statistics": set(),
    "study": {"results", "statistics"},
    "tables": {"results", "statistics", "study"},
    "figures": {"results", "statistics", "study", "tables"},
    "papers": {"results", "statistics", "study", "tables", "figures"},
    "page": {"results", "statistics", "study", "tables", "figures"},
}
PAPERS = "papers"  # papers/NAME/: what belongs to one paper
FROM_SIM = {"sim/core/error.hpp", "sim/core/random.hpp", "sim/core/stream_names.hpp"}
FOREIGN_TO_ANALYSIS = r"torch/|ATen/|c10/|simgrid/|xbt/|CLI/|chrono$|ctime$|time\.h$|sys/time\.h$"

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def complaint(folder: str, included: str) -> str:
    """Why `folder` may not include this; empty if it may."""
    for what, pattern, allowed in ONLY_IN:
        if re.match(pattern, included) and folder not in allowed:
            return f"{what} has no place in {folder}"
    parts = included.split("/")
    if parts[0] == "tests":
        return "the program does not know its tests"
    if parts[0] == "analysis" and folder not in {*PROGRAMS, "studies"}:
        return f"{folder} may not include analysis/"
    if folder == TOP or parts[0] != "sim" or len(parts) < 3 or parts[1] == folder:
        return ""
    if parts[1] in MAY_INCLUDE.get(folder, set()):
        return ""
    return f"{folder} may not include {parts[1]}"


def complaint_in_analysis(folder: str, included: str, paper: str = "") -> str:
    """Likewise in analysis/; `folder` is TOP for report.hpp and the like, which join all parts;
    `paper` is the folder in papers/, if any."""
    if re.match(FOREIGN_TO_ANALYSIS, included):
        return f"{included} has no place in analysis/"
    if re.match(r"cairo", included) and folder != "figures":
        return f"drawing has no place in analysis/{folder}"
    parts = included.split("/")
    if parts[0] == "tests":
        return "the program does not know its tests"
    if parts[0] == "sim" and included not in FROM_SIM:
        return f"analysis/ reads results and may not include {included}"
    if paper and parts[:2] == ["analysis", PAPERS] and parts[2] != paper:
        return f"analysis/papers/{paper} may not include {included}"
    if parts[0] != "analysis" or len(parts) < 3 or folder in (TOP, parts[1]):
        return ""
    if parts[1] in ANALYSIS_MAY_INCLUDE.get(folder, set()):
        return ""
    return f"analysis/{folder} may not include analysis/{parts[1]}"


def violations_in_analysis(analysis: Path) -> list[str]:
    found = []
    for file in sorted([*analysis.rglob("*.hpp"), *analysis.rglob("*.cpp")]):
        inside = file.relative_to(analysis).parts
        folder = inside[0] if len(inside) > 1 else TOP
        if folder != TOP and folder not in ANALYSIS_MAY_INCLUDE:
            found.append(f"{file}: folder {folder} has no arrows in tests/layering_test.py")
        paper = inside[1] if folder == PAPERS and len(inside) > 2 else ""
        for match in INCLUDE.finditer(file.read_text()):
            if why := complaint_in_analysis(folder, match[1], paper):
                found.append(f"{file}: {match[1]}: {why}")
    return found


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
    analysis: Path

    def test_sim_keeps_to_its_arrows(self) -> None:
        self.assertGreater(len(list(self.sim.rglob("*.hpp"))), 20, "the wrong folder?")
        self.assertEqual(violations(self.sim), [])

    def test_names_of_random_streams_stand_in_one_header(self) -> None:
        literal = re.compile(r'\bstream\([^;("]*"')
        files = [f for root in (self.sim, self.analysis) for f in root.rglob("*.[ch]pp")]
        found = [
            f"{file}: {match[0]}"
            for file in files
            for match in literal.finditer(re.sub(r"//.*", "", file.read_text()))
        ]
        self.assertEqual(found, [])

    def test_analysis_keeps_to_its_arrows(self) -> None:
        self.assertGreater(len(list(self.analysis.rglob("*.hpp"))), 10, "the wrong folder?")
        self.assertEqual(violations_in_analysis(self.analysis), [])

    def test_each_wrong_include_in_analysis_is_found(self) -> None:
        wrong = [
            ("results", "sim/scenario/scenario.hpp"),
            ("study", "sim/core/iteration_record.hpp"),
            ("page", "sim/version.hpp"),
            (TOP, "sim/results/results_folder.hpp"),
            ("results", "analysis/study/study.hpp"),
            ("statistics", "analysis/results/run.hpp"),
            ("tables", "analysis/figures/figure.hpp"),
            ("page", "cairo/cairo.h"),
            ("study", "torch/torch.h"),
            ("study", "simgrid/s4u.hpp"),
            ("page", "chrono"),
            ("tables", "analysis/papers/sasg/published.hpp"),
            ("page", "analysis/papers/papers.hpp"),
            (PAPERS, "analysis/page/page.hpp"),
        ]
        for folder, included in wrong:
            with self.subTest(folder=folder, included=included):
                self.assertNotEqual(complaint_in_analysis(folder, included), "")

    def test_papers_do_not_include_each_other(self) -> None:
        own, other = "analysis/papers/sasg/published.hpp", "analysis/papers/lag/published.hpp"
        self.assertEqual(complaint_in_analysis(PAPERS, own, "sasg"), "")
        self.assertNotEqual(complaint_in_analysis(PAPERS, other, "sasg"), "")
        self.assertNotEqual(complaint_in_analysis(PAPERS, "analysis/papers/papers.hpp", "sasg"), "")
        self.assertEqual(complaint_in_analysis(PAPERS, other), "")  # papers.cpp lists them

    def test_each_wrong_include_is_found(self) -> None:
        wrong = [
            ("kernels", "sim/core/problem.hpp"),
            ("core", "sim/algorithms/messages/message.hpp"),
            ("trace", "sim/algorithms/methods.hpp"),
            ("learn", "sim/algorithms/messages/message.hpp"),
            ("algorithms", "sim/learn/data/dataset.hpp"),
            ("network", "sim/cost/cost_model.hpp"),
            ("cost", "sim/network/simulation.hpp"),
            ("training", "sim/network/simulation.hpp"),
            ("protocols", "sim/training/task_pool.hpp"),
            ("protocols", "sim/results/recorder.hpp"),
            ("scenario", "sim/results/summary.hpp"),
            ("results", "sim/sweep/experiment_file.hpp"),
            ("run", "sim/sweep/sweep_runner.hpp"),
            ("sweep", "sim/studies/crossovers.hpp"),
            ("studies", "sim/commands/sweeps/run.hpp"),
            ("protocols", "torch/torch.h"),
            ("algorithms", "ATen/ATen.h"),
            ("scenario", "c10/core/Device.h"),
            ("protocols", "simgrid/s4u.hpp"),
            ("learn", "xbt/log.h"),
            ("algorithms", "nlohmann/json.hpp"),
            ("core", "nlohmann/json_fwd.hpp"),
            ("algorithms", "chrono"),
            ("network", "curl/curl.h"),
            ("sweep", "CLI/CLI.hpp"),
            ("sweep", "sys/socket.h"),
            ("tcp", "simgrid/s4u.hpp"),
            ("tcp", "sim/scenario/scenario.hpp"),
            ("core", "tests/support/quadratic.hpp"),
            ("results", "analysis/report.hpp"),
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
    Layering.analysis = Path(sys.argv.pop())
    Layering.sim = Path(sys.argv.pop())
    unittest.main(verbosity=2)
