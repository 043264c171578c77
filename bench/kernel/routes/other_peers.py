"""One peer on one dial-a-ride or electric instance: `other_peers.py SOLVER FILE SECONDS` prints its routes as JSON, as
`rules.py` reads them. One thread, whole thousandths of the unit (drives rounded up). Called by other.py.

OR-Tools says both problems in full. Dial-a-ride: the ride time is a difference of two times. Electric: a second dimension
is what is left in the battery, in the time that it takes to charge it; its slack at a station is what is charged, and time
passes there for at least as long; each station is there three times, to be visited or not.
vrp-cli knows stations only as stops of a fixed length from which the distance counts anew: what it charges is always a
full battery, and always takes as long as from empty. It knows no longest ride.
PyVRP and VROOM know neither batteries nor longest rides (PyVRP issue 1097, VROOM issue 703).
"""

import json
import math
import sys
import time

import peers
import rules

SCALE = 1000
COPIES = 3


def up(value):
    return math.ceil(SCALE * value - 1e-6)


def ortools(instance, seconds):
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    electric = instance["kind"] == "electric"
    places = instance["places"]
    count = instance["customers"] if electric else len(places) - 1
    # Which place each node is; stations several times.
    nodes = list(range(count + 1)) + list(range(count + 1, len(places))) * COPIES
    lengths = [[rules.length(places, a, b) for b in nodes] for a in nodes]
    speed = instance.get("speed", 1.0)
    vehicles = min(instance["vehicles"], 30) if electric else instance["vehicles"]
    manager = pywrapcp.RoutingIndexManager(len(nodes), vehicles, 0)
    routing = pywrapcp.RoutingModel(manager)
    drives = [[up(length) for length in row] for row in lengths]
    times = [[up(length / speed) + up(places[a][5]) for length in row] for a, row in zip(nodes, lengths)]
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(drives))
    if electric:
        routing.SetFixedCostOfAllVehicles(peers.fixed(drives))
    horizon = up(places[0][4])
    routing.AddDimension(routing.RegisterTransitMatrix(times), horizon, horizon, False, "time")
    loads = [int(places[at][2]) for at in nodes]
    routing.AddDimension(routing.RegisterUnaryTransitVector(loads), 0, int(instance["capacity"]), True, "load")
    clock = routing.GetDimensionOrDie("time")
    for node, at in enumerate(nodes[1:], 1):
        clock.CumulVar(manager.NodeToIndex(node)).SetRange(up(places[at][3]), int(SCALE * places[at][4]))
    solver = routing.solver()
    if electric:
        full = int(SCALE * instance["battery"] * instance["charge"])
        use = [[-up(length * instance["use"] * instance["charge"]) for length in row] for row in lengths]
        routing.AddDimension(routing.RegisterTransitMatrix(use), full, full, False, "battery")
        battery = routing.GetDimensionOrDie("battery")
        for vehicle in range(vehicles):
            battery.CumulVar(routing.Start(vehicle)).SetValue(full)
            battery.SlackVar(routing.Start(vehicle)).SetValue(0)
        for node in range(1, len(nodes)):
            index = manager.NodeToIndex(node)
            if nodes[node] <= count:
                battery.SlackVar(index).SetValue(0)
            else:
                routing.AddDisjunction([index], 0)
                solver.Add(clock.SlackVar(index) >= battery.SlackVar(index))
                solver.Add(battery.CumulVar(index) + battery.SlackVar(index) <= full)
                # Bounds alone do not prove that both dimensions agree: the amount is fixed before an answer counts.
                routing.AddVariableMinimizedByFinalizer(battery.SlackVar(index))
        for node in range(len(nodes)):
            routing.AddVariableMinimizedByFinalizer(clock.CumulVar(manager.NodeToIndex(node)))
    else:
        for vehicle in range(vehicles):
            clock.SetSpanUpperBoundForVehicle(int(SCALE * instance["duration"]), vehicle)
        for pickup in range(1, instance["riders"] + 1):
            a, b = manager.NodeToIndex(pickup), manager.NodeToIndex(pickup + instance["riders"])
            routing.AddPickupAndDelivery(a, b)
            solver.Add(routing.VehicleVar(a) == routing.VehicleVar(b))
            aboard = int(SCALE * (instance["ride"] + places[pickup][5]))
            solver.Add(clock.CumulVar(b) - clock.CumulVar(a) <= aboard)
            solver.Add(clock.CumulVar(a) <= clock.CumulVar(b))
            clock.SetPickupToDeliveryLimitFunctionForPair(lambda *_, limit=aboard: limit, pickup - 1)
    # Left out at a price that no detour reaches: without it there is seldom a first answer to improve.
    for node in range(1, count + 1):
        routing.AddDisjunction([manager.NodeToIndex(node)], 50 * max(map(max, drives)))
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.GLOBAL_CHEAPEST_ARC if electric
        else routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION)
    search.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    search.time_limit.FromMilliseconds(int(1000 * seconds))
    solution = routing.SolveWithParameters(search)
    if solution is None:
        return None
    routes = []
    for vehicle in range(vehicles):
        at, stops = routing.Start(vehicle), []
        while not routing.IsEnd(at):
            stops.append(nodes[manager.IndexToNode(at)])
            at = solution.Value(routing.NextVar(at))
        routes.append(stops[1:])
    return [route for route in routes if route]


