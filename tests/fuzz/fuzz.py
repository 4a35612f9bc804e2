"""fuzz.py build|TARGET SOURCE BUILD: builds the fuzz targets with clang in BUILD, or runs one.

Exit status 77 (skipped) if clang or its fuzzer runtime is missing. A target runs for
$GRADWIRE_FUZZ_SECONDS (default 60) or, if set, for $GRADWIRE_FUZZ_RUNS inputs instead. Inputs that
reach new code are kept in BUILD/corpus; failing inputs are written to BUILD/found and can be repeated
with BUILD/tests/fuzz/TARGET_fuzz.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import seeds

SKIPPED = 77
PACKAGES = "Debian's packages clang and libclang-rt-14-dev"
# Memory limits of readers in MB, including the sanitizers' own memory.
MEMORY = {"images": 3000, "tables": 3000}  # the unpacked size of a file is unknown in advance
DEFAULT_MEMORY = 1000


def clang() -> str | None:
    """The path of a clang++ that can link with libFuzzer, or None."""
    for name in ("clang++", "clang++-19", "clang++-16", "clang++-15", "clang++-14"):
        path = shutil.which(name)
        if path is None:
            continue
        program = "#include <cstddef>\n#include <cstdint>\nextern \"C\" int LLVMFuzzerTestOneInput(" \
                  "const std::uint8_t*, std::size_t) { return 0; }"
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([path, "-fsanitize=fuzzer,address,undefined", "-x", "c++", "-", "-o",
                                   f"{folder}/a.out"], input=program, text=True, capture_output=True,
                                  check=False)
        if done.returncode == 0:
            return path
    return None


def build(source: Path, folder: Path, compiler: str) -> int:
    configure = ["cmake", "-G", "Ninja", "-S", source, "-B", folder,
                 f"-DCMAKE_CXX_COMPILER={compiler}", "-DCMAKE_BUILD_TYPE=None",
                 "-DCMAKE_CXX_FLAGS=-O1 -g -fno-sanitize-recover=all", "-DGRADWIRE_FUZZER=ON",
                 "-DGRADWIRE_SANITIZE=fuzzer-no-link,address,undefined"]
    for command in (configure, ["cmake", "--build", folder, "--target", "fuzz_targets"]):
        done = subprocess.run(command, check=False)
        if done.returncode != 0:
            return done.returncode
    seeds.write(source, folder / "seeds", folder / "tests" / "fuzz" / "fuzz_seeds")
    return 0


def try_target(target: str, folder: Path) -> int:
    program = folder / "tests" / "fuzz" / f"{target}_fuzz"
    for place in ("corpus", "found"):
        (folder / place / target).mkdir(parents=True, exist_ok=True)
    runs = os.environ.get("GRADWIRE_FUZZ_RUNS")
    length = f"-runs={runs}" if runs else \
        f"-max_total_time={os.environ.get('GRADWIRE_FUZZ_SECONDS', '60')}"
    memory = MEMORY.get(target, DEFAULT_MEMORY)
    options = [length, f"-rss_limit_mb={memory}", "-timeout=20", "-max_len=4096", "-verbosity=0",
               "-print_final_stats=1", f"-artifact_prefix={folder}/found/{target}/"]
    words = folder / "seeds" / f"{target}.dict"
    if words.exists():
        options.append(f"-dict={words}")
    memory_disk = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory_disk if memory_disk.is_dir() else None) as scratch:
        environment = os.environ | {"TMPDIR": scratch}
        return subprocess.run([program, *options, folder / "corpus" / target, folder / "seeds" / target],
                              env=environment, cwd=scratch, stdin=subprocess.DEVNULL,
                              check=False).returncode


def main(target: str, source: Path, folder: Path) -> int:
    compiler = clang()
    if compiler is None:
        print(f"skipped: there is no clang++ with libFuzzer ({PACKAGES})")
        return SKIPPED
    return build(source, folder, compiler) if target == "build" else try_target(target, folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
