"""OR-Tools' routing on one instance: prints cost and routes as JSON. Called by compare.py.

    python peer.py INSTANCE SECONDS
"""

import json
import sys
import time

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from rules import read


def solve(instance, seconds):
    demands, capacity, costs = instance
    # A vehicle for each station is more than any answer uses; beyond 40 the model only grows slower.
    vehicles = min(len(demands) - 1, 40)
    manager = pywrapcp.RoutingIndexManager(len(demands), vehicles, 0)
    routing = pywrapcp.RoutingModel(manager)
    node = manager.IndexToNode
    leg = routing.RegisterTransitCallback(lambda i, j: 0 if node(i) == node(j) else costs[node(i)][node(j)])
    routing.SetArcCostEvaluatorOfAllVehicles(leg)
    load = routing.RegisterUnaryTransitCallback(lambda i: demands[node(i)])
    routing.AddDimension(load, 0, capacity, False, "load")
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(int(seconds * 1000))
    answer = routing.SolveWithParameters(parameters)
    if answer is None:
        return None
    routes = []
    for vehicle in range(vehicles):
        at, stops = answer.Value(routing.NextVar(routing.Start(vehicle))), []
        while not routing.IsEnd(at):
            stops.append(node(at))
            at = answer.Value(routing.NextVar(at))
        if stops:
            routes.append(stops)
    return routes


def with_processor_time(instance, seconds):
    """OR-Tools stops by the wall's clock. Where the machine is busy it begins anew with a longer limit, until it has had
    at least nine tenths of `seconds` of a processor; the answer of the last try counts."""
    limit = seconds
    for _ in range(5):
        before = time.process_time()
        routes = solve(instance, limit)
        used = time.process_time() - before
        if used >= 0.9 * seconds:
            break
        limit *= min(seconds / used, 4.0)
    return routes


print(json.dumps(with_processor_time(read(sys.argv[1]), float(sys.argv[2]))))
