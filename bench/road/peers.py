"""The peers of bench/road on one map: RoutingKit's CCH on our graph of allowed drives, OSRM (CH and MLD) and Valhalla on the extract.

    peers.py routingkit EXPORT    peers.py osrm EXPORT EXTRACT    peers.py valhalla EXPORT EXTRACT

EXPORT is what `paceline-bench-road export` wrote. Prints one JSON document, on the last line: Valhalla logs to the same place. All three are called in this process, one thread, and
times are of the call alone: requests are made before, answers are not read out. OSRM's customisation is what its program reports.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

TABLES = [(100, 100), (1000, 1000), (1000, 200)]
# k nearest by rows of a table, which is how these peers can be asked: so many orders are measured and the time is scaled.
ORDERS_MEASURED, ORDERS, VEHICLES = 20, 5_000, 10_000


def ms(work):
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1e3


def least(runs, work):
    return min(ms(work) for _ in range(runs))


class Results(dict):
    def __setitem__(self, name, value):
        print(f"{name:<44} {value:.3f}", file=sys.stderr, flush=True)
        super().__setitem__(name, value)


def routingkit(export, _extract, results):
    import routingkit_cch as rk
    ports = export["ports"]
    tail, head, weight = (list(column) for column in zip(*export["arcs"]))
    begin = time.perf_counter()
    order = rk.compute_order_inertial(len(ports), tail, head, [p[0] for p in ports], [p[1] for p in ports])
    cch = rk.CCH(order, tail, head, False)
    results["routingkit preprocess ms"] = (time.perf_counter() - begin) * 1e3
    metric = rk.CCHMetric(cch, weight)
    slower = [w + 7 for w in weight]
    runs = 20 if len(ports) < 100_000 else 3
    results["routingkit customise ms"] = least(runs, lambda: metric.reset(slower))
    metric.reset(weight)
    updater = rk.CCHMetricPartialUpdater(cch)
    changed = [len(weight) * i // 10 for i in range(10)]
    turns = iter(range(1_000))

    def update():
        odd = next(turns) % 2
        updater.apply(metric, {arc: weight[arc] + 1_000 * odd for arc in changed})

    update()
    results["routingkit customise 10 edges ms"] = least(runs, update)
    metric.reset(weight)
    query = rk.CCHQuery(metric)
    pairs = export["pairs"]

    def all_pairs():
        for source, target in pairs:
            query.run(source, target).distance

    results["routingkit p2p us"] = least(3, all_pairs) * 1e3 / len(pairs)
    if len(ports) > 100_000:
        return
    for rows, columns in TABLES:
        def table():
            many = rk.CCHOneToMany(metric, export["column_ports"][:columns])
            for source in export["row_ports"][:rows]:
                many.distances_from(source)
        results[f"routingkit table {rows}x{columns} ms"] = least(3, table)
    vehicles = [port % len(ports) for port in range(7, 7 + 37 * VEHICLES, 37)]
    many = rk.CCHManyToOne(metric, vehicles)

    def nearest():
        for order in export["row_ports"][:ORDERS_MEASURED]:
            many.distances_to(order)

    results["routingkit nearest ms"] = least(3, nearest) * ORDERS / ORDERS_MEASURED


def osrm(export, extract, results):
    import osrm as module
    home = pathlib.Path(module.__file__).parent
    bins, profile = home / "bin", home / "share/profiles/car.lua"
    with tempfile.TemporaryDirectory() as folder:
        base = pathlib.Path(folder) / "map.osrm"
        shutil.copy(extract, pathlib.Path(folder) / "map.osm.pbf")

        def tool(name, *words):
            (bins / name).chmod(0o755)
            begin = time.perf_counter()
            done = subprocess.run([bins / name, *words], cwd=folder, capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"{name}: {done.stdout}{done.stderr}")
            return (time.perf_counter() - begin) * 1e3, done.stdout + done.stderr

        results["osrm extract ms"], _ = tool("osrm-extract", "-t", "1", "-p", profile, "map.osm.pbf")
        results["osrm partition ms"], _ = tool("osrm-partition", "-t", "1", "map")
        for threads in ["1", "2"]:
            whole, text = zip(*(tool("osrm-customize", "-t", threads, "map") for _ in range(3)))
            inner = [float(m) for t in text for m in re.findall(r"customization took ([0-9.]+) seconds", t)]
            if not inner:
                sys.exit(f"osrm-customize does not say how long it took: {text[0]}")
            results[f"osrm customise {threads} ms"] = min(inner) * 1e3
            results[f"osrm customise whole program {threads} ms"] = min(whole)
        for algorithm in ["MLD", "CH"]:
            if algorithm == "CH":
                results["osrm contract ms"], _ = tool("osrm-contract", "-t", "2", "map")
            engine = module.OSRM(algorithm=algorithm, storage_config=str(base), use_shared_memory=False,
                                 max_locations_distance_table=30_000)
            osrm_queries(module, engine, algorithm.lower(), export, results)


def osrm_queries(module, engine, name, export, results):
    def places(points):
        return [module.Coordinate((lon, lat)) for lat, lon in points]

    def route(start, end):
        return module.RouteParameters(coordinates=places([start, end]), overview="false", steps=False)

    routes = [route(start, end) for start, end in zip(export["from"], export["to"])]
    results[f"osrm {name} p2p us"] = least(3, lambda: [engine.Route(it) for it in routes]) * 1e3 / len(routes)

    def table(sources, destinations):
        return module.TableParameters(
            coordinates=places(sources + destinations), sources=list(range(len(sources))),
            destinations=list(range(len(sources), len(sources) + len(destinations))), annotations=["duration"])

    for rows, columns in TABLES:
        parameters = table(export["rows"][:rows], export["columns"][:columns])
        results[f"osrm {name} table {rows}x{columns} ms"] = least(3 if rows * columns < 500_000 else 1,
                                                                  lambda: engine.Table(parameters))


def valhalla(export, extract, results):
    import valhalla as module
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(f"{folder}/tiles").mkdir()
        home, limits = pathlib.Path(module.__file__).parent, "--service-limits-auto-max-matrix"
        config = subprocess.run(
            [sys.executable, home / "valhalla_build_config.py", "--mjolnir-tile-dir", f"{folder}/tiles",
             "--mjolnir-concurrency", "1", f"{limits}-location-pairs", "100000000", f"{limits}-distance", "100000000"],
            check=True, capture_output=True, text=True).stdout
        pathlib.Path(f"{folder}/config.json").write_text(config)
        program = home / "bin/valhalla_build_tiles"
        program.chmod(0o755)
        begin = time.perf_counter()
        done = subprocess.run([program, "-c", f"{folder}/config.json", extract], capture_output=True, text=True)
        if done.returncode:
            # It wants elements in order, which not every extract has.
            print(f"valhalla_build_tiles: {(done.stdout + done.stderr).strip().splitlines()[-1]}", file=sys.stderr)
            return
        results["valhalla tiles ms"] = (time.perf_counter() - begin) * 1e3
        actor = module.Actor(f"{folder}/config.json")

        def places(points):
            return [{"lat": lat, "lon": lon} for lat, lon in points]

        def ask(question, request):
            try:
                question(request)
            except RuntimeError:
                pass  # A place without a path, as for the others; they answer it with a line.

        routes = [json.dumps({"locations": places(pair), "costing": "auto", "directions_type": "none"})
                  for pair in list(zip(export["from"], export["to"]))[:300]]
        results["valhalla p2p us"] = least(2, lambda: [ask(actor.route, it) for it in routes]) * 1e3 / len(routes)
        for rows, columns in TABLES[:1]:  # The others take minutes.
            request = json.dumps({"sources": places(export["rows"][:rows]), "targets": places(export["columns"][:columns]),
                                  "costing": "auto", "verbose": False})
            results[f"valhalla table {rows}x{columns} ms"] = ms(lambda: actor.matrix(request))


def main():
    words = argparse.ArgumentParser()
    words.add_argument("peer", choices=["routingkit", "osrm", "valhalla"])
    words.add_argument("export", type=pathlib.Path)
    words.add_argument("extract", type=pathlib.Path, nargs="?")
    words = words.parse_args()
    results = Results()
    globals()[words.peer](json.loads(words.export.read_text()), words.extract, results)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
