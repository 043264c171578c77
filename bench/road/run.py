"""bench/road: ours beside RoutingKit, OSRM, Valhalla, fast_paths and plain Dijkstra, on the same maps and points; writes
docs/benchmarks/road.md. Python 3.12, for the sake of OSRM's wheel:

    python3.12 -m venv bench/.venv && bench/.venv/bin/pip install routingkit-cch osrm-bindings pyvalhalla
    bench/.venv/bin/python bench/road/run.py ../shared/data/osm/columbus_oh.osm.pbf ../shared/data/osm/heidelberg.osm.pbf \\
        ../shared/data/osm/manhattan.osm.pbf city:1000000

`--part ours` (or routingkit, osrm, valhalla) does one part alone and keeps it in bench/out; `--page` makes the page from what is kept.
`--check` compares 10,000 pairs per map with Dijkstra's algorithm on edges, and writes nothing.
"""
import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
OUT = TOP / "bench/out"
PARTS = ["ours", "routingkit", "osrm", "valhalla"]
PEERS = ["RoutingKit CCH", "OSRM MLD", "OSRM CH", "Valhalla", "fast_paths", "plain Dijkstra"]


def output(command, processors=None):
    pin = processors and (lambda: os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:processors])))
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, preexec_fn=pin).stdout


def run_ours(program, name):
    found = json.loads(output([program, "measure", name]))
    for processors in [1, 2]:
        found[f"preprocess {processors}"] = json.loads(output([program, "preprocess", name], processors))["preprocess ms"]
    return found


def run_peer(peer, program, name):
    export = OUT / f"{title(name)}-export.json"
    output([program, "export", name, str(export)])
    lines = output([sys.executable, HERE / "peers.py", peer, export, name]).splitlines()
    return json.loads(next(line for line in reversed(lines) if line.startswith("{")))


def can(peer, name):
    """Only RoutingKit takes a graph; the others read extracts."""
    return name.endswith(".pbf") or (peer == "routingkit" and name.startswith("city:"))


def title(name):
    return os.path.basename(name).split(".")[0].replace("city:", "synthetic-city-")


def kept(part, name):
    file = OUT / f"{title(name)}-{part}.json"
    return json.loads(file.read_text()) if file.exists() else {}


def number(value):
    return f"{value:,.0f}" if value >= 1_000 else f"{value:,.1f}" if value >= 1 else f"{value:.3f}"


class Table:
    """Rows of ours beside the peers; without the columns that stay empty."""

    def __init__(self, own, peer):
        self.own, self.peer, self.rows = own, peer, []

    def add(self, name, own, **peers):
        value = self.own.get(own)
        if value is None:
            return
        theirs = {"RoutingKit CCH": "routingkit", "OSRM MLD": "mld", "OSRM CH": "ch", "Valhalla": "valhalla",
                  "fast_paths": "fast_paths", "plain Dijkstra": "dijkstra"}
        cells = []
        for title in PEERS:
            key = peers.get(theirs[title])
            other = self.peer.get(key, self.own.get(key)) if key else None
            cells.append("" if other is None else f"{number(other)} ({number(other / value)} ×)")
        self.rows.append([name, number(value), *cells])

    def lines(self):
        used = [0, 1] + [i + 2 for i in range(len(PEERS)) if any(row[i + 2] for row in self.rows)]
        head = ["task", "ours", *PEERS]
        yield "| " + " | ".join(head[i] for i in used) + " |"
        yield "| --- |" + " ---: |" * (len(used) - 1)
        for row in self.rows:
            yield "| " + " | ".join(row[i] for i in used) + " |"


