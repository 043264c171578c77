#!/usr/bin/env python3
"""What a round of the server costs by how many vehicles idle, and what orders cost that nobody can serve.

For each size of fleet a fresh `paceline serve` in Manhattan; `paceline-load` lets the vehicles join, has each report once a
second, in batches, and places orders and drives them. Server and generator share two cores. A round's time is the server's own, from when its
tick was due to the commit of its plan; memory and processor time are the kernel's counts. Then, on another fresh server, so many
orders that no vehicle may take, and nothing else: what the server uses at rest. Writes docs/benchmarks/rounds.md and .csv, and
docs/pictures/rounds.svg.

    bench/rounds/run.py                                          1,000 to 200,000 vehicles, a minute each; some 15 minutes
    bench/rounds/run.py --fleets 200,500 --busy-vehicles 200 --seconds 5 --rest-orders 500 --rest-seconds 3 --out bench/out/rounds

PACELINE_BIN may name a folder that holds both programs. Nothing but Python 3.10 is needed.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import measure  # noqa: E402
import plot  # noqa: E402
import served  # noqa: E402

# Vehicles that stand about while nobody can serve what is open.
REST_VEHICLES = 1_000
# After the last order is placed, before the rest is measured: ticks that still look at what is new.
SETTLE_S = 3


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--fleets", default="1000,2000,5000,10000,20000,50000,100000,200000", help="vehicles, by commas")
    parser.add_argument("--orders", type=int, default=20, help="a second")
    parser.add_argument("--busy-vehicles", type=int, default=10_000, help="of one more run with more orders")
    parser.add_argument("--busy-orders", type=int, default=50, help="a second, in that run")
    parser.add_argument("--seconds", type=int, default=60, help="of each run")
    parser.add_argument("--batch", type=int, default=1_000, help="reports that travel together, and at most a tenth of all")
    parser.add_argument("--rest-orders", type=int, default=50_000, help="that nobody can serve; 0 leaves that out")
    parser.add_argument("--rest-seconds", type=int, default=30)
    parser.add_argument("--cores", type=int, default=2, help="that server and generator share")
    parser.add_argument("--out", type=Path, help="writes page, numbers and picture into this folder instead")
    return parser.parse_args()


def number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if not found:
        sys.exit(f"paceline-load said nothing like {pattern!r}:\n{text}")
    return float(found[1])


def bucket_ms(before: dict, after: dict, share: float) -> float:
    """The bound of the bucket in which that share of the rounds between two looks lies."""
    name = "paceline_round_seconds_bucket"
    grown = {}
    for key, value in after.items():
        if key.startswith(name):
            grown[float(re.search(r'le="([^"]+)"', key)[1])] = value - before.get(key, 0.0)
    total = max(grown.values())
    return 1_000 * min(bound for bound, count in grown.items() if count >= share * total)


def loaded(programs: tuple, vehicles: int, orders: int, asked: argparse.Namespace) -> dict:
    """One fleet under load."""
    print(f"{vehicles:,} vehicles, {orders} orders a second …", file=sys.stderr)
    with served.Served(programs[0]) as server:
        fresh = measure.memory_bytes(server.pid)
        command = [programs[1], "--url", server.url, "--vehicles", str(vehicles), "--orders", str(orders)]
        command += ["--seconds", str(asked.seconds), "--batch", str(max(1, min(asked.batch, vehicles // 10)))]
        # What a round may take is judged here, not by the generator.
        command += ["--round-p99-ms-max", "100000"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as load:
            # It says how much it will send when all vehicles have joined.
            first = ""
            while "reports and" not in first and (row := load.stdout.readline()):
                first += row
            before, cpu, began = server.metrics(), measure.cpu_seconds(server.pid), time.monotonic()
            time.sleep(asked.seconds)
            after, cpu, took = server.metrics(), measure.cpu_seconds(server.pid) - cpu, time.monotonic() - began
            grown = measure.memory_bytes(server.pid) - fresh
            said = first + load.stdout.read()
        if load.returncode != 0:
            sys.exit(f"paceline-load ended with {load.returncode}:\n{said}")
    count = lambda name: after[name] - before[name]  # noqa: E731
    return {
        "vehicles": vehicles,
        "orders_a_second": orders,
        "reports_a_second": round(count("paceline_readings_total") / took),
        "rounds": int(count("paceline_round_seconds_count")),
        "round_p50_ms": number(r"p50 ([\d.]+) ms", said),
        "round_p99_ms": number(r"p99 ([\d.]+) ms", said),
        "round_p99_bucket_ms": bucket_ms(before, after, 0.99),
        "skipped": int(count("paceline_ticks_skipped_total")),
        "degraded": int(count("paceline_rounds_degraded_total")),
        "cores": round(cpu / took, 3),
        "grown_kb": grown // 1024,
        "bytes_a_vehicle": round(grown / vehicles),
    }


def rest(program: Path, asked: argparse.Namespace) -> dict:
    """Orders that nobody can serve, and nothing that happens."""
    print(f"{asked.rest_orders:,} orders that nobody can serve …", file=sys.stderr)
    with served.Served(program) as server:
        corners = server.corners()
        server.join(REST_VEHICLES, corners)
        place = lambda at: dict(zip(("lat", "lon"), corners[at % len(corners)]))  # noqa: E731
        order = lambda at: {  # noqa: E731
            "id": f"order-{at}", "pickup": place(at), "dropoff": place(at + 100),
            "attributes": ["nobody-has-this"], "max_wait_s": 86_400,
        }
        server.send_all([served.request("POST", "/v1/orders", order(at)) for at in range(asked.rest_orders)], 64)
        time.sleep(SETTLE_S)
        open_orders = server.metrics()["paceline_open_orders"]
        if open_orders != asked.rest_orders:
            sys.exit(f"{open_orders:.0f} orders are open, and {asked.rest_orders} were placed")
        cpu, began = measure.cpu_seconds(server.pid), time.monotonic()
        time.sleep(asked.rest_seconds)
        cores = (measure.cpu_seconds(server.pid) - cpu) / (time.monotonic() - began)
    return {"open_orders": asked.rest_orders, "vehicles": REST_VEHICLES, "cores": round(cores, 4)}


def table(rows: list) -> str:
    head = ["vehicles", "orders a second", "reports a second", "rounds", "round p50 ms", "p99 ms", "skipped", "degraded",
            "server's share of a core", "bytes a vehicle"]
    return measure.table(head, [
        [f"{row['vehicles']:,}", f"{row['orders_a_second']}", f"{row['reports_a_second']:,}", f"{row['rounds']}",
         f"{row['round_p50_ms']:.1f}", f"{row['round_p99_ms']:.1f}", f"{row['skipped']}", f"{row['degraded']}",
         f"{100 * row['cores']:.0f} %", f"{row['bytes_a_vehicle']:,}"]
        for row in rows
    ])


def page(rows: list, busy: dict, at_rest: dict | None, asked: argparse.Namespace, image: str) -> str:
    small, large = rows[0], rows[-1]
    marginal = 1024 * (large["grown_kb"] - small["grown_kb"]) / max(large["vehicles"] - small["vehicles"], 1)
    steepness = measure.slope([(row["vehicles"], row["round_p99_ms"]) for row in rows])
    parts = [
        "# Rounds by idle vehicles\n",
        f"Each vehicle reports once a second, at most {asked.batch:,} reports in a request; {asked.orders} orders a second are placed and driven in fast motion,",
        f"for {asked.seconds} s on a fresh server in Manhattan. Server and generator share {asked.cores} cores. A round's time is from when its tick was due,",
        "every 200 ms, to the commit of its plan. Memory is what the server grew by since before the vehicles joined, all it keeps for orders and",
        f"streams included. Made by `bench/rounds/run.py`, numbers in `docs/benchmarks/rounds.csv`. {measure.machine()}\n",
        table([*rows, busy]),
        f"99 in 100 rounds take as long as the fleet is large to the power of {steepness:.2f}; 0 is flat. From {small['vehicles']:,} to {large['vehicles']:,} vehicles",
        f"the server grew by {marginal:,.0f} bytes for each.\n",
        f"![Rounds by idle vehicles]({image})\n",
    ]
    if at_rest:
        parts += [
            f"At rest, with {at_rest['open_orders']:,} open orders that none of {at_rest['vehicles']:,} vehicles may take and nothing that happens, the server uses",
            f"{100 * at_rest['cores']:.1f} % of a core.\n",
        ]
    return "\n".join(parts)


def main() -> None:
    asked = arguments()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: asked.cores])
    programs = (measure.binary("paceline", "paceline"), measure.binary("paceline-load", "paceline-load"))
    rows = [loaded(programs, int(vehicles), asked.orders, asked) for vehicles in asked.fleets.split(",")]
    busy = loaded(programs, asked.busy_vehicles, asked.busy_orders, asked)
    at_rest = rest(programs[0], asked) if asked.rest_orders else None
    pages, pictures = (asked.out, asked.out) if asked.out else (measure.PAGES, measure.PICTURES)
    measure.write_csv(pages / "rounds.csv", [*rows, busy])
    if at_rest:
        measure.write_csv(pages / "rounds_at_rest.csv", [at_rest])
    curves = {name: [(row["vehicles"], row[key]) for row in rows]
              for name, key in (("99 in 100", "round_p99_ms"), ("half", "round_p50_ms"))}
    plot.chart(pictures / "rounds.svg", "Rounds by idle vehicles", "idle vehicles", "ms from due to committed, at most", curves,
               {"20 ms": 20, "the tick, 200 ms": 200})
    text = page(rows, busy, at_rest, asked, os.path.relpath(pictures / "rounds.svg", pages))
    (pages / "rounds.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
