"""Packs the instances of a folder with Paceline, HiGHS and OR-Tools, one thread each, and prints one table.

Called by run.sh. Costs are whole tenths of a second in all three; the bound is HiGHS's own after its time limit.
"""

import datetime
import os
import pathlib
import subprocess
import sys
import time

import highspy
import numpy
from ortools.sat.python import cp_model

EXAMPLE = "target/release/examples/packing_bench"
LIMITS_MS = [10, 60, 300, 1000]
HIGHS_S = 25.0
SAT_S = 1.0


def load(path):
    columns, head = [], {}
    for line in path.read_text().splitlines():
        if line.startswith("#"):
            head = dict(word.split("=") for word in line[1:].split())
        elif line[0].isdigit():
            vehicle, cost, requests = line.split(",")
            columns.append((int(vehicle), round(float(cost) * 10), [int(word) for word in requests.split()]))
    return int(head["requests"]), int(head["vehicles"]), 10 * int(head["penalty_unserved"]), columns


def model(requests, vehicles, price, columns):
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(columns), vehicles + requests
    lp.col_cost_ = numpy.array([cost - price * len(served) for _, cost, served in columns], float)
    lp.col_lower_, lp.col_upper_ = numpy.zeros(len(columns)), numpy.ones(len(columns))
    lp.row_lower_ = numpy.full(vehicles + requests, -highspy.kHighsInf)
    lp.row_upper_ = numpy.ones(vehicles + requests)
    index, start = [], [0]
    for vehicle, _, served in columns:
        index += [vehicle] + [vehicles + request for request in served]
        start.append(len(index))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = numpy.array(start), numpy.array(index)
    lp.a_matrix_.value_ = numpy.ones(len(index))
    return lp


def highs(lp, limit_s):
    solver = highspy.Highs()
    for name, value in [("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.0), ("time_limit", limit_s)]:
        solver.setOptionValue(name, value)
    started = time.perf_counter()
    solver.passModel(lp)
    solver.run()
    return solver, (time.perf_counter() - started) * 1e3


def with_highs(requests, vehicles, price, columns):
    """Yields (name, cost, ms); then the optimum or bound as the last row's fourth part."""
    lp, all_ = model(requests, vehicles, price, columns), requests * price
    relaxed, lp_ms = highs(lp, HIGHS_S)
    reduced = numpy.array(relaxed.getSolution().col_dual)
    lp_bound = relaxed.getInfo().objective_function_value + all_
    core = [column for column, value in zip(columns, reduced) if value <= 2000]
    lp = model(requests, vehicles, price, core)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(core)
    small, small_ms = highs(lp, HIGHS_S / 5)
    rows = [("HiGHS: LP, then columns of reduced cost at most 200 s", small, lp_ms + small_ms)]
    lp = model(requests, vehicles, price, columns)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(columns)
    full, full_ms = highs(lp, HIGHS_S)
    rows.append((f"HiGHS: all columns, at most {HIGHS_S:.0f} s", full, full_ms))
    bound = max(full.getInfo().mip_dual_bound + all_, lp_bound)
    return [(name, s.getInfo().objective_function_value + all_, ms) for name, s, ms in rows], bound


def with_sat(requests, vehicles, price, columns):
    cp = cp_model.CpModel()
    by_row = [[] for _ in range(vehicles + requests)]
    terms = []
    for vehicle, cost, served in columns:
        take = cp.NewBoolVar("")
        terms.append((cost - price * len(served)) * take)
        for row in [vehicle] + [vehicles + request for request in served]:
            by_row[row].append(take)
    for row in by_row:
        if len(row) > 1:
            cp.AddAtMostOne(row)
    cp.Minimize(sum(terms))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = SAT_S, 1
    started = time.perf_counter()
    status = solver.Solve(cp)
    ms = (time.perf_counter() - started) * 1e3
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return (f"OR-Tools CP-SAT, at most {SAT_S:.0f} s", solver.ObjectiveValue() + requests * price if found else None, ms)


def ours(folder):
    rows = {}
    for limit in LIMITS_MS:
        text = subprocess.run([EXAMPLE, folder, str(limit), "5"], check=True, capture_output=True, text=True).stdout
        for line in text.splitlines():
            name, seed, cost, bound, _, ms, _ = line.split(",")
            rows.setdefault((name, limit), []).append((float(cost), float(bound), float(ms)))
    return rows


def main():
    folder = sys.argv[1]
    # HiGHS greets on standard output, which is the page.
    page = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.stdout = page
    print("# Set packing: Paceline beside HiGHS and OR-Tools\n")
    print("Trips of several riders to vehicles, from shareability graphs: at most one trip per vehicle, each request once.")
    print("Made by `bench/kernel/packing/run.sh`, everything in one run, one thread each.\n")
    print(f"Run on {datetime.date.today()}, {os.cpu_count()} cores (AMD EPYC), Linux. Ours: the worst of five seeds per row;")
    print("the time is the longest of them, with laying the problem out. Gap: above the optimum, or, where HiGHS did not prove one,")
    print("above its bound.\n")
    own = ours(folder)
    for path in sorted(pathlib.Path(folder).glob("*.csv")):
        requests, vehicles, price, columns = load(path)
        peers, bound = with_highs(requests, vehicles, price, columns)
        peers.append(with_sat(requests, vehicles, price, columns))
        best = min(cost for _, cost, _ in peers if cost is not None)
        proven = best - bound < 1
        against = best if proven else bound
        print(f"## {path.stem}\n\n{requests} requests, {vehicles} vehicles, {len(columns):,} columns; ", end="")
        print(f"{'optimum' if proven else 'bound'} {against / 10:,.1f} s.\n")
        print("| solver | cost, s | gap | time, ms | own bound below it |\n| --- | ---: | ---: | ---: | ---: |")
        for limit in LIMITS_MS:
            runs = own[path.stem, limit]
            cost, low, ms = max(r[0] for r in runs), min(r[1] for r in runs), max(r[2] for r in runs)
            print(f"| Paceline, budget {limit} ms | {cost / 10:,.1f} | {cost / against * 100 - 100:+.2f} % | {ms:.1f} | {100 - low / against * 100:.2f} % |")
        for name, cost, ms in peers:
            shown = ("none", "") if cost is None else (f"{cost / 10:,.1f}", f"{cost / against * 100 - 100:+.2f} %")
            print(f"| {name} | {shown[0]} | {shown[1]} | {ms:.0f} | |")
        print()
    page.flush()


main()
