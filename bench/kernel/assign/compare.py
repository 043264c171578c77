"""Runs Paceline's assignment and its peers on the same instances, checks that all are optimal, and prints one table.

Peers are given what they like best, prepared before the clock starts: lapmod a square sparse matrix in CSR, SciPy a CSR
matrix with one column per outside option, OR-Tools a network with all arcs added. Only their solving is timed. Paceline's
time holds everything from the list of priced pairs to the matching.
"""

import argparse
import datetime
import json
import os
import subprocess
import sys
import time

import numpy as np


class Instance:
    """Pairs by order: orders x vehicles, prices in seconds, and an outside price per order."""

    def __init__(self, outside, vehicles, order, vehicle, price):
        self.outside, self.vehicles = outside.astype(np.int64), vehicles
        self.order, self.vehicle, self.price = (a.astype(np.int64) for a in (order, vehicle, price))

    @staticmethod
    def from_csv(stem):
        read = lambda kind: np.loadtxt(f"{stem}.{kind}.csv", delimiter=",", skiprows=1, dtype=np.int64)
        edges, orders = read("edges"), read("orders")
        return Instance(orders[:, 3], len(read("vehicles")), *edges.T)

    @staticmethod
    def from_words(path):
        words = np.fromfile(path, dtype="<u4")
        orders, vehicles, pairs = (int(word) for word in words[:3])
        rest = words[3 + 2 * orders + vehicles:].reshape(pairs, 3)
        return Instance(words[3:3 + orders], vehicles, *rest.T)


def write_tick(path, ticks, number):
    """One tick of the npz as words, with rows in the order of their lasting names."""
    get = lambda name: ticks[f"{name}{number}"].astype(np.int64)
    by_order, by_vehicle = np.argsort(get("oid"), kind="stable"), np.argsort(get("vid"), kind="stable")
    row_of = np.empty(len(by_vehicle), dtype=np.int64)
    row_of[by_vehicle] = np.arange(len(by_vehicle))
    count = len(by_order)
    column, cost = get("col").reshape(count, -1)[by_order], get("cost").reshape(count, -1)[by_order]
    order = np.repeat(np.arange(count), column.shape[1])
    pairs = np.stack([order, row_of[column.ravel()], cost.ravel()], axis=1).ravel()
    head = [count, len(by_vehicle), len(order)]
    parts = [head, get("pen")[by_order], get("oid")[by_order], get("vid")[by_vehicle], pairs]
    np.concatenate([np.asarray(part, dtype="<u4") for part in parts]).tofile(path)


def csr(rows, columns, values, size):
    order = np.lexsort((columns, rows))
    starts = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=size), out=starts[1:])
    return starts, columns[order], values[order]


def lapmod(one):
    import lap

    count, n = len(one.outside), len(one.outside) + one.vehicles
    own = np.arange(count)
    # Orders: their pairs and their own outside column. One more row per vehicle takes it, or an outside column, for nothing.
    rows = [one.order, own, count + np.arange(one.vehicles), count + one.vehicle]
    columns = [one.vehicle, one.vehicles + own, np.arange(one.vehicles), one.vehicles + one.order]
    values = [one.price, one.outside, np.zeros(one.vehicles), np.zeros(len(one.order))]
    starts, columns, values = csr(np.concatenate(rows), np.concatenate(columns), np.concatenate(values), n)
    args = n, values.astype(np.float64), starts.astype(np.int32), columns.astype(np.int32)
    return lambda: lap.lapmod(*args)[0]


def scipy_sparse(one):
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    own = np.arange(len(one.outside))
    rows, columns = np.concatenate([one.order, own]), np.concatenate([one.vehicle, one.vehicles + own])
    # A price of 0 would be no pair at all, so each is one more, and the sum less by one an order.
    values = np.concatenate([one.price, one.outside]) + 1
    matrix = csr_matrix((values, (rows, columns)), shape=(len(own), one.vehicles + len(own)))

    def solve():
        taken_rows, taken_columns = min_weight_full_bipartite_matching(matrix)
        solve.taken = taken_rows, taken_columns
        return None

    def cost():
        return int(matrix[solve.taken[0], solve.taken[1]].sum()) - len(own)

    solve.cost = cost
    return solve