def table(own, peer):
    peer = dict(peer)
    if "osrm partition ms" in peer:
        peer["mld"] = peer["osrm partition ms"] + peer["osrm customise whole program 1 ms"]
    it = Table(own, peer)
    it.add("reading (or drawing) the map, preprocessing, a first metric, 2 threads, ms", "import ms")
    it.add("preprocessing and a first metric, 1 thread, ms", "preprocess 1", routingkit="routingkit preprocess ms", mld="mld",
           valhalla="valhalla tiles ms", fast_paths="fast_paths prepare ms")
    it.add("the same, 2 threads, ms", "preprocess 2", ch="osrm contract ms")
    it.add("customisation of all weights, 1 thread, ms", "customise basic 1", routingkit="routingkit customise ms",
           mld="osrm customise 1 ms")
    it.add("the same, 2 threads, ms", "customise basic 2", mld="osrm customise 2 ms")
    it.add("perfect customisation, 1 thread, ms", "customise perfect 1")
    it.add("the same, 2 threads, ms", "customise perfect 2")
    it.add("customisation after 10 edges changed, basic, ms", "customise 10 edges basic",
           routingkit="routingkit customise 10 edges ms")
    it.add("the same, perfect, ms", "customise 10 edges perfect")
    it.add("one to one, leg, µs", "p2p leg us", routingkit="routingkit p2p us", fast_paths="fast_paths p2p us",
           dijkstra="p2p dijkstra us")
    it.add("one to one, path with its line, µs", "p2p path us", mld="osrm mld p2p us", ch="osrm ch p2p us",
           valhalla="valhalla p2p us")
    for size in ["100x100", "1000x1000", "1000x200"]:
        name = size.replace("x", " × ")
        it.add(f"table {name}, 1 thread, ms", f"table {size} 1", routingkit=f"routingkit table {size} ms",
               mld=f"osrm mld table {size} ms", ch=f"osrm ch table {size} ms", valhalla=f"valhalla table {size} ms",
               dijkstra=f"table {size} dijkstra")
        it.add("the same, 2 threads, ms", f"table {size} 2")
    counts = {tuple(int(word) for word in key.split() if word.isdigit())[:2] for key in own if key.startswith("nearest")}
    for orders, fleet in sorted(counts, key=lambda it: (-it[0], it[1])):
        what = f"nearest {orders} of {fleet}"
        peers = {"routingkit": "routingkit nearest ms"} if (orders, fleet) == (5_000, 10_000) else {}
        it.add(f"20 nearest of {fleet:,} for {orders:,} orders, 1 thread, ms", f"{what} chosen 1",
               dijkstra=f"{what} dijkstra", **peers)
        it.add("the same, 2 threads, ms", f"{what} chosen 2")
        it.add("the same, a tenth moved, lists kept up, 1 thread, ms", f"{what} follow a tenth")
    return it.lines()


def section(name):
    own = kept("ours", name)
    peer = {key: value for part in PARTS[1:] for key, value in kept(part, name).items()}
    yield f"\n## {title(name)}\n"
    yield (f"{own['nodes']:,} junctions, {own['edges']:,} directed edges, {own['restrictions']:,} turn restrictions; {own['ports']:,} ports, "
           f"{own['hierarchy arcs']:,} arcs in the hierarchy; {own['file bytes per edge']:.0f} bytes per edge in the file, "
           f"{own['metric bytes per edge']:.0f} in a metric.\n")
    yield from table(own, peer)


def main():
    words = argparse.ArgumentParser()
    words.add_argument("maps", nargs="+")
    words.add_argument("--program", help="built paceline-bench-road; without it, cargo builds it")
    words.add_argument("--part", choices=PARTS, action="append", help="only this part; what others left is kept")
    words.add_argument("--page", action="store_true", help="only make the page, from what is kept")
    words.add_argument("--check", action="store_true", help="only compare 10,000 pairs per map with an edge-based Dijkstra")
    words = words.parse_args()
    program = words.program
    if not program:
        subprocess.run(["cargo", "build", "--release"], cwd=HERE, check=True)
        program = HERE / "target/release/paceline-bench-road"
    OUT.mkdir(exist_ok=True)
    for name in words.maps:
        if words.check:
            print(output([program, "check", name]), end="", flush=True)
            continue
        for part in [] if words.page else words.part or PARTS:
            if part == "ours":
                found = run_ours(program, name)
            elif can(part, name):
                found = run_peer(part, program, name)
            else:
                continue
            (OUT / f"{title(name)}-{part}.json").write_text(json.dumps(found, indent=1))
    if words.check or (words.part and not words.page):
        return
    page = (HERE / "page.md").read_text().replace("DATE", datetime.date.today().isoformat())
    lines = [line for name in words.maps for line in section(name)]
    written = TOP / "docs/benchmarks/road.md"
    written.write_text(page.replace("TABLES", "\n".join(lines)))
    print(written.read_text())


if __name__ == "__main__":
    main()
