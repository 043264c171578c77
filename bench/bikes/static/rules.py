"""The bike rebalancing problem of Dell'Amico et al.: reads an instance, and judges routes from the rules alone."""

import pathlib
import re


def read(path):
    """Demands, capacity, costs."""
    words = pathlib.Path(path).read_text().split()
    count = int(words[0])
    demands = [int(word) for word in words[1 : count + 1]]
    cells = [int(float(word)) for word in words[count + 2 :]]
    return demands, int(words[count + 1]), [cells[row * count : (row + 1) * count] for row in range(count)]


def name(path):
    """As the tables of the field call it: `3Bari10.txt` is Bari10, `61CiudadDeMexico.txtDati2_20.txt` CiudadDeMexico20."""
    stem = re.sub(r"^\d+|\.txt$", "", pathlib.Path(path).name)
    return re.sub(r"\..*_", "", stem)


def cost(instance, routes):
    """The cost of routes, each a list of stations; raises where they break a rule."""
    demands, capacity, costs = instance
    visited = sorted(station for route in routes for station in route)
    if visited != list(range(1, len(demands))):
        raise ValueError("not every station is visited exactly once")
    total = 0
    for route in routes:
        load, low, high = 0, 0, 0
        for station in route:
            load += demands[station]
            low, high = min(low, load), max(high, load)
        if high - low > capacity:
            raise ValueError(f"route {route}: no start load keeps between 0 and {capacity}")
        total += sum(costs[a][b] for a, b in zip([0] + route, route + [0]))
    return total