def or_tools(one):
    from ortools.graph.python import min_cost_flow

    count, flow = len(one.outside), min_cost_flow.SimpleMinCostFlow()
    source, sink = count + one.vehicles, count + one.vehicles + 1
    own, vehicle = np.arange(count), count + np.arange(one.vehicles)
    add = lambda tail, head, cost: flow.add_arcs_with_capacity_and_unit_cost(
        np.broadcast_to(tail, cost.shape), np.broadcast_to(head, cost.shape), np.ones(len(cost), dtype=np.int64), cost)
    add(source, own, np.zeros(count, dtype=np.int64))
    add(one.order, count + one.vehicle, one.price)
    add(own, sink, one.outside)
    add(vehicle, sink, np.zeros(one.vehicles, dtype=np.int64))
    flow.set_node_supply(source, count)
    flow.set_node_supply(sink, -count)

    def solve():
        assert flow.solve() == flow.OPTIMAL
        return None

    solve.cost = lambda: flow.optimal_cost()
    return solve


PEERS = {"lap": lapmod, "lapx": lapmod, "SciPy": scipy_sparse, "OR-Tools": or_tools}


def timed(peer, one, optimum, runs):
    """Milliseconds of the best run. OR-Tools keeps what it has solved, so each run gets a network of its own."""
    best = float("inf")
    for _ in range(runs):
        solve = PEERS[peer](one)
        start = time.perf_counter()
        cost = solve()
        best = min(best, time.perf_counter() - start)
        cost = solve.cost() if cost is None else cost
        assert round(cost) == optimum, f"{peer}: {cost}, not {optimum}"
    return best * 1e3


