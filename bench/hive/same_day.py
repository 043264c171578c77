"""Fails unless `data/manhattan/` holds the very day that HIVE plays: trips, network, vehicles, stations.

Called by run.sh with the folder.
"""

import json
import sys
from pathlib import Path

from days import hive_manhattan, read, rows


def shared(ours: list, theirs: list) -> bool:
    """Whether both hold the same rows, compared in the columns that ours has."""
    return [list(row.items()) for row in ours] == [[(key, row.get(key)) for key in own] for own, row in zip(ours, theirs)] and len(
        ours
    ) == len(theirs)


def main() -> None:
    ours, hive = Path(sys.argv[1]), hive_manhattan()
    tables = {
        "trips.csv.gz": "requests/nyc_20k.csv",
        "vehicles_200.csv": "vehicles/nyc_200.csv",
        "vehicles_1200.csv": "vehicles/nyc_1200.csv",
        "stations.csv": "stations/nyc_stations.csv",
    }
    for name, theirs in tables.items():
        if not shared(rows(ours / name), rows(hive / theirs)):
            sys.exit(f"data/manhattan/{name} is not HIVE's {theirs}")
    network = json.loads(read(ours / "network.json.gz"))
    if network != json.loads(read(hive / "road_network/manhattan_network.json")):
        sys.exit("data/manhattan/network.json.gz is not HIVE's manhattan_network.json")


if __name__ == "__main__":
    main()
