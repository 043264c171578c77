"""Dial-a-ride and electric instances: reading them, and judging an answer from the rules alone, apart from the solver.

An answer is a list of routes, each a list of places without the depot: 0 is the depot, 1 to n are the places in the file's
order, and electric stations follow as n + 1, n + 2, ... No times are asked for: `judge` looks for a schedule itself.
"""

import math

SLACK = 1e-4  # Answers are made on rounded legs.


def read(path):
    """A dict: kind, vehicles, capacity, places as (x, y, load, earliest, latest, service), and what the kind needs."""
    lines = [line.split() for line in open(path) if line.strip()]
    return electric(lines) if lines[0][0] == "StringID" else dial_a_ride(lines)


def dial_a_ride(lines):
    vehicles, _, duration, capacity, ride = map(float, lines[0])
    rows = [[float(word) for word in line] for line in lines[1:]]
    if len(rows) % 2 == 0:
        rows.pop()  # The depot once more.
    places = [(x, y, load, earliest, latest, service) for _, x, y, service, load, earliest, latest in rows]
    return {"kind": "dial-a-ride", "vehicles": int(vehicles), "capacity": capacity, "duration": duration, "ride": ride,
            "places": places, "riders": len(places) // 2}


def electric(lines):
    places = {"d": [], "c": [], "f": []}
    values = {}
    for line in lines[1:]:
        if line[-1].endswith("/"):
            values[line[0]] = float(line[-1].strip("/"))
        else:
            places[line[1]].append(tuple(float(word) for word in line[2:8]))
    customers = len(places["c"])
    return {"kind": "electric", "vehicles": customers, "capacity": values["C"], "battery": values["Q"],
            "use": values["r"], "charge": values["g"], "speed": values["v"], "customers": customers,
            "places": places["d"] + places["c"] + places["f"]}


def length(places, a, b):
    return math.hypot(places[a][0] - places[b][0], places[a][1] - places[b][1])


def judge(instance, routes):
    """Vehicles, distance and the first broken rule, or `feasible`."""
    if routes is None:
        return "", "", "no answer"
    places = instance["places"]
    count = instance["customers"] if instance["kind"] == "electric" else len(places) - 1
    served = sorted(at for route in routes for at in route if at <= count)
    if served != list(range(1, count + 1)):
        missing = len(set(range(1, count + 1)) - set(served))
        return "", "", f"{missing} places left out" if missing else "served twice"
    if len(routes) > instance["vehicles"]:
        return "", "", "too many vehicles"
    for route in routes:
        stops = [0, *route, 0]
        broken = loaded(instance, route) or (
            charged(instance, stops) if instance["kind"] == "electric" else ridden(instance, stops))
        if broken:
            return "", "", broken
    legs = [leg for route in routes for leg in zip([0, *route], [*route, 0])]
    return len(routes), sum(length(places, a, b) for a, b in legs), "feasible"


def loaded(instance, route):
    loads = [instance["places"][at][2] for at in route]
    if instance["kind"] == "electric":
        return "overloaded" if sum(loads) > instance["capacity"] else None
    riders, aboard = instance["riders"], 0
    for at, load in zip(route, loads):
        aboard += load
        if aboard > instance["capacity"]:
            return f"overloaded at {at}"
    for pickup in (at for at in route if at <= riders):
        if pickup + riders not in route or route.index(pickup + riders) < route.index(pickup):
            return f"rider {pickup} is not brought"
    return None


def ridden(instance, stops):
    """Whether windows, ride times and time out have a schedule: the earliest, found by raising begins until none moves."""
    places, riders = instance["places"], instance["riders"]
    begin = [places[at][3] for at in stops]
    where = {at: index for index, at in enumerate(stops[:-1])}
    for _ in range(len(stops) + 1):
        before = list(begin)
        for index in range(1, len(stops)):
            a, b = stops[index - 1], stops[index]
            begin[index] = max(begin[index], begin[index - 1] + places[a][5] + length(places, a, b))
            if begin[index] > places[b][4] + SLACK:
                return f"late at {b}, or aboard or out for too long"
        for pickup in range(1, riders + 1):
            if pickup in where:
                least = begin[where[pickup + riders]] - instance["ride"] - places[pickup][5]
                begin[where[pickup]] = max(begin[where[pickup]], least)
        begin[0] = max(begin[0], begin[-1] - instance["duration"])
        if begin == before or all(after - now < 1e-9 for after, now in zip(begin, before)):
            return None
    return "aboard or out for too long"


def charged(instance, stops):
    """Whether windows and the battery can be kept by charging some amount, from none to full, at each station.

    Lack is measured in the time that it takes to charge it, so that time and lack together stay the same while charging.
    From the end to the beginning: what time, lack, and their sum may be at most when service begins.
    """
    places, customers = instance["places"], instance["customers"]
    full = instance["battery"] * instance["charge"]
    time, lack, both = places[0][4], full, places[0][4] + full
    for a, b in reversed(list(zip(stops, stops[1:]))):
        leg = length(places, a, b)
        drive, use = leg / instance["speed"] + places[a][5], leg * instance["use"] * instance["charge"]
        lack = min(lack, both - places[b][3]) - use
        both -= drive + use
        time -= drive
        if lack < -SLACK:
            return f"the battery is empty before {b}"
        if a > customers:
            both = min(both, time + lack)
            lack = full
        time = min(time, places[a][4])
        both = min(both, time + lack)
        if min(time, both) < places[a][3] - SLACK:
            return f"late behind {a}"
    return None
