"""Route solvers side by side on Li-Lim instances: `compare.py measure ...` adds rows to results.csv, `compare.py table`
writes docs/benchmarks/routes.md from them.

Each run is a process of its own, pinned to one core; one run goes at a time on each core named. Every answer, ours
included, is checked here from the rules and measured in floating point. Rows that exist are not run again.
"""

import argparse
import csv
import json
import math
import os
import platform
import subprocess
import sys
import threading
import time
from pathlib import Path

import peers

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
RESULTS = HERE / "results.csv"
FIELDS = ["instance", "solver", "seconds", "vehicles", "distance", "verdict", "wall_seconds"]
SOLVERS = ["paceline", "pyvrp", "vroom", "ortools", "vrp-cli"]


def judge(path, routes):
    """Vehicles, distance and the first broken rule, or `feasible`."""
    if routes is None:
        return "", "", "no answer"
    vehicles, capacity, places = peers.read(path)
    served = sorted(at for route in routes for at in route)
    distance = 0.0
    if served != list(range(1, len(places))):
        return "", "", "not everybody served once"
    if len(routes) > vehicles:
        return "", "", "too many vehicles"
    for route in routes:
        clock, load, at = places[0][3], 0, 0
        for to in route + [0]:
            leg = math.hypot(places[at][0] - places[to][0], places[at][1] - places[to][1])
            distance += leg
            clock = max(clock + leg + places[at][5], places[to][3])
            load += places[to][2] if to else 0
            at = to
            if clock > places[to][4] + 1e-6:
                return "", "", f"late at {to}"
            if load > capacity:
                return "", "", f"overloaded at {to}"
        for pickup, delivery in peers.pairs(places):
            if (pickup in route) != (delivery in route):
                return "", "", f"pair {pickup} {delivery} is split"
            if pickup in route and route.index(pickup) > route.index(delivery):
                return "", "", f"{delivery} before {pickup}"
    return len(routes), distance, "feasible"


def solve(solver, path, seconds, core, ours):
    if solver == "paceline":
        command = [ours, str(seconds), "1", str(path)]
    else:
        command = [sys.executable, str(HERE / "peers.py"), solver, str(path), str(seconds)]
    start = time.monotonic()
    done = subprocess.run(["taskset", "-c", str(core), *command], capture_output=True, text=True)
    wall = time.monotonic() - start
    try:
        if solver == "paceline":
            row = done.stdout.splitlines()[-1].split(",")
            routes = [[int(at) for at in route.split()] for route in row[-1].split("|")] if row[5] == "0" else None
        else:
            answer = json.loads(done.stdout.splitlines()[-1])
            routes, wall = answer["routes"], answer["seconds"]
    except (ValueError, IndexError, KeyError):
        return "", "", "crashed: " + (done.stderr.strip().splitlines() or ["silent"])[-1][:80].replace(",", ";"), wall
    return (*judge(path, routes), wall)


def measure(args):
    known = {(row["instance"], row["solver"], float(row["seconds"])) for row in rows()}
    wanted = [
        (instance, solver)
        for instance in args.instances or instances(args.data)
        for solver in args.solvers
        if (instance, solver, args.seconds) not in known
    ]
    lock, deadline = threading.Lock(), time.monotonic() + args.minutes * 60
    if not RESULTS.exists():
        RESULTS.write_text(",".join(FIELDS) + "\n")

    def work(core):
        while True:
            with lock:
                if not wanted or time.monotonic() + args.seconds + 2 > deadline:
                    return
                instance, solver = wanted.pop(0)
            result = solve(solver, args.data / f"{instance}.txt", args.seconds, core, args.ours)
            with lock, RESULTS.open("a") as out:
                vehicles, distance, verdict, wall = result
                distance = f"{distance:.4f}" if distance != "" else ""
                out.write(f"{instance},{solver},{args.seconds},{vehicles},{distance},{verdict},{wall:.2f}\n")

    threads = [threading.Thread(target=work, args=(core,)) for core in args.cores]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    print(f"{len(wanted)} runs left")


def rows():
    return list(csv.DictReader(RESULTS.open())) if RESULTS.exists() else []


