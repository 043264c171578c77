"""The peers of bench/road on one map: RoutingKit's CCH on our graph of allowed drives, OSRM (CH and MLD) and Valhalla on the extract.

Prints one JSON document. OSRM runs as the programs of the wheel `osrm-bindings`: `osrm-routed` on one thread, asked over one
kept connection; for one-to-one the time is the server's own, from its log, for tables it is the caller's, with answers as flatbuffers.
"""
import argparse
import http.client
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time


def least(runs, work):
    best = float("inf")
    for _ in range(runs):
        begin = time.perf_counter()
        work()
        best = min(best, (time.perf_counter() - begin) * 1e3)
    return best


def routingkit(export, results):
    import routingkit_cch as rk
    ports = export["ports"]
    tail, head, weight = (list(column) for column in zip(*export["arcs"]))
    begin = time.perf_counter()
    order = rk.compute_order_inertial(len(ports), tail, head, [p[0] for p in ports], [p[1] for p in ports])
    cch = rk.CCH(order, tail, head, False)
    results["routingkit preprocess ms"] = (time.perf_counter() - begin) * 1e3
    metric = rk.CCHMetric(cch, weight)
    slower = [w + 7 for w in weight]
    results["routingkit customise ms"] = least(20, lambda: metric.reset(slower))
    metric.reset(weight)
    query = rk.CCHQuery(metric)
    pairs = export["pairs"]

    def all_pairs():
        for source, target in pairs:
            query.run(source, target).distance

    results["routingkit p2p us"] = least(3, all_pairs) * 1e3 / len(pairs)
    for rows, columns in [(100, 100), (1000, 1000), (1000, 200)]:
        def table():
            many = rk.CCHOneToMany(metric, export["column_ports"][:columns])
            for source in export["row_ports"][:rows]:
                many.distances_from(source)
        results[f"routingkit table {rows}x{columns} ms"] = least(3, table)


class Results(dict):
    def __setitem__(self, name, value):
        print(f"{name:<44} {value:.3f}", file=sys.stderr, flush=True)
        super().__setitem__(name, value)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Osrm:
    def __init__(self, bins, base, algorithm, log):
        self.port = free_port()
        self.log = open(log, "w+")
        self.server = subprocess.Popen(
            [bins / "osrm-routed", "-t", "1", "-a", algorithm, "-p", str(self.port), "-i", "127.0.0.1",
             "--max-table-size", "3000", base], stdout=self.log, stderr=subprocess.STDOUT)
        for _ in range(200):
            try:
                self.link = http.client.HTTPConnection("127.0.0.1", self.port)
                self.link.connect()
                return
            except OSError:
                time.sleep(0.05)
        sys.exit("osrm-routed does not answer")

    def get(self, path):
        try:
            self.link.request("GET", path)
            answer = self.link.getresponse()
        except http.client.RemoteDisconnected:
            # The server closes a connection after some hundred requests.
            self.link.close()
            self.link.request("GET", path)
            answer = self.link.getresponse()
        body = answer.read()
        if answer.status != 200:
            sys.exit(f"osrm-routed: {answer.status} {body[:200]!r}")
        return body

    def stop(self):
        self.server.terminate()
        self.server.wait()
        self.log.seek(0)
        return self.log.read()


def coordinates(points):
    return ";".join(f"{lon:.6f},{lat:.6f}" for lat, lon in points)


def osrm(home, extract, export, results):
    bins, profile = home / "osrm/bin", home / "osrm/share/profiles/car.lua"
    with tempfile.TemporaryDirectory() as folder:
        base = pathlib.Path(folder) / "map.osrm"
        shutil.copy(extract, pathlib.Path(folder) / "map.osm.pbf")

        def tool(name, *words):
            begin = time.perf_counter()
            done = subprocess.run([bins / name, *words], cwd=folder, capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"{name}: {done.stdout}{done.stderr}")
            return (time.perf_counter() - begin) * 1e3, done.stdout

        results["osrm extract ms"], _ = tool("osrm-extract", "-t", "1", "-p", profile, "map.osm.pbf")
        results["osrm partition ms"], _ = tool("osrm-partition", "-t", "1", "map")
        for threads in ["1", "2"]:
            whole, text = zip(*(tool("osrm-customize", "-t", threads, "map") for _ in range(3)))
            inner = [float(m) for t in text for m in re.findall(r"customization took ([0-9.]+) seconds", t)]
            results[f"osrm customise {threads} ms"] = min(inner) * 1e3 if inner else min(whole)
            results[f"osrm customise whole program {threads} ms"] = min(whole)
        for algorithm in ["mld", "ch"]:
            if algorithm == "ch":
                results["osrm contract ms"], _ = tool("osrm-contract", "-t", "1", "map")
            server = Osrm(bins, base, algorithm, pathlib.Path(folder) / "log")
            for rows, columns in [(100, 100), (1000, 1000), (1000, 200)]:
                points = export["rows"][:rows] + export["columns"][:columns]
                sources = ";".join(map(str, range(rows)))
                destinations = ";".join(str(rows + i) for i in range(columns))
                path = (f"/table/v1/driving/{coordinates(points)}.flatbuffers?annotations=duration&skip_waypoints=true"
                        f"&sources={sources}&destinations={destinations}")
                results[f"osrm {algorithm} table {rows}x{columns} ms"] = least(3, lambda: server.get(path))
            pairs = list(zip(export["from"], export["to"]))[:1000]
            for start, end in pairs:
                server.get(f"/route/v1/driving/{coordinates([start, end])}.flatbuffers?overview=false&steps=false&skip_waypoints=true")
            log = server.stop()
            times = sorted(float(m) for m in re.findall(r"([0-9.]+)ms [^\n]*/route/v1/", log))
            if times:
                results[f"osrm {algorithm} p2p us"] = sum(times) / len(times) * 1e3


def main():
    words = argparse.ArgumentParser()
    words.add_argument("extract", type=pathlib.Path)
    words.add_argument("export", type=pathlib.Path)
    words.add_argument("--osrm", type=pathlib.Path, help="folder into which the wheel osrm-bindings was unpacked")
    words = words.parse_args()
    export = json.loads(words.export.read_text())
    results = Results()
    routingkit(export, results)
    if words.osrm:
        osrm(words.osrm.resolve(), words.extract, export, results)
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
