#!/usr/bin/env python3
"""A metropolis in virtual time: 10,000 vehicles and 1,000,000 orders a day in Manhattan, a decision every second.

Runs `paceline sim` on `data/manhattan/scenario.toml` with as many plugs at each site as the fleet is larger than that of
the data, first as asked, then over a grid of smaller fleets and demands for the slopes. Writes docs/benchmarks/scale.md,
docs/benchmarks/scale.csv and docs/pictures/scale.svg.

    bench/scale/run.py                                    the whole day, then the grid from 17:00 to 19:00
    bench/scale/run.py --from 17:00 --until 19:00         two hours instead of the day
    bench/scale/run.py --grid-until 17:05 --from 17:00 --until 17:05 --out bench/out/scale      a trial of minutes

PACELINE_BIN may name a folder that holds the program. Nothing but Python 3.10 is needed.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import measure  # noqa: E402
import plot  # noqa: E402

DATA = measure.ROOT / "data" / "manhattan"
WORK = measure.OUT / "scale"
# The data: 19,979 orders, and 200 vehicles that serve nine in ten of them.
ORDERS, VEHICLES = 19_979, 200
FILES = ("network.json.gz", "trips.csv.gz", "power_curve.csv", "vehicles_200.csv", "vehicles_1200.csv")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--vehicles", type=int, default=10_000)
    parser.add_argument("--orders", type=int, default=1_000_000, help="orders of the whole day")
    parser.add_argument("--from", dest="start", metavar="HH:MM", help="leaves out orders before")
    parser.add_argument("--until", metavar="HH:MM", help="leaves out orders from then on")
    parser.add_argument("--grid-from", default="17:00", metavar="HH:MM", help="the same, of the grid")
    parser.add_argument("--grid-until", default="19:00", metavar="HH:MM")
    parser.add_argument("--no-grid", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="writes page, numbers and picture into this folder instead")
    return parser.parse_args()


def scenario(vehicles: int) -> Path:
    """The day's own scenario with its files where they are, and plugs for a fleet of this size."""
    WORK.mkdir(parents=True, exist_ok=True)
    factor = max(1, round(vehicles / VEHICLES))
    sites = WORK / f"stations_{factor}.csv"
    with (DATA / "stations.csv").open(newline="") as read, sites.open("w", newline="") as write:
        rows = csv.DictReader(read)
        writer = csv.DictWriter(write, fieldnames=rows.fieldnames)
        writer.writeheader()
        for row in rows:
            # The depots' slow plugs are left out by the scenario and stay as they are.
            if row["charger_id"] == "DCFC":
                row["charger_count"] = int(row["charger_count"]) * factor
            writer.writerow(row)
    text = (DATA / "scenario.toml").read_text()
    for name in FILES:
        text = text.replace(f'"{name}"', json.dumps(os.path.relpath(DATA / name, WORK)))
    text = text.replace('"stations.csv"', json.dumps(sites.name))
    page = WORK / f"metropolis_{factor}.toml"
    page.write_text(text)
    return page


def run(program: Path, vehicles: int, orders: int, span: tuple, seed: int) -> dict:
    """One run: what it served, how long its rounds took, and what it cost the machine."""
    command = [program, "sim", scenario(vehicles), "--json", "--seed", str(seed)]
    command += ["--vehicles", str(vehicles), "--demand-scale", f"{orders / ORDERS:.6f}"]
    for flag, value in zip(("--from", "--until"), span):
        command += [flag, value] if value else []
    print(f"{vehicles:,} vehicles, {orders:,} orders a day, {span[0] or '00:00'} to {span[1] or '24:00'} …", file=sys.stderr)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        said = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"paceline sim ended with {child.returncode}")
    kpis = json.loads(said)
    cpu = usage.ru_utime + usage.ru_stime
    return {
        "vehicles": vehicles,
        "orders_a_day": orders,
        "from": span[0] or "00:00",
        "until": span[1] or "24:00",
        "orders": kpis["orders"],
        "service_rate": round(kpis["service_rate"], 4),
        "decisions": kpis["decisions"],
        "round_p50_ms": kpis["decision_p50_ms"],
        "round_p99_ms": kpis["decision_p99_ms"],
        "round_max_ms": kpis["decision_max_ms"],
        "cpu_s": round(cpu, 2),
        "cpu_us_per_order": round(1e6 * cpu / max(kpis["orders"], 1), 1),
        "peak_mb": round(usage.ru_maxrss / 1024, 1),
        "degraded": kpis["degraded_ticks"],
        "check_notes": kpis["check_notes"],
    }


