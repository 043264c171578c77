"""One peer on one Li-Lim instance: `peers.py SOLVER FILE SECONDS` prints its routes as JSON, a list of lists of places.

Every peer gets one thread, seed 1, whole thousandths of the unit (drives rounded up, so that what it calls in time is in
time), and a fixed cost for a vehicle that outweighs any detour. Called by compare.py.
"""

import json
import math
import sys
import time

SCALE = 1000


def read(path):
    """Vehicles, capacity, and for each place (x, y, load, earliest, latest, service, pickup, delivery)."""
    rows = [[float(word) for word in line.split()] for line in open(path) if line.strip()]
    return int(rows[0][0]), int(rows[0][1]), [tuple(row[1:7]) + (int(row[7]), int(row[8])) for row in rows[1:]]


def matrix(places):
    """Drives in thousandths, rounded up."""
    return [
        [math.ceil(SCALE * math.hypot(a[0] - b[0], a[1] - b[1]) - 1e-6) for b in places] for a in places
    ]


def pairs(places):
    return [(at, place[7]) for at, place in enumerate(places) if at and place[6] == 0]


def pyvrp(vehicles, capacity, places, drives, seconds):
    from pyvrp import Model
    from pyvrp.stop import MaxRuntime

    model = Model()
    locations = [model.add_location(place[0], place[1]) for place in places]
    depot = model.add_depot(locations[0])
    model.add_vehicle_type(
        vehicles, capacity=[capacity], start_depot=depot, end_depot=depot, fixed_cost=fixed(drives),
        tw_early=SCALE * int(places[0][3]), tw_late=SCALE * int(places[0][4]),
    )
    for pickup, delivery in pairs(places):
        a, b = places[pickup], places[delivery]
        model.add_shipment(
            locations[pickup], locations[delivery], amount=[int(a[2])],
            pickup_tw_early=SCALE * int(a[3]), pickup_tw_late=SCALE * int(a[4]),
            pickup_service_duration=SCALE * int(a[5]), delivery_tw_early=SCALE * int(b[3]),
            delivery_tw_late=SCALE * int(b[4]), delivery_service_duration=SCALE * int(b[5]),
        )
    for a, source in enumerate(locations):
        for b, target in enumerate(locations):
            model.add_edge(source, target, distance=drives[a][b], duration=drives[a][b])
    result = model.solve(stop=MaxRuntime(seconds), seed=1, display=False)
    if not result.is_feasible():
        return None
    all_pairs = pairs(places)
    routes = []
    for route in result.best.routes():
        stops = []
        for activity in route:
            if activity.is_pickup() or activity.is_delivery():
                stops.append(all_pairs[activity.idx][0 if activity.is_pickup() else 1])
        routes.append(stops)
    return routes


def vroom(vehicles, capacity, places, drives, seconds):
    from datetime import timedelta

    import numpy
    import vroom as v

    model = v.Input()
    model.set_durations_matrix(profile="car", matrix_input=numpy.array(drives, dtype=numpy.uint32))
    # Costs are kept apart from durations so that a vehicle's fixed cost fits beside them.
    model.set_costs_matrix(profile="car", matrix_input=numpy.array(drives, dtype=numpy.uint32))
    day = v.TimeWindow(SCALE * int(places[0][3]), SCALE * int(places[0][4]))
    for vehicle in range(vehicles):
        model.add_vehicle(v.Vehicle(
            vehicle, start=0, end=0, capacity=[capacity], time_window=day, costs=v.VehicleCosts(fixed=fixed(drives)),
        ))

    def step(at):
        place = places[at]
        window = v.TimeWindow(SCALE * int(place[3]), SCALE * int(place[4]))
        return v.ShipmentStep(at, at, default_service=SCALE * int(place[5]), time_windows=[window])

    for pickup, delivery in pairs(places):
        model.add_shipment(step(pickup), step(delivery), amount=v.Amount([int(places[pickup][2])]))
    solution = model.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=seconds))
    if solution.summary.unassigned:
        return None
    frame = solution.routes
    steps = frame[frame["type"].isin(["pickup", "delivery"])]
    return [[int(at) for at in route["id"]] for _, route in steps.groupby("vehicle_id", sort=True)]