def peer_times(peer, jobs, args):
    """In a process of its own: lap and lapx are two packages of one module name."""
    env = dict(os.environ)
    if peer == "lapx":
        env["PYTHONPATH"] = args.lapx
    command = [sys.executable, __file__, "--peer", peer, "--bench", "-", "--data", "-", "--out", "-", "--page", "-"]
    done = subprocess.run(command, input=json.dumps(jobs), env=env, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def be_peer(peer):
    jobs = json.load(sys.stdin)
    times = []
    for path, optimum, runs in jobs:
        one = Instance.from_words(path) if path.endswith(".bin") else Instance.from_csv(path)
        times.append(timed(peer, one, optimum, runs))
    json.dump(times, sys.stdout)


def ours(bench, *words):
    return subprocess.run([bench, *map(str, words)], capture_output=True, text=True, check=True).stdout


def cells(mine, peers):
    """Peers' milliseconds and how many times the fastest takes ours."""
    fastest = min(peers.values())
    return " | ".join(f"{peers[peer]:.1f}" for peer in PEERS) + f" | **{mine:.2f}** | {fastest / mine:.1f} |"


def static(args, rows):
    optima = json.load(open(f"{args.data}/optima_static.json"))
    mine = {}
    for line in ours(args.bench).splitlines()[1:]:
        name, best = line.split()[:2]
        mine[name] = float(best)
    for name, optimum in optima.items():
        peers = {peer: peer_times(peer, [(f"{args.data}/{name}", optimum, 7)], args)[0] for peer in PEERS}
        sizes = name.removeprefix("dispatch_").removesuffix("_k20").split("x")
        size = " × ".join(f"{int(count):,}" for count in sizes)
        rows.append(f"| {size}, as in the file | " + cells(mine[name], peers))
        rows.append(f"| {size}, each order's cheapest first | " + cells(mine[name + "_sorted"], peers))


def parse_ticks(text):
    values, optima = {}, []
    for line in text.splitlines():
        words = line.split()
        if words[0] == "optimum":
            optima.append(int(words[2]))
        else:
            values[words[0]] = float(words[1])
    return values, optima


def sequence(args, rows, label, folder, known, peer_ticks):
    """All ticks for ours; as many as said for the peers, whose time is scaled to all of them."""
    values, optima = parse_ticks(ours(args.bench, "ticks", folder))
    assert known is None or optima == known, f"{label}: the optima differ"
    if peer_ticks:
        numbers = range(0, len(optima), max(1, len(optima) // peer_ticks))
        jobs = [(f"{folder}/tick_{number:02}.bin", optima[number], 1) for number in numbers]
        peers = {peer: sum(peer_times(peer, jobs, args)) * len(optima) / len(jobs) for peer in PEERS}
        rows.append(f"| {label} | " + cells(values["warm_ms"], peers))
    later = values["warm_ms"] - values["first_ms"]
    cold = values["cold_ms"] * (len(optima) - 1) / len(optima)
    return f"| {label} | {cold / (len(optima) - 1):.2f} | {later / (len(optima) - 1):.2f} | {cold / later:.1f} |"


def main():
    parser = argparse.ArgumentParser()
    for name in ("bench", "data", "out", "page"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--peer")
    parser.add_argument("--lapx")
    args = parser.parse_args()
    if args.peer:
        return be_peer(args.peer)
    head = "| orders × vehicles | " + " | ".join(PEERS) + " | Paceline | fastest peer / Paceline |"
    cold_rows, tick_rows, warm_rows = [], [], []
    if os.path.exists(args.data):
        static(args, cold_rows)
        ticks = np.load(f"{args.data}/ticks_5000x10000.npz")
        known = json.load(open(f"{args.data}/optima_ticks.json"))["ticks_5000x10000"]
        folder = f"{args.out}/known"
        os.makedirs(folder, exist_ok=True)
        for number in range(len(known)):
            write_tick(f"{folder}/tick_{number:02}.bin", ticks, number)
        warm_rows.append(sequence(args, tick_rows, "5,000 × 10,000 (known optima)", folder, known, 30))
    for orders, vehicles in ((10_000, 5_000), (10_000, 9_000), (20_000, 18_000)):
        folder = f"{args.out}/{orders}x{vehicles}"
        os.makedirs(folder, exist_ok=True)
        ours(args.bench, "generate", folder, orders, vehicles, 30, 1)
        # The peers take seconds for one tick of the larger ones.
        peer_ticks = 1 if vehicles <= 5_000 else 0
        label = f"{orders:,} × {vehicles:,} (generated)"
        warm_rows.append(sequence(args, tick_rows, label, folder, None, peer_ticks))
    rule = lambda count: "| --- |" + " ---: |" * count
    page = PAGE.format(
        date=datetime.date.today().isoformat(), cold="\n".join([head, rule(6), *cold_rows]),
        ticks="\n".join([head, rule(6), *tick_rows]),
        warm="\n".join(["| orders × vehicles | from nothing, ms a tick | repaired, ms a tick | ratio |", rule(3), *warm_rows]),
        budget=ours(args.bench, "budget", 200).strip())
    print(page)
    with open(args.page, "w") as file:
        file.write(page)


PAGE = """# Exact assignment beside its peers

Made by `bench/kernel/assign/run.sh` on {date}: one machine with 2 cores (AMD EPYC, Linux), all in one run, one thread each.
Milliseconds. All answers are checked to be optimal, and equal to the known optima where there are some. Peers: `lapmod` of
`lap` 0.5.13 and of `lapx` 0.11.1, SciPy 1.17.1 (`min_weight_full_bipartite_matching`), OR-Tools 9.15 (`SimpleMinCostFlow`).
Their input is prepared before the clock starts; Paceline's time begins with the list of priced pairs.

## From nothing, best of several runs

{cold}

## Thirty ticks one after the other, in total

Between two ticks 3 % of the orders and 2 % of the vehicles are replaced and 10 % of the vehicles move. Peers start each tick
from nothing. On the generated city their time is measured on its first tick and scaled to thirty.

{ticks}

The second and later ticks alone, Paceline against itself:

{warm}

## Within a budget

50,000 orders, 20,000 vehicles, 20 nearest each: four rounds of one `Matcher`, each with 200 ms; how far above the optimum the
answer is, how far it can be by what the solver itself knows, and what the optimum takes from nothing (`alone`). Below, how
late an assignment ends after its budget, from nothing and repaired.

```text
{budget}
```
"""

if __name__ == "__main__":
    main()