def grid(program: Path, asked: argparse.Namespace) -> list:
    """A quarter, a half and all of the vehicles, each with a quarter, a half and all of the orders."""
    span, shares = (asked.grid_from, asked.grid_until), (4, 2, 1)
    sizes = [(asked.vehicles // fleet, asked.orders // demand) for fleet in shares for demand in shares]
    return [run(program, vehicles, orders, span, asked.seed) for vehicles, orders in sizes]


def table(rows: list) -> str:
    head = ["vehicles", "orders a day", "orders placed", "served", "round p50 ms", "round p99 ms", "longest ms",
            "processor time s", "µs an order", "peak MB"]
    return measure.table(head, [
        [f"{row['vehicles']:,}", f"{row['orders_a_day']:,}", f"{row['orders']:,}", f"{100 * row['service_rate']:.2f} %",
         f"{row['round_p50_ms']:.2f}", f"{row['round_p99_ms']:.2f}", f"{row['round_max_ms']:.1f}", f"{row['cpu_s']:,.1f}",
         f"{row['cpu_us_per_order']:,.0f}", f"{row['peak_mb']:,.0f}"]
        for row in rows
    ])


def slopes(rows: list) -> str:
    """By which power each figure grows with one size while the other is the largest."""
    most = {size: max(row[size] for row in rows) for size in ("vehicles", "orders_a_day")}
    figures = (("round_p99_ms", "round p99"), ("cpu_s", "processor time"), ("peak_mb", "peak memory"))
    lines = []
    for figure, name in figures:
        with_vehicles = [(row["vehicles"], row[figure]) for row in rows if row["orders_a_day"] == most["orders_a_day"]]
        with_orders = [(row["orders_a_day"], row[figure]) for row in rows if row["vehicles"] == most["vehicles"]]
        lines.append([name, f"{measure.slope(with_vehicles):.2f}", f"{measure.slope(with_orders):.2f}"])
    return measure.table(["slope of", "against vehicles", "against orders"], lines)


def picture(page: Path, rows: list) -> None:
    curves: dict = {}
    for row in rows:
        curves.setdefault(f"{row['vehicles']:,} vehicles", []).append((row["orders_a_day"], row["round_p99_ms"]))
    plot.chart(page, "Rounds of a metropolis", "orders a day", "99 in 100 rounds take at most, ms", curves)


def main() -> None:
    asked = arguments()
    program = measure.binary("paceline", "paceline")
    whole = run(program, asked.vehicles, asked.orders, (asked.start, asked.until), asked.seed)
    rows = [] if asked.no_grid else grid(program, asked)
    pages, pictures = (asked.out, asked.out) if asked.out else (measure.PAGES, measure.PICTURES)
    measure.write_csv(pages / "scale.csv", [whole, *rows])
    parts = [
        "# A metropolis\n",
        "Manhattan's streets and its demand of a Sunday in December, drawn larger: each order moved a little in time and place,",
        "as many more plugs as vehicles, a decision every second of virtual time, every plan checked a second time. Made by",
        f"`bench/scale/run.py`, numbers in `docs/benchmarks/scale.csv`. {measure.machine()}\n",
        f"## From {whole['from']} to {whole['until']}\n",
        table([whole]),
        f"{whole['decisions']:,} rounds with something to decide, {whole['degraded']:,} of them ran short of something; the check found "
        f"{whole['check_notes']}. A round is from its tick to its commit.\n",
    ]
    if rows:
        picture(pictures / "scale.svg", rows)
        parts += [
            f"## From {asked.grid_from} to {asked.grid_until}, by size\n",
            table(rows),
            "A slope of 1 grows in proportion, 0 not at all. Against vehicles it is taken with all orders, against orders with all vehicles.\n",
            slopes(rows),
            f"![Rounds against orders, by fleet]({os.path.relpath(pictures / 'scale.svg', pages)})\n",
        ]
    (pages / "scale.md").write_text("\n".join(parts))
    print("\n".join(parts))
    if whole["check_notes"] or any(row["check_notes"] for row in rows):
        sys.exit("the check of plans found something")


if __name__ == "__main__":
    main()
