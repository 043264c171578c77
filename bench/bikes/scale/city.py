"""A city of shared bikes as large as is asked for, in Oslo's pattern: its stations side by side as often as needed, and riders who come and go
between them as the week of `data/bikes/oslo` does at its busiest hour.
"""

import bisect
import csv
import gzip
import heapq
import itertools
import math
import random
from collections import defaultdict
from pathlib import Path

OSLO = Path(__file__).resolve().parents[3] / "data" / "bikes" / "oslo"
# Between two copies of the city, in degrees: somewhat more than it is wide and high.
APART = (0.09, 0.2)
RIDE_S = (4 * 60, 25 * 60)


class Pattern:
    """What the week of Oslo says: stations, and how many bikes come and go at each in the busiest hour."""

    def __init__(self) -> None:
        with (OSLO / "stations.csv").open(newline="") as file:
            self.stations = list(csv.DictReader(file))
        known = {row["station_id"]: at for at, row in enumerate(self.stations)}
        last: dict = {}
        moved = defaultdict(int)
        flows = [defaultdict(lambda: [0, 0]) for _ in self.stations]
        with gzip.open(OSLO / "2023-07.csv.gz", "rt", newline="") as file:
            for row in csv.DictReader(file):
                at, hour = known.get(row["station_id"]), int(row["time"][11:13])
                if at is None:
                    continue
                bikes = int(row["bikes"]) + int(row["ebikes"])
                change = bikes - last.get(at, bikes)
                last[at] = bikes
                moved[hour] += abs(change)
                flows[at][hour][change > 0] += abs(change)
        self.busiest = max(moved, key=moved.get)
        # The share of a day's rides that fall into its busiest hour.
        self.peak = moved[self.busiest] / sum(moved.values())
        # Snapshots show what came and went between them alone; somebody comes to every station now and then.
        self.leaves = [1 + flow[self.busiest][0] for flow in flows]
        self.comes = [1 + flow[self.busiest][1] for flow in flows]


class City:
    """Stations by name with docks and bikes, and rides as they come: `step` plays a second and says which stations have changed."""

    def __init__(self, pattern: Pattern, stations: int, bikes: int, rides_a_day: float, seed: int):
        self.random = random.Random(seed)
        count = len(pattern.stations)
        self.names = [f"s{number}" for number in range(stations)]
        self.places, docks = [], []
        side = math.ceil(math.sqrt(stations / count))
        for number in range(stations):
            copy, own = divmod(number, count)
            row = pattern.stations[own]
            lat, lon = float(row["lat"]), float(row["lon"])
            self.places.append((lat - (copy // side) * APART[0], lon + (copy % side) * APART[1]))
            docks.append(int(row["capacity"]))
        # Every second dock has a bike on average, and no station is empty before somebody watches.
        more = 2 * bikes / sum(docks)
        self.docks = [max(4, round(own * more)) for own in docks]
        self.bikes = [self.random.randint(1, own - 1) for own in self.docks]
        self.rides_s = rides_a_day * pattern.peak / 3600
        self.leaves = [list(itertools.accumulate(pattern.leaves[number % count] for number in copy)) for copy in self._copies(count)]
        self.comes = [list(itertools.accumulate(pattern.comes[number % count] for number in copy)) for copy in self._copies(count)]
        self.firsts = [copy[0] for copy in self._copies(count)]
        self.under_way: list = []
        self.lost = 0

    def _copies(self, count: int) -> list:
        return [range(first, min(first + count, len(self.names))) for first in range(0, len(self.names), count)]

    def _pick(self, copy: int, sums: list) -> int:
        return self.firsts[copy] + bisect.bisect(sums[copy], self.random.random() * sums[copy][-1])

    def step(self, now: float) -> set:
        """Plays the second that ends at `now`; which stations have other counts."""
        changed = set()
        for _ in range(self._poisson(self.rides_s)):
            copy = min(self.random.randrange(len(self.names)) // max(1, len(self.names) // len(self.firsts)), len(self.firsts) - 1)
            start = self._pick(copy, self.leaves)
            if self.bikes[start] == 0:
                self.lost += 1
                continue
            self.bikes[start] -= 1
            changed.add(start)
            heapq.heappush(self.under_way, (now + self.random.uniform(*RIDE_S), self._pick(copy, self.comes)))
        while self.under_way and self.under_way[0][0] <= now:
            _, end = heapq.heappop(self.under_way)
            if self.bikes[end] >= self.docks[end]:
                self.lost += 1
                heapq.heappush(self.under_way, (now + 120, (end + 1) % len(self.names)))
                continue
            self.bikes[end] += 1
            changed.add(end)
        return changed

    def set_out(self) -> None:
        """As many are on their way as will be once it has gone on for a while, so that as many come back as set out."""
        for _ in range(round(self.rides_s * sum(RIDE_S) / 2)):
            copy = self.random.randrange(len(self.firsts))
            heapq.heappush(self.under_way, (self.random.uniform(0, RIDE_S[1]), self._pick(copy, self.comes)))

    def _poisson(self, mean: float) -> int:
        limit, count, product = math.exp(-mean), 0, self.random.random()
        while product > limit:
            count, product = count + 1, product * self.random.random()
        return count

    def stock(self, station: int) -> dict:
        bikes = self.bikes[station]
        return {"station": self.names[station], "bikes": bikes, "docks_free": self.docks[station] - bikes}
