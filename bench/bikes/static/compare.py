"""Runs Paceline and OR-Tools on the instances of Dell'Amico et al., one run at a time, and prints the table.

    python compare.py measure FOLDER    # adds what results.csv lacks
    python compare.py table FOLDER      # prints it as Markdown

Every answer is judged by rules.py. BEST_KNOWN names the file of published values (set,instance,...,value,optimal).
"""

import csv
import json
import os
import pathlib
import re
import subprocess
import sys

import rules

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]
RESULTS = HERE / "results.csv"
FIELDS = ["instance", "solver", "seconds", "seed", "cost", "vehicles", "bound"]
# (solver, seconds, seeds); 3 seeds on the instances of which the capacity is the smallest of their city.
RUNS = [("paceline", 1, [1]), ("ortools", 1, [1]), ("paceline", 10, [1]), ("ortools", 10, [1]), ("paceline", 60, [1])]
SPREAD = ("paceline", 10, [2, 3])
# Constants of the search were chosen on these and no others.
TUNED = re.compile(r"20$|^Denver10$|^Boston16$|^Toronto30$")


def paceline(path, instance, seconds, seed):
    program = ROOT / "target/release/examples/rebalancing_bench"
    run = subprocess.run([program, f"{seconds}cpu", str(seed), path], check=True, capture_output=True, text=True)
    row = next(csv.DictReader(run.stdout.splitlines()))
    routes = [[int(stop) for stop in part.split(": ")[1].split()] for part in row["routes"].split("|")]
    return routes, int(row["bound"])


def ortools(path, instance, seconds, seed):
    run = subprocess.run([sys.executable, HERE / "peer.py", path, str(seconds)], check=True, capture_output=True, text=True)
    return json.loads(run.stdout), None


def files(folder):
    paths = [path for path in pathlib.Path(folder).glob("*.txt") if path.name != "README.txt"]
    return sorted(paths, key=lambda path: int(re.match(r"\d+", path.name)[0]))


def results():
    if not RESULTS.exists():
        return []
    with RESULTS.open() as file:
        return list(csv.DictReader(file))


def measure(folder):
    done = {(row["instance"], row["solver"], row["seconds"], row["seed"]) for row in results()}
    with RESULTS.open("a", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        if not done:
            writer.writeheader()
        runs = RUNS + [SPREAD]
        only = os.environ.get("SECONDS_MAX")
        for solver, seconds, seeds in runs:
            for path in files(folder):
                instance, name = rules.read(path), rules.name(path)
                for seed in seeds:
                    wanted = (solver, seconds, seeds) != SPREAD or not TUNED.search(name)
                    if (name, solver, str(seconds), str(seed)) in done or not wanted or (only and seconds > float(only)):
                        continue
                    routes, bound = globals()[solver](path, instance, seconds, seed)
                    cost = rules.cost(instance, routes) if routes is not None else ""
                    vehicles = len(routes) if routes is not None else ""
                    writer.writerow(dict(zip(FIELDS, [name, solver, seconds, seed, cost, vehicles, bound])))
                    file.flush()


def best_known():
    path = os.environ.get("BEST_KNOWN", ROOT / "../shared/data/kernel/best_known.csv")
    with open(path) as file:
        rows = [row for row in csv.DictReader(file) if row["set"] == "BRP DellAmico"]
    return {row["instance"]: (float(row["value"]), row["optimal"] == "1") for row in rows}


def table(folder):
    known = best_known()
    costs = {}
    bounds = {}
    for row in results():
        if row["cost"]:
            costs.setdefault((row["instance"], row["solver"], int(row["seconds"])), []).append(int(row["cost"]))
            bounds[row["instance"]] = row["bound"] or bounds.get(row["instance"])
    lines = ["| instance | stations | best known | ours 1 s | 10 s | 60 s | spread of 3 seeds, 10 s | OR-Tools 1 s | 10 s | bound |"]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for path in files(folder):
        name, stations = rules.name(path), len(rules.read(path)[0]) - 1
        value, optimal = known[name]
        gap = lambda cost: f"{(cost / value - 1) * 100:+.2f} %"
        own = lambda solver, seconds: costs.get((name, solver, seconds), [])
        cell = lambda solver, seconds: gap(own(solver, seconds)[0]) if own(solver, seconds) else ""
        seeds = own("paceline", 10)
        spread = f"{min(seeds):,}–{max(seeds):,}" if len(seeds) > 2 else ""
        mark = "\\*" if optimal else ""
        cells = [name, str(stations), f"{value:,.0f}{mark}", cell("paceline", 1), cell("paceline", 10), cell("paceline", 60)]
        cells += [spread, cell("ortools", 1), cell("ortools", 10), f"{int(bounds.get(name) or 0):,}"]
        lines.append("| " + " | ".join(cells) + " |")
    page = HERE.joinpath("head.md").read_text() + "\n" + summary(folder, known, costs) + "\n" + "\n".join(lines) + "\n"
    print(page)


def summary(folder, known, costs):
    """Counts over all instances, and over those that no constant was chosen on."""
    lines = ["| what | all | not tuned on |", "| --- | ---: | ---: |"]
    names = [rules.name(path) for path in files(folder)]
    large = {rules.name(path) for path in files(folder) if len(rules.read(path)[0]) >= 75}
    first = lambda name, solver, seconds: costs.get((name, solver, seconds), [None])[0]

    def row(what, among, holds):
        count = lambda chosen: f"{sum(bool(holds(name)) for name in chosen)} of {len(chosen)}"
        lines.append(f"| {what} | {count(among)} | {count([name for name in among if not TUNED.search(name)])} |")

    for seconds in (1, 10, 60):
        run = [name for name in names if first(name, "paceline", seconds) is not None]
        if not run:
            continue
        proven = [name for name in run if known[name][1]]
        row(f"proven optima reached in {seconds} s", proven, lambda name: first(name, "paceline", seconds) <= known[name][0])
        big = [name for name in run if name in large]
        row(f"75 vertices and more: better than published, {seconds} s", big, lambda name: first(name, "paceline", seconds) < known[name][0])
        row(f"75 vertices and more: more than 0.5 % worse, {seconds} s", big, lambda name: first(name, "paceline", seconds) > known[name][0] * 1.005)
        both = [name for name in run if first(name, "ortools", seconds) is not None]
        if both:
            row(f"worse than OR-Tools, both {seconds} s", both, lambda name: first(name, "paceline", seconds) > first(name, "ortools", seconds))
            row(f"better than OR-Tools, both {seconds} s", both, lambda name: first(name, "paceline", seconds) < first(name, "ortools", seconds))
    return "\n".join(lines) + "\n"


{"measure": measure, "table": table}[sys.argv[1]](sys.argv[2])
