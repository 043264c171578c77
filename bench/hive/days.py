"""Lays out a day for HIVE and for Paceline: the same trips, streets, vehicles and chargers in both.

    days.py NAME FOLDER      writes FOLDER/hive/ (HIVE's scenario: day.yaml, vehicles/day_N.csv); prints Paceline's scenario file, and the sizes
                             of the day's fleets

`manhattan`: the day of `data/manhattan/`, on which the parameters of its `hive.toml` were fixed. The others leave those parameters alone:

`drawn`: as many trips, drawn anew out of that day's. Each is one of its trips, moved by up to 15 minutes and 150 m, so that hours and places are
as on that day and no trip is.
`denver`: downtown Denver, the other city that HIVE brings along. Its vehicles are all made the same battery-electric one that Manhattan has (of its
twenty seven burn gasoline and one has a driver with hours), with the 30 % of charge that it gives them.
"""

import csv
import gzip
import importlib.resources
import json
import math
import os
import random
import shutil
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
MANHATTAN = ROOT / "data" / "manhattan"
SEED = 1
# Of the drawn day: how far a trip is moved.
MOVED_MIN, MOVED_M = 15, 150
# Vehicles of each run of a day.
FLEETS = {"manhattan": (200, 1200), "drawn": (200, 1200), "denver": (20, 10)}


def bundled(name: str) -> Path:
    """A scenario that HIVE brings along."""
    return Path(str(importlib.resources.files("nrel.hive") / "resources" / "scenarios" / name))


def hive_manhattan() -> Path:
    """HIVE's Manhattan scenario, or the one in the folder that PACELINE_DATA names, laid out the same."""
    named = os.environ.get("PACELINE_DATA")
    return Path(named) / "manhattan-hive" if named else bundled("manhattan")


def read(path: Path) -> str:
    """The text of a file, unpacked if it is packed."""
    return gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text(encoding="utf-8-sig")


def rows(path: Path) -> list:
    """The lines of a CSV file as dictionaries, whatever the order of its columns."""
    return list(csv.DictReader(read(path).splitlines()))


