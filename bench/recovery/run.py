#!/usr/bin/env python3
"""How soon a server answers again, and what a snapshot of a large world stops.

A simulated day leaves a journal of a million events and more. A fresh `paceline serve` opens a copy of it, time after time: until
it listens, wall clock and processor time. Then it is ended, which leaves a snapshot, and opened from that. Beside it the engine
alone, in one process: a checkpoint of a million kept orders, and the inputs that the region takes while another thread encodes it.
Writes docs/benchmarks/recovery.md and .csv.

    bench/recovery/run.py                                         some five minutes
    bench/recovery/run.py --demand-scale 1 --runs 2 --orders 10000 --out bench/out/recovery

PACELINE_BIN may name a folder with the program and `checkpoint_bench`. Nothing but Python 3.10 is needed.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import measure  # noqa: E402
import served  # noqa: E402

SCENARIO = measure.ROOT / "data" / "manhattan" / "scenario.toml"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--demand-scale", type=float, default=10.0, help="of the simulated day")
    parser.add_argument("--vehicles", type=int, default=2_000, help="of the simulated day")
    parser.add_argument("--orders", type=int, default=1_000_000, help="that the checkpoint holds")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--out", type=Path, help="writes page and numbers into this folder instead")
    return parser.parse_args()


def example() -> Path:
    if folder := os.environ.get("PACELINE_BIN"):
        return Path(folder) / "checkpoint_bench"
    build = ["cargo", "build", "--quiet", "--release", "-p", "paceline-engine", "--example", "checkpoint_bench"]
    subprocess.run(build, cwd=measure.ROOT, check=True)
    return measure.ROOT / "target" / "release" / "examples" / "checkpoint_bench"


def opened(program: Path, journal: Path) -> tuple:
    """Seconds until a server listens, and its processor time by then."""
    began = time.monotonic()
    with served.Served(program, journal=journal) as server:
        return time.monotonic() - began, measure.cpu_seconds(server.pid), measure.memory_bytes(server.pid)


def row(what: str, events: int, runs: list) -> dict:
    seconds, cpu, memory = zip(*runs)
    return {
        "what": what, "events": events, "runs": len(runs),
        "seconds_min": round(min(seconds), 2), "seconds": round(statistics.median(seconds), 2), "seconds_max": round(max(seconds), 2),
        "cpu_seconds": round(statistics.median(cpu), 2), "memory_mb": round(statistics.median(memory) / 1e6),
    }


def restarts(program: Path, asked: argparse.Namespace) -> list:
    with tempfile.TemporaryDirectory() as folder:
        day = Path(folder) / "day"
        command = [program, "sim", SCENARIO, "--demand-scale", str(asked.demand_scale), "--vehicles", str(asked.vehicles)]
        subprocess.run([*command, "--journal", day], check=True, stdout=subprocess.DEVNULL)
        fresh = opened(program, Path(folder) / "none")
        runs = []
        for number in range(asked.runs):
            copy = Path(folder) / f"copy-{number}"
            shutil.copytree(day, copy)
            began = time.monotonic()
            with served.Served(program, journal=copy) as server:
                runs.append((time.monotonic() - began, measure.cpu_seconds(server.pid), measure.memory_bytes(server.pid)))
                events = json.loads(server.get("/v1/world"))["version"]
        # The last copy was closed: it has a snapshot.
        from_snapshot = [opened(program, copy) for _ in range(asked.runs)]
        return [row("an empty journal", 0, [fresh]), row("records alone", events, runs), row("a snapshot", events, from_snapshot)]


def main() -> None:
    asked = arguments()
    program, checkpoint = measure.binary("paceline", "paceline"), example()
    rows = restarts(program, asked)
    said = subprocess.run([checkpoint, str(asked.orders)], check=True, capture_output=True, text=True).stdout
    page = asked.out or measure.PAGES
    measure.write_csv(page / "recovery.csv", rows)
    records = rows[1]
    rate = records["seconds"] / max(records["events"], 1) * 1e6
    head = ["opened from", "events", "s until it listens: least", "median", "most", "processor s", "MB resident"]
    cells = [[one["what"], f"{one['events']:,}", *(f"{one[key]:.2f}" for key in ("seconds_min", "seconds", "seconds_max", "cpu_seconds")),
              str(one["memory_mb"])] for one in rows]
    text = "\n".join([
        "# Recovery and snapshots\n",
        f"The journal of `data/manhattan/scenario.toml` with {asked.vehicles:,} vehicles and demand times {asked.demand_scale:g}, opened by a fresh server,",
        f"{asked.runs} times each. Made by `bench/recovery/run.py`, numbers in `docs/benchmarks/recovery.csv`. {measure.machine()}\n",
        measure.table(head, cells),
        f"A million events take {rate:.1f} s.\n",
        f"The engine alone, {asked.orders:,} kept orders (`checkpoint_bench`): what the region does not do meanwhile is the line `checkpoint`;",
        "`inputs beside` are orders placed and batches of a hundred readings while another thread encodes.\n",
        "```text", said.rstrip(), "```\n",
    ])
    (page / "recovery.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
