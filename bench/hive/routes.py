"""How much longer HIVE's routes are than the quickest ones, over a sample of the day's trips.

HIVE searches with A* whose estimate divides the distance by the slowest speed of the network; that is more than the real
time, so what it finds need not be the quickest. Run by hand: `bench/.venv/bin/python bench/hive/routes.py`.
"""

import csv
import importlib.resources
import random
from pathlib import Path

import h3
import networkx
from nrel.hive.model.roadnetwork.link_id import extract_node_ids
from nrel.hive.model.roadnetwork.osm.osm_roadnetwork import OSMRoadNetwork

SAMPLE, SEED = 800, 1
# HIVE keeps positions as cells of this resolution.
RESOLUTION = 15


def measure(links) -> tuple:
    """Kilometres and hours of (kilometres, km/h) pairs."""
    pairs = list(links)
    return sum(km for km, _ in pairs), sum(km / kmph for km, kmph in pairs)


def main() -> None:
    folder = Path(str(importlib.resources.files("nrel.hive") / "resources" / "scenarios" / "manhattan"))
    network = OSMRoadNetwork.from_file(folder / "road_network" / "manhattan_network.json")
    graph = network.graph
    with (folder / "requests" / "nyc_20k.csv").open() as file:
        trips = random.Random(SEED).sample(list(csv.DictReader(file)), SAMPLE)
    hive, quickest = [0.0, 0.0], [0.0, 0.0]
    for trip in trips:
        ends = [h3.geo_to_h3(float(trip[f"{end}_lat"]), float(trip[f"{end}_lon"]), RESOLUTION) for end in "od"]
        origin, destination = (network.position_from_geoid(end) for end in ends)
        if origin.link_id == destination.link_id:
            continue
        route = network.route(origin, destination)
        km, hours = measure((link.distance_km, link.speed_kmph) for link in route)
        hive = [hive[0] + km, hive[1] + hours]
        # The first and the last link are given; between them the quickest way.
        (_, start), (end, _) = extract_node_ids(origin.link_id)[1], extract_node_ids(destination.link_id)[1]
        way = networkx.shortest_path(graph, start, end, weight="travel_time")
        inner = (min(graph[a][b].values(), key=lambda link: link["travel_time"]) for a, b in zip(way, way[1:]))
        outer = [(link.distance_km, link.speed_kmph) for link in (route[0], route[-1])]
        km, hours = measure(outer + [(link["length"] / 1000, link["speed_kmph"]) for link in inner])
        quickest = [quickest[0] + km, quickest[1] + hours]
    print(f"HIVE's routes: {hive[0] / quickest[0]:.3f} times the kilometres, {hive[1] / quickest[1]:.3f} times the time of the quickest")


if __name__ == "__main__":
    main()