def write(path: Path, lines: list) -> None:
    """Writes dictionaries as a CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with path.open("w", newline="") as file:
        out = csv.DictWriter(file, list(lines[0]))
        out.writeheader()
        out.writerows(lines)


def hive_folder(source: Path, to: Path, config: str) -> dict:
    """Copies a scenario of HIVE's, and reads its settings."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(source, to)
    for path in [to, *to.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return yaml.safe_load((to / config).read_text())


def ours(folder: Path, kept: list, changes: dict) -> Path:
    """Paceline's scenario: `data/manhattan/hive.toml` with what describes the day in place of Manhattan's, and every parameter left alone.
    `kept` are files of Manhattan's that hold for the day too."""
    text = (MANHATTAN / "hive.toml").read_text()
    for old, new in changes.items():
        if text.count(old) != 1:
            sys.exit(f"hive.toml has {old!r} {text.count(old)} times: what describes the day cannot be put in its place")
        text = text.replace(old, new)
    for name in kept:
        shutil.copy(MANHATTAN / name, folder / name)
    file = folder / "day.toml"
    file.write_text(text)
    return file


def manhattan(folder: Path) -> Path:
    """The day itself. `same_day.py` has compared both sides' inputs."""
    config = hive_folder(hive_manhattan(), folder / "hive", "manhattan.yaml")
    for vehicles in FLEETS["manhattan"]:
        shutil.copy(folder / "hive" / "vehicles" / f"nyc_{vehicles}.csv", folder / "hive" / "vehicles" / f"day_{vehicles}.csv")
    (folder / "hive" / "day.yaml").write_text(yaml.safe_dump(config))
    return MANHATTAN / "hive.toml"


def drawn(folder: Path) -> Path:
    """As many trips, each one of the day's, moved a little."""
    manhattan(folder)
    trips, draw = rows(MANHATTAN / "trips.csv.gz"), random.Random(SEED)
    day = [moved(draw.choice(trips), draw) for _ in trips]
    day.sort(key=lambda trip: trip["departure_time"])
    for number, trip in enumerate(day):
        trip["request_id"] = str(number)
    write(folder / "hive" / "requests" / "nyc_20k.csv", day)
    write(folder / "trips.csv", day)
    kept = ["network.json.gz", "stations.csv", "power_curve.csv", *(f"vehicles_{vehicles}.csv" for vehicles in FLEETS["drawn"])]
    named = {'"trips.csv.gz"': '"trips.csv"', "Manhattan, HIVE's rules": "Manhattan, a drawn day, HIVE's rules"}
    return ours(folder, kept, named)


def moved(trip: dict, draw: random.Random) -> dict:
    """The trip at a slightly other time and place, on the same day."""
    date, time = trip["departure_time"].replace("T", " ").split(" ")
    hours, minutes, seconds = map(int, time.split(":"))
    at = hours * 3600 + minutes * 60 + seconds + draw.randint(-60 * MOVED_MIN, 60 * MOVED_MIN)
    at %= 24 * 3600
    other = dict(trip, departure_time=f"{date} {at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}")
    for end in "od":
        lat = float(trip[f"{end}_lat"])
        north, east = (draw.uniform(-MOVED_M, MOVED_M) / 111_195 for _ in range(2))
        other[f"{end}_lat"] = f"{lat + north:.6f}"
        other[f"{end}_lon"] = f"{float(trip[f'{end}_lon']) + east / math.cos(math.radians(lat)):.6f}"
    return other


def denver(folder: Path) -> Path:
    """Downtown Denver, with one kind of vehicle."""
    hive = folder / "hive"
    config = hive_folder(bundled("denver_downtown"), hive, "denver_demo.yaml")
    fleet = rows(hive / "vehicles" / "denver_demo_vehicles.csv")
    kept = ("vehicle_id", "lat", "lon", "initial_soc")
    electric = [{key: row[key] for key in kept} | {"mechatronics_id": "leaf_50"} for row in fleet]
    for vehicles in FLEETS["denver"]:
        write(hive / "vehicles" / f"day_{vehicles}.csv", electric[:vehicles])
        write(folder / f"vehicles_{vehicles}.csv", electric[:vehicles])
    # One row for each plug that a car with a battery can use; HIVE's file also has fuel, under the same names.
    plugs = [row for row in rows(hive / "stations" / "denver_demo_stations.csv") if row["charger_id"] != "GAS_PUMP"]
    write(hive / "stations" / "denver_demo_stations.csv", plugs)
    write(folder / "stations.csv", plugs)
    requests = rows(hive / "requests" / "denver_demo_requests.csv")
    write(folder / "trips.csv", requests)
    network = json.loads((hive / "road_network" / "downtown_denver_network.json").read_text())
    (folder / "network.json.gz").write_bytes(gzip.compress(json.dumps(network).encode()))
    (hive / "day.yaml").write_text(yaml.safe_dump(config))
    depot = next(row for row in rows(hive / "bases" / "denver_demo_bases.csv") if row["base_id"] == "b1")
    most, least = FLEETS["denver"]
    return ours(
        folder,
        ["power_curve.csv"],
        {
            "Manhattan, HIVE's rules": "Downtown Denver, HIVE's rules",
            "start = 2014-12-21T00:00:00": "start = 1970-01-01T00:00:00",
            "end = 2014-12-22T00:00:00": "end = 1970-01-02T00:00:00",
            '"trips.csv.gz"': '"trips.csv"',
            'fleets = ["vehicles_200.csv", "vehicles_1200.csv"]': f'fleets = ["vehicles_{least}.csv", "vehicles_{most}.csv"]',
            "vehicles = 200": f"vehicles = {most}",
            '"America/New_York"': '"America/Denver"',
            "ranks = [[40.75551, -73.98357]]": f"ranks = [[{depot['lat']}, {depot['lon']}]]",
        },
    )


DAYS = {"manhattan": manhattan, "drawn": drawn, "denver": denver}


def main() -> None:
    if len(sys.argv) != 3 or sys.argv[1] not in DAYS:
        sys.exit(f"usage: days.py {'|'.join(DAYS)} FOLDER")
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    print(DAYS[sys.argv[1]](folder))
    print(*FLEETS[sys.argv[1]])


if __name__ == "__main__":
    main()