def vrp_cli(instance, seconds):
    import vrp_cli as v

    if instance["kind"] != "electric":
        raise SystemExit("vrp-cli knows no longest ride")
    places, customers = instance["places"], instance["customers"]

    def moment(units):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(SCALE * int(units)))

    def spot(at, duration):
        return {"location": {"index": at}, "duration": duration,
                "times": [[moment(places[at][3]), moment(places[at][4])]]}

    charge = up(instance["battery"] * instance["charge"])
    depot = {"index": 0}
    problem = {
        "plan": {"jobs": [
            {"id": str(at), "deliveries": [{"places": [spot(at, up(places[at][5]))], "demand": [int(places[at][2])]}]}
            for at in range(1, customers + 1)]},
        "fleet": {
            "vehicles": [{
                "typeId": "van", "vehicleIds": [f"van_{at}" for at in range(30)], "profile": {"matrix": "car"},
                "costs": {"fixed": 0.0, "distance": 1.0, "time": 0.0}, "capacity": [int(instance["capacity"])],
                "shifts": [{
                    "start": {"earliest": moment(places[0][3]), "location": depot},
                    "end": {"latest": moment(places[0][4]), "location": depot},
                    "recharges": {
                        "maxDistance": float(int(SCALE * instance["battery"] / instance["use"])),
                        "stations": [spot(at, charge) for at in range(customers + 1, len(places))]}}],
            }],
            "profiles": [{"name": "car"}],
        },
        "objectives": [[{"type": "minimize-unassigned"}], [{"type": "minimize-tours"}], [{"type": "minimize-cost"}]],
    }
    lengths = [rules.length(places, a, b) for a in range(len(places)) for b in range(len(places))]
    matrix = json.dumps({"profile": "car", "travelTimes": [up(one / instance["speed"]) for one in lengths],
                         "distances": [up(one) for one in lengths]})
    config = {"termination": {"maxTime": max(1, int(seconds))},
              "environment": {"parallelism": {"numThreadPools": 1, "threadsPerPool": 1}, "logging": {"enabled": False}}}
    answer = json.loads(v.solve_pragmatic(problem=json.dumps(problem), matrices=[matrix], config=json.dumps(config)))
    kinds = {"delivery", "recharge"}
    return [[stop["location"]["index"] for stop in tour["stops"] for activity in stop["activities"]
             if activity["type"] in kinds] for tour in answer["tours"]]


PEERS = {"ortools": ortools, "vrp-cli": vrp_cli}

if __name__ == "__main__":
    name, path, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    instance = rules.read(path)
    start = time.monotonic()
    routes = PEERS[name](instance, seconds)
    print(json.dumps({"routes": routes, "seconds": time.monotonic() - start}))