def best_known(path):
    found = csv.DictReader(path.open())
    return {row["instance"]: (int(row["vehicles"]), float(row["value"])) for row in found if row["set"] == "LiLim"}


def instances(folder):
    """By size, then by name."""
    return sorted((file.stem for file in folder.glob("l*.txt")), key=lambda name: (name.count("_"), name.split("_")[1:2], name))


def value(row):
    return (int(row["vehicles"]), float(row["distance"])) if row and row["verdict"] == "feasible" else None


def cell(own, known):
    if own is None:
        return "none"
    return f"{own[0]} · {own[1]:.1f} ({own[0] - known[0]:+d}, {(own[1] / known[1] - 1) * 100:+.2f} %)"


def no_worse(own, best):
    """Vehicles first; distances within a ten-thousandth are one, for peers drive on rounded legs."""
    return best is None or own is not None and (own[0] < best[0] or own[0] == best[0] and own[1] <= best[1] * 1.0001)


def table(args):
    known = best_known(args.data.parent / "best_known.csv")
    text = [(HERE / "head.md").read_text().rstrip().format(
        date=time.strftime("%Y-%m-%d"), system=platform.system(), cores=os.cpu_count())]
    for seconds in sorted({float(row["seconds"]) for row in rows()}):
        by = {(row["instance"], row["solver"]): row for row in rows() if float(row["seconds"]) == seconds}
        solvers = [solver for solver in SOLVERS if any(solver == run for _, run in by)]
        complete = [instance for instance in instances(args.data) if all((instance, solver) in by for solver in solvers)]
        text += ["", f"## {seconds:g} s", "", "| instance | best known | " + " | ".join(solvers) + " | no worse |",
                 "| --- | ---: |" + " ---: |" * len(solvers) + " --- |"]
        wins, gaps, feasible = 0, [], {solver: 0 for solver in solvers}
        extra = {solver: 0 for solver in solvers}
        for instance in complete:
            values = {solver: value(by[instance, solver]) for solver in solvers}
            others = [own for solver, own in values.items() if solver != "paceline" and own]
            won = no_worse(values["paceline"], min(others, default=None))
            wins += won
            for solver, own in values.items():
                feasible[solver] += own is not None
                extra[solver] += own[0] - known[instance][0] if own else 0
            own = values["paceline"]
            if own and own[0] == known[instance][0] and "_" not in instance:
                gaps.append((own[1] / known[instance][1] - 1) * 100)
            count, distance = known[instance]
            text.append(f"| {instance} | {count} · {distance:.1f} | "
                        + " | ".join(cell(values[solver], known[instance]) for solver in solvers)
                        + f" | {'yes' if won else 'no'} |")
        text.append("| **feasible** | | " + " | ".join(f"{feasible[s]} of {len(complete)}" for s in solvers) + " | |")
        text.append("| **vehicles above best known** | | " + " | ".join(str(extra[s]) for s in solvers) + " | |")
        text += ["", f"No worse than the best peer on **{wins} of {len(complete)}**"
                 + (f" ({100 * wins / len(complete):.0f} %)." if complete else ".")]
        if gaps:
            text[-1] += (f" At 100 places with the best known number of vehicles ({len(gaps)} instances): "
                         f"{sum(gaps) / len(gaps):.2f} % above the best known distance on average, {max(gaps):.2f} % at most.")
    tail = HERE / "tail.md"
    text += ["", tail.read_text().rstrip()] if tail.exists() else []
    (ROOT / "docs/benchmarks/routes.md").write_text("\n".join(text) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["measure", "table"])
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--minutes", type=float, default=1e9, help="stop in time; what is left is run by the next call")
    parser.add_argument("--instances", nargs="*", help="without it, all of them")
    parser.add_argument("--cores", nargs="*", type=int, default=[0, 1])
    parser.add_argument("--solvers", nargs="*", default=SOLVERS)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data/kernel/pdptw")
    parser.add_argument("--ours", default=str(ROOT / "target/release/examples/vrp_bench"))
    args = parser.parse_args()
    measure(args) if args.what == "measure" else table(args)


if __name__ == "__main__":
    main()
