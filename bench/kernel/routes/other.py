"""Dial-a-ride and electric instances side by side, and the overrun of budgets.

`other.py measure --seconds 1` runs what other.csv does not hold yet, one run at a time on one core, and judges every answer
by `rules.py`; `other.py overrun` measures how late answers come; `other.py table` rewrites the end of
docs/benchmarks/routes.md, from its first heading that is made here on, and keeps it as tail.md for `compare.py`.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import rules

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
RESULTS, OVERRUN = HERE / "other.csv", HERE / "overrun.csv"
FIELDS = ["instance", "solver", "seconds", "vehicles", "distance", "verdict", "over_ms", "core_share"]
# Who can read which; see other_peers.py.
SOLVERS = {"dial-a-ride": ["paceline", "ortools"], "electric": ["paceline", "ortools", "vrp-cli"]}
HEADING = "## Dial-a-ride"


def solve(args, solver, path):
    """Routes, how late they came in ms where the solver says so, and the share of a core that the run had."""
    if solver == "paceline":
        command = [args.ours, str(args.seconds), "1", str(path)]
    else:
        command = [sys.executable, str(HERE / "other_peers.py"), solver, str(path), str(args.seconds)]
    start = time.monotonic()
    child = subprocess.Popen(["taskset", "-c", str(args.core), *command], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True)
    last = (child.stdout.read().splitlines() or [""])[-1]
    _, _, used = os.wait4(child.pid, 0)
    share = (used.ru_utime + used.ru_stime) / (time.monotonic() - start)
    if solver == "paceline":
        row = last.split(",")
        routes = [[int(at) for at in route.split()] for route in row[-1].split("|")]
        # `check` has judged it too.
        return routes if row[6] == "0" else None, float(row[10]), share
    return json.loads(last)["routes"] if last.startswith("{") else None, "", share


def measure(args):
    known = {(row["instance"], row["solver"], float(row["seconds"])) for row in rows(RESULTS)}
    deadline = time.monotonic() + args.minutes * 60
    if not RESULTS.exists():
        RESULTS.write_text(",".join(FIELDS) + "\n")
    files = sorted((args.data / "darp").glob("*.txt"))
    files += [file for size in args.sizes for file in sorted((args.data / f"evrptw/instances/{size}").glob("*.txt"))]
    wanted = [(file, solver) for file in files for solver in SOLVERS[kind(file)]
              if (file.stem, solver, args.seconds) not in known]
    while wanted and time.monotonic() + 2 * args.seconds + 2 < deadline:
        file, solver = wanted.pop(0)
        routes, over, share = solve(args, solver, file)
        vehicles, distance, verdict = rules.judge(rules.read(file), routes)
        distance = f"{distance:.4f}" if verdict == "feasible" else ""
        with RESULTS.open("a") as out:
            out.write(f"{file.stem},{solver},{args.seconds},{vehicles},{distance},{verdict},{over},{share:.2f}\n")
    print(f"{len(wanted)} runs left")


def kind(file):
    return "dial-a-ride" if "darp" in file.parts else "electric"


def overrun(args):
    pairs = [args.data / f"pdptw/{name}.txt" for name in "lc101 lr1_2_1 lc1_4_1 lr1_4_3".split()]
    rides = [args.data / f"darp/{name}.txt" for name in "R1a a4-48 a8-96".split()]
    electric = [args.data / f"evrptw/instances/100/{name}_21.txt" for name in "c101 r203 rc204".split()]
    tiny = [ROOT / "crates/plan/tests/vrp/instances/solomon_10.txt"]
    command = ["taskset", "-c", str(args.core), args.overrun, *map(str, pairs + rides + electric + tiny)]
    OVERRUN.write_text(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def rows(path):
    return list(csv.DictReader(path.open())) if path.exists() else []


def value(row):
    return (int(row["vehicles"]), float(row["distance"])) if row and row["verdict"] == "feasible" else None


def no_worse(own, others, distance_only):
    """Distances within a ten-thousandth are one, for peers drive on rounded legs."""
    key = (lambda one: (0, one[1])) if distance_only else (lambda one: one)
    best = min(others, key=key, default=None)
    if best is None or own is None:
        return own is not None
    own, best = key(own), key(best)
    return own[0] < best[0] or own[0] == best[0] and own[1] <= best[1] * 1.0001


def cell(row, known, distance_only):
    own = value(row)
    if own is None:
        return row["verdict"]
    if known is None:
        return f"{own[0]} · {own[1]:.2f}"
    gap = (own[1] / known[1] - 1) * 100 + 0.0
    extra = "" if distance_only else f"{own[0] - known[0]:+d}, "
    return f"{own[0]} · {own[1]:.2f} ({extra}{gap:+.2f} %)"


def compared(title, names, by, solvers, known, distance_only):
    """A table, and what it comes to."""
    text = ["", f"| {title} | best known | " + " | ".join(solvers) + " | no worse |",
            "| --- | ---: |" + " ---: |" * len(solvers) + " --- |"]
    wins, gaps, extra = 0, {solver: [] for solver in solvers}, {solver: 0 for solver in solvers}
    for name in names:
        best = known.get(name.removesuffix("_21"))
        values = {solver: value(by[name, solver]) for solver in solvers}
        won = no_worse(values["paceline"], [own for solver, own in values.items() if solver != "paceline" and own],
                       distance_only)
        wins += won
        for solver, own in values.items():
            if own and best:
                extra[solver] += own[0] - best[0] if not distance_only else 0
                if distance_only or own[0] == best[0]:
                    gaps[solver].append((own[1] / best[1] - 1) * 100)
        shown = f"{best[1]:.2f}" if best and distance_only else f"{best[0]} · {best[1]:.2f}" if best else "none at hand"
        cells = " | ".join(cell(by[name, solver], best, distance_only) for solver in solvers)
        text.append(f"| {name.removesuffix('_21')} | {shown} | {cells} | {'yes' if won else 'no'} |")
    feasible = {solver: sum(value(by[name, solver]) is not None for name in names) for solver in solvers}
    text.append("| **feasible** | | " + " | ".join(f"{feasible[one]} of {len(names)}" for one in solvers) + " | |")
    if not distance_only and any(known.get(name.removesuffix("_21")) for name in names):
        text.append("| **vehicles above best known** | | " + " | ".join(str(extra[one]) for one in solvers) + " | |")
    if gaps["paceline"]:
        mean = {one: f"{sum(gap) / len(gap):.2f} % of {len(gap)}" if gap else "none" for one, gap in gaps.items()}
        text.append("| **mean gap** | | " + " | ".join(mean[one] for one in solvers) + " | |")
    return text + ["", f"No worse than the best peer on **{wins} of {len(names)}**."]


def late(over):
    over = sorted(over)
    at = lambda share: over[min(len(over) - 1, int(len(over) * share))]
    return f"{at(0.5):.2f} | {at(0.99):.2f} | {over[-1]:.2f}"


def table(args):
    known_rides = {row["instance"]: (0, float(row["value"])) for row in rows(HERE / "darp_best_known.csv")}
    known = {}
    for row in rows(args.data / "best_known.csv"):
        if row["set"].startswith("E-"):
            name, own = row["instance"].lower(), (int(row["vehicles"]), float(row["value"]))
            known[name] = min(own, known.get(name, own))
    text = [(HERE / "other_head.md").read_text().rstrip()]
    for seconds in sorted({float(row["seconds"]) for row in rows(RESULTS)}):
        own = [row for row in rows(RESULTS) if float(row["seconds"]) == seconds]
        by = {(row["instance"], row["solver"]): row for row in own}
        names = list(dict.fromkeys(row["instance"] for row in own))
        shares = sorted(float(row["core_share"]) for row in own if row["solver"] == "paceline")
        text += ["", f"### {seconds:g} s", "", f"Ours had {shares[len(shares) // 2]:.2f} of the core at the median, "
                 f"{shares[0]:.2f} at the least."]
        groups = [("dial-a-ride", [n for n in names if n in known_rides], SOLVERS["dial-a-ride"], known_rides, True),
                  ("electric, 100 customers", [n for n in names if n.endswith("_21")], SOLVERS["electric"], known, False),
                  ("electric, 5 to 15 customers", [n for n in names if "C" in n], SOLVERS["electric"], known, False)]
        for title, group, solvers, best, distance_only in groups:
            group = [name for name in group if all((name, solver) in by for solver in solvers)]
            if group:
                text += compared(title, group, by, solvers, best, distance_only)
    runs = rows(OVERRUN)
    if runs:
        sound = sum(row["notes"] == "0" for row in runs)
        text += ["", "## Overrun", "", (HERE / "overrun_head.md").read_text().rstrip() +
                 f" {sound} of {len(runs)} answers pass `check`.", "",
                 "| budget | runs | p50 ms | p99 ms | most ms |", "| ---: | ---: | ---: | ---: | ---: |"]
        for budget in sorted({float(row["budget_ms"]) for row in runs}):
            own = [float(row["over_ms"]) for row in runs if float(row["budget_ms"]) == budget]
            text.append(f"| {budget:g} ms | {len(own)} | {late(own)} |")
        own = [float(row["over_ms"]) for row in runs if float(row["budget_ms"]) >= 30]
        text.append(f"| **30 ms and more** | {len(own)} | {late(own)} |")
        text += ["", "| budget 0.1 ms: set-up and answer | places | p50 ms | p99 ms | most ms |",
                 "| --- | ---: | ---: | ---: | ---: |"]
        for name, what, places in dict.fromkeys((row["instance"], row["kind"], row["places"]) for row in runs):
            own = [float(row["over_ms"]) for row in runs
                   if (row["instance"], row["kind"]) == (name, what) and row["budget_ms"] == "0.1"]
            text.append(f"| {name.removesuffix('_21')}, {what} | {places} | {late(own)} |")
    tail = "\n".join(text) + "\n"
    (HERE / "tail.md").write_text(tail)
    page = ROOT / "docs/benchmarks/routes.md"
    page.write_text(page.read_text().split(HEADING)[0] + tail)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["measure", "overrun", "table"])
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--minutes", type=float, default=1e9, help="stop in time; what is left is run by the next call")
    parser.add_argument("--sizes", nargs="*", default=["100", "15", "10", "5"], help="of electric instances")
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data/kernel")
    parser.add_argument("--ours", default=str(ROOT / "target/release/examples/vrp_bench"))
    parser.add_argument("--overrun", default=str(ROOT / "target/release/examples/vrp_overrun"))
    args = parser.parse_args()
    {"measure": measure, "overrun": overrun, "table": table}[args.what](args)


if __name__ == "__main__":
    main()