def ortools(vehicles, capacity, places, drives, seconds):
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    manager = pywrapcp.RoutingIndexManager(len(places), vehicles, 0)
    routing = pywrapcp.RoutingModel(manager)
    drive = routing.RegisterTransitMatrix(drives)
    times = [[cost + SCALE * int(places[a][5]) for cost in row] for a, row in enumerate(drives)]
    timed = routing.RegisterTransitMatrix(times)
    loaded = routing.RegisterUnaryTransitVector([int(place[2]) for place in places])
    routing.SetArcCostEvaluatorOfAllVehicles(drive)
    routing.SetFixedCostOfAllVehicles(fixed(drives))
    horizon = SCALE * int(places[0][4])
    routing.AddDimension(timed, horizon, horizon, False, "time")
    routing.AddDimension(loaded, 0, capacity, True, "load")
    clock = routing.GetDimensionOrDie("time")
    for at, place in enumerate(places[1:], 1):
        clock.CumulVar(manager.NodeToIndex(at)).SetRange(SCALE * int(place[3]), SCALE * int(place[4]))
    for pickup, delivery in pairs(places):
        a, b = manager.NodeToIndex(pickup), manager.NodeToIndex(delivery)
        routing.AddPickupAndDelivery(a, b)
        routing.solver().Add(routing.VehicleVar(a) == routing.VehicleVar(b))
        routing.solver().Add(clock.CumulVar(a) <= clock.CumulVar(b))
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    search.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    search.time_limit.FromMilliseconds(int(1000 * seconds))
    solution = routing.SolveWithParameters(search)
    if solution is None:
        return None
    routes = []
    for vehicle in range(vehicles):
        at, stops = routing.Start(vehicle), []
        while not routing.IsEnd(at):
            stops.append(manager.IndexToNode(at))
            at = solution.Value(routing.NextVar(at))
        routes.append(stops[1:])
    return [route for route in routes if route]


def vrp_cli(vehicles, capacity, places, drives, seconds):
    import vrp_cli as v

    # The pragmatic format knows whole seconds; one second is a thousandth of the instance's unit.
    def moment(units):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(SCALE * int(units)))

    def task(at):
        place = places[at]
        spot = {"location": {"index": at}, "duration": SCALE * int(place[5]),
                "times": [[moment(place[3]), moment(place[4])]]}
        return [{"places": [spot], "demand": [abs(int(place[2]))]}]

    depot = {"index": 0}
    problem = {
        "plan": {"jobs": [
            {"id": f"{pickup}-{delivery}", "pickups": task(pickup), "deliveries": task(delivery)}
            for pickup, delivery in pairs(places)
        ]},
        "fleet": {
            "vehicles": [{
                "typeId": "van", "vehicleIds": [f"van_{at}" for at in range(vehicles)], "profile": {"matrix": "car"},
                "costs": {"fixed": 0.0, "distance": 1.0, "time": 0.0}, "capacity": [capacity],
                "shifts": [{"start": {"earliest": moment(places[0][3]), "location": depot},
                            "end": {"latest": moment(places[0][4]), "location": depot}}],
            }],
            "profiles": [{"name": "car"}],
        },
        "objectives": [[{"type": "minimize-unassigned"}], [{"type": "minimize-tours"}], [{"type": "minimize-cost"}]],
    }
    flat = [cost for row in drives for cost in row]
    matrix_json = json.dumps({"profile": "car", "travelTimes": flat, "distances": flat})
    config = {"termination": {"maxTime": max(1, int(seconds))},
              "environment": {"parallelism": {"numThreadPools": 1, "threadsPerPool": 1}, "logging": {"enabled": False}}}
    answer = json.loads(v.solve_pragmatic(problem=json.dumps(problem), matrices=[matrix_json], config=json.dumps(config)))
    if answer.get("unassigned"):
        return None
    routes = []
    for tour in answer["tours"]:
        stops = []
        for stop in tour["stops"]:
            for activity in stop["activities"]:
                if activity["type"] in ("pickup", "delivery"):
                    stops.append(int(activity["jobId"].split("-")[0 if activity["type"] == "pickup" else 1]))
        routes.append(stops)
    return routes


def fixed(drives):
    """More than any saving in distance by one vehicle more."""
    return 20 * max(max(row) for row in drives)


PEERS = {"pyvrp": pyvrp, "vroom": vroom, "ortools": ortools, "vrp-cli": vrp_cli}

if __name__ == "__main__":
    name, path, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    instance = read(path)
    start = time.monotonic()
    routes = PEERS[name](*instance, matrix(instance[2]), seconds)
    print(json.dumps({"routes": routes, "seconds": time.monotonic() - start}))
