"""Prints HIVE's and Paceline's figures side by side and writes them, with the rules that differ, to a page.

Called by run.sh with the folder of the JSON files and the page.
"""

import datetime
import json
import os
import platform
import sys
from pathlib import Path

from days import FLEETS

# Each day, and what it is.
DAYS = {
    "manhattan": (
        "Manhattan, on the day that the parameters were fixed on",
        "Sunday 21 December 2014. Weights, thresholds and waiting place of `data/manhattan/hive.toml` were tuned on this day, one seed; HIVE runs with its own\n"
        "defaults. So this shows what the engine can do with a day that it knows, and the two below what it does with others.",
    ),
    "drawn": (
        "Manhattan, on a day drawn anew",
        "As many trips, each drawn out of that day's and moved by up to 15 minutes and 150 m (`days.py`). The parameters are left alone.",
    ),
    "denver": (
        "Downtown Denver, where nothing was tuned",
        "The other city that HIVE brings along: 2,500 trips spread evenly over a day and a night, 308 junctions, vehicles with 30 % of charge. The parameters\n"
        "are Manhattan's, left alone; twenty vehicles are HIVE's fleet (all of one electric kind here), ten are too few.",
    ),
}
RULES = Path(__file__).with_name("rules.md")


def rows(hive: dict, ours: dict) -> list:
    """One row per figure: its name, HIVE's, ours, how they compare."""

    def points(a: float, b: float) -> str:
        return f"{100 * (b - a):+.2f} points"

    def times(a: float, b: float) -> str:
        return f"{b / a:.2f} ×" if a else ""

    return [
        ("requests", f"{hive['orders']:,}", f"{ours['orders']:,}", ""),
        ("served", f"{hive['served']:,}", f"{ours['served']:,}", times(hive["served"], ours["served"])),
        (
            "service rate",
            f"{100 * hive['service_rate']:.2f} %",
            f"{100 * ours['service_rate']:.2f} %",
            points(hive["service_rate"], ours["service_rate"]),
        ),
        (
            "empty kilometres",
            f"{100 * hive['empty_km_share']:.2f} %",
            f"{100 * ours['empty_km_share']:.2f} %",
            points(hive["empty_km_share"], ours["empty_km_share"]),
        ),
        ("kilometres", f"{hive['total_km']:,.0f}", f"{ours['total_km']:,.0f}", times(hive["total_km"], ours["total_km"])),
        (
            "mean wait of those picked up",
            f"{hive['wait_mean_s']:.0f} s",
            f"{ours['wait_mean_s']:.0f} s",
            times(hive["wait_mean_s"], ours["wait_mean_s"]),
        ),
        (
            "95 in 100 wait at most",
            f"{hive['wait_p95_s']:.0f} s",
            f"{ours['wait_p95_s']:.0f} s",
            times(hive["wait_p95_s"], ours["wait_p95_s"]),
        ),
        (
            "time between decisions",
            "60 s",
            "1 s",
            "",
        ),
        (
            "processor time",
            f"{hive['cpu_seconds']:.1f} s",
            f"{ours['cpu_seconds']:.2f} s",
            f"{hive['cpu_seconds'] / max(ours['cpu_seconds'], 1e-9):.1f} × less",
        ),
    ]


def table(day: str, vehicles: int, folder: Path) -> str:
    """A Markdown table for one size of fleet, and a line on the run's health."""
    hive = json.loads((folder / f"{day}_{vehicles}.hive.json").read_text())
    ours = json.loads((folder / f"{day}_{vehicles}.paceline.json").read_text())
    ours["cpu_seconds"] = sum(map(float, (folder / f"{day}_{vehicles}.cpu").read_text().split()[-2:]))
    lines = [f"| {vehicles:,} vehicles | HIVE {hive['hive']} | Paceline | compared |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| {' | '.join(row)} |" for row in rows(hive, ours)]
    health = (
        f"Paceline: decisions p50 {ours['decision_p50_ms']:.2f} ms, p99 {ours['decision_p99_ms']:.2f} ms, "
        f"{ours['degraded_ticks']} degraded ticks, {ours['check_notes']} notes of the check. "
        f"HIVE: {hive['picked_up']:,} picked up before midnight."
    )
    return "\n".join(lines) + f"\n\n{health}\n"


def machine() -> str:
    """What it ran on, as far as the system says."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        named = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        model = named[0] if named else model
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    folder, page = Path(sys.argv[1]), Path(sys.argv[2])
    tables = "\n".join(
        f"## {title}\n\n{what}\n\n" + "\n".join(table(day, vehicles, folder) for vehicles in FLEETS[day])
        for day, (title, what) in DAYS.items()
    )
    print(tables)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(
        "# NREL HIVE and Paceline on the same days\n\n"
        "The same trips, streets, vehicles and chargers in both. Made by `bench/hive/run.sh`, which first compares Manhattan's inputs row by row.\n\n"
        f"Run on {datetime.date.today().isoformat()}, {machine()}.\n\n"
        f"{tables}\n{RULES.read_text()}"
    )
    print(f"written to {page}", file=sys.stderr)


if __name__ == "__main__":
    main()
