"""Initial inputs of the fuzz targets: small valid files, and a dictionary of their words."""

from __future__ import annotations

import gzip
import json
import re
import struct
import subprocess
import sys
from pathlib import Path

# As in images_fuzz.cpp, tables_fuzz.cpp and results_fuzz.cpp: the first byte selects the kind of the
# rest.
TABLES = ("npz", "npy", "idx", "libsvm", "csv", "images_raw")
IDX_IMAGES, IDX_LABELS, CIFAR10, CIFAR100, PACK = 0, 1, 2, 3, 8
(METRICS, RUNS, CROSSOVERS, TIMELINE, SUMMARY, SCENARIO, EXPERIMENT) = range(7)


def idx(values: bytes, *dimensions: int) -> bytes:
    return struct.pack(f">HBB{len(dimensions)}I", 0, 8, len(dimensions), *dimensions) + values


def images() -> dict[str, bytes]:
    pixels, labels = idx(bytes(range(12)), 3, 2, 2), idx(b"\0\1\2", 3)
    record = bytes(3072)
    plain = {
        "images": bytes([IDX_IMAGES]) + pixels,
        "labels": bytes([IDX_LABELS]) + labels,
        "cifar10": bytes([CIFAR10, 9]) + record,
        "cifar100": bytes([CIFAR100, 19, 99]) + record,
    }
    zipped = {
        f"{name}.{level}.gz": seed[:1] + gzip.compress(seed[1:], level, mtime=0)
        for level in (0, 9) for name, seed in plain.items()
    }
    to_pack = {f"{name}.pack": bytes([seed[0] | PACK]) + seed[1:] for name, seed in plain.items()}
    return plain | zipped | to_pack


SCENARIO_JSON = {
    "workers": 2, "seed": 1, "dataset": {"name": "mnist"}, "algorithm": {"name": "sgd"},
    "platform": {"kind": "star", "uplink": "1Gbps"},
    "baseline": {"metric": "test_accuracy", "above": 0.8},
}
SUMMARY_JSON = {
    "status": "finished", "iterations": 20, "rounds": 40, "skipped": 0, "uplink_payload_bits": 640,
    "uplink_wire_bytes": 80, "downlink_wire_bytes": 90, "simulated_seconds": 1.5, "final":
    {"test_accuracy": 0.9, "test_loss": 0.3}, "baseline": {"iteration": 10, "rounds": 20,
                                                           "simulated_seconds": 0.75},
    "wall": {"seconds": 1}, "environment": {"threads": 1},
}
METRICS_CSV = (
    "iteration,epoch,simulated_seconds,rounds,skipped,uplink_payload_bits,uplink_wire_bytes,"
    "downlink_wire_bytes,train_loss,train_accuracy,test_loss,test_accuracy\n"
    "10,0.5,0.75,20,0,320,40,45,2.3,0.1,2.2,0.2\n20,1,1.5,40,0,640,80,90,nan,0.5,0.3,0.9\n"
)
RUNS_CSV = (
    "id,status,algorithm.name,seed,rounds,baseline.rounds,final.test_accuracy\n"
    'sgd-1,finished,sgd,1,40,20,0.9\nx-2,finished,"a ""b""",2,41,,nan\n'
)
CROSSOVERS_CSV = (
    "setting,statement,method,than,margin,network_model,over,unit,holds,at,low,high,ci95_low,"
    "ci95_high,seeds,note\n"
    "platform.uplink,takes_less,sasg,sparse,0,CM02,,bps,below,1e8,9e7,2e8,8e7,3e8,5,\n"
    "platform.uplink,saves,sasg,sparse,0.1,LV08,,bps,everywhere,,,,,,5 of 5,why\n"
)


def timeline() -> bytes:
    events = [
        {"ph": "M", "name": "thread_name", "pid": 0, "tid": 0, "args": {"name": "server"}},
        {"ph": "M", "name": "thread_name", "pid": 0, "tid": 1, "args": {"name": "worker 0"}},
    ] + [
        {"ph": "X", "name": name, "pid": 0, "tid": 1, "ts": 10 * i, "dur": 4,
         "args": {"iteration": i // 2, "bytes": 40}}
        for i, name in enumerate(("compute", "upload", "compute", "upload"))
    ]
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms"}).encode()


def results() -> dict[str, bytes]:
    experiment = {"name": "x", "description": "y", "base": {"workers": 2},
                  "sweep": [{"seed": [1, 2]}], "gradwire": {"filter": []}}
    files = {
        METRICS: METRICS_CSV.encode(), RUNS: RUNS_CSV.encode(), CROSSOVERS: CROSSOVERS_CSV.encode(),
        TIMELINE: timeline(), SUMMARY: json.dumps(SUMMARY_JSON).encode(),
        SCENARIO: json.dumps(SCENARIO_JSON).encode(), EXPERIMENT: json.dumps(experiment).encode(),
    }
    return {str(kind): bytes([kind]) + text for kind, text in files.items()}


def tables(source: Path) -> dict[str, bytes]:
    folder = source / "tests" / "learn" / "data" / "formats" / "files"
    return {f"{kind}-{file.name}": bytes([number]) + file.read_bytes()
            for number, kind in enumerate(TABLES) for file in (folder / kind).iterdir()}


def experiments(source: Path) -> dict[str, bytes]:
    files = [*(source / "experiments").glob("[!s]*.json"),  # except schema.json
             *(source / "tests" / "scenario" / "files").rglob("*.json")]
    return {f"{file.parent.name}-{file.stem}": file.read_bytes() for file in files}


def dictionary(texts: list[bytes]) -> str:
    """A libFuzzer dictionary: quoted ASCII words of JSON texts, and column names of CSV texts."""
    words = {word.decode() for text in texts for word in re.findall(rb'"[A-Za-z_.$]{2,40}"', text)}
    words |= {f"{name}," for text in texts for name in re.findall(r"[a-z_.]{3,40}(?=,)", text.decode(
        errors="ignore"))}
    return "".join('"{}"\n'.format(word.replace('"', '\\"')) for word in sorted(words))


def write(source: Path, folder: Path, binary_seeds: Path) -> None:
    """Writes all seeds. `binary_seeds` is the program that writes traces and frames."""
    for target, files in (("images", images()), ("tables", tables(source)), ("results", results()),
                          ("experiment", experiments(source))):
        place = folder / target
        place.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (place / name).write_bytes(content)
        if target not in ("images", "tables"):
            (folder / f"{target}.dict").write_text(dictionary(list(files.values())))
    for target in ("trace", "frames"):
        (folder / target).mkdir(parents=True, exist_ok=True)
    subprocess.run([binary_seeds, folder], check=True)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
