"""Runs a day in NREL's HIVE and prints what it comes to as one JSON object.

Called by run.sh, in the virtual environment that it makes, with a day that `days.py` laid out. All logs but the counters that we need
are switched off, which makes HIVE faster than it is by default.

Counted as HIVE's own summary counts: a request is served unless it was cancelled. Waits are those of its pick-up events.
"""

import argparse
import contextlib
import importlib.metadata
import json
import logging
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy
import yaml

SEED = 1
# HIVE reads its settings from the folder it is started in.
SETTINGS = {
    "output_base_directory": "",
    "log_run": False,
    "log_states": False,
    "log_events": False,
    "log_kepler": False,
    "log_instructions": False,
    "log_stats": False,
    "log_level": "ERROR",
    "log_sim_config": [],
    "log_station_capacities": False,
    "log_time_step_stats": False,
    "log_fleet_time_step_stats": False,
    "verbose": False,
}
# States in which a vehicle has riders; kilometres in any other are empty.
WITH_RIDERS = {"ServicingTrip", "ServicingPoolingTrip"}


def scenario(source: Path, folder: Path, vehicles: int) -> Path:
    """Copies a day that `days.py` laid out into `folder` and sets the fleet. Returns the scenario file."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    file = folder / "day.yaml"
    config = yaml.safe_load(file.read_text())
    config["input"]["vehicles_file"] = f"day_{vehicles}.csv"
    file.write_text(yaml.safe_dump(config))
    (folder / ".hive.yaml").write_text(yaml.safe_dump(SETTINGS))
    return file


def percentile(values: list, share: float) -> float:
    """The value that `share` of `values` do not exceed; 0 for none."""
    ordered = sorted(values)
    return float(ordered[min(len(ordered) - 1, int(share * len(ordered)))]) if ordered else 0.0


def play(file: Path) -> dict:
    """Plays the day to its end; the clock covers the simulation and not the loading."""
    from nrel.hive.app.run import LocalSimulationRunner, load_config, load_simulation
    from nrel.hive.reporting.handler.handler import Handler
    from nrel.hive.reporting.handler.stats_handler import StatsHandler
    from nrel.hive.reporting.report_type import ReportType

    class Waits(Handler):
        """Collects how long each rider waited."""

        def __init__(self):
            self.seconds = []

        def handle(self, reports, runner_payload):
            for report in reports:
                if report.report_type == ReportType.PICKUP_REQUEST_EVENT:
                    self.seconds.append(report.report["wait_time_seconds"].total_seconds())

        def close(self, runner_payload):
            pass

    random.seed(SEED)
    numpy.random.seed(SEED)
    payload = load_simulation(load_config(file))
    counts, waits = StatsHandler(), Waits()
    payload.e.reporter.add_handler(counts)
    payload.e.reporter.add_handler(waits)
    wall, cpu = time.perf_counter(), time.process_time()
    end = LocalSimulationRunner.run(payload)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    stats = counts.stats
    total_km = sum(stats.vkt.values())
    rider_km = sum(km for state, km in stats.vkt.items() if state in WITH_RIDERS)
    summary = counts.get_stats(end)
    return {
        "orders": stats.requests,
        "served": stats.requests - stats.cancelled_requests,
        "picked_up": len(waits.seconds),
        "service_rate": summary["requests_served_percent"],
        "wait_mean_s": sum(waits.seconds) / max(1, len(waits.seconds)),
        "wait_p50_s": percentile(waits.seconds, 0.50),
        "wait_p95_s": percentile(waits.seconds, 0.95),
        "empty_km_share": 1 - rider_km / total_km,
        "total_km": total_km,
        "rider_km": rider_km,
        "km_by_state": dict(sorted(stats.vkt.items())),
        "energy_kwh": summary["total_kwh_expended"],
        "charged_kwh": summary["total_kwh_dispensed"],
        "mean_final_soc": summary["mean_final_soc"],
        "sim_seconds": wall,
        "cpu_seconds": cpu,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("day", type=Path, help="the folder of HIVE's scenario")
    parser.add_argument("--vehicles", type=int, required=True)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = scenario(args.day.resolve(), Path(folder), args.vehicles)
        os.chdir(folder)
        logging.disable(logging.WARNING)
        # HIVE prints where it found its files; our output is one object and nothing else.
        with contextlib.redirect_stdout(sys.stderr):
            figures = play(file)
        os.chdir("/")
    figures["vehicles"] = args.vehicles
    figures["hive"] = importlib.metadata.version("nrel.hive")
    figures["python"] = sys.version.split()[0]
    json.dump(figures, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
