"""bench/road: ours beside RoutingKit, OSRM, fast_paths and plain Dijkstra, on the same maps and points; writes docs/benchmarks/road.md.

    python3 -m venv bench/.venv && bench/.venv/bin/pip install routingkit-cch
    bench/.venv/bin/pip download --no-deps --only-binary :all: --python-version 3.12 -d bench/out osrm-bindings
    unzip -qo bench/out/osrm_bindings-*.whl -d bench/out/osrm && chmod +x bench/out/osrm/osrm/bin/*
    bench/.venv/bin/python bench/road/run.py --osrm bench/out/osrm ../shared/data/osm/columbus_oh.osm.pbf
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


def ours(program, *words):
    return subprocess.run([program, *words], check=True, capture_output=True, text=True).stdout


def row(name, unit, own, peers):
    """One line of the table: ours, then each peer with its ratio to ours."""
    def cell(value):
        if value is None:
            return ""
        return f"{value:,.1f} ({value / own:.1f} ×)" if own else f"{value:,.1f}"
    return f"| {name}, {unit} | {own:,.1f} | " + " | ".join(cell(peers.get(peer)) for peer in PEERS) + " |"


PEERS = ["routingkit", "osrm mld", "osrm ch", "fast_paths", "dijkstra"]


def table(own, peer):
    lines = ["| task | ours | RoutingKit CCH | OSRM MLD | OSRM CH | fast_paths | plain Dijkstra |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    get = peer.get
    mld = get("osrm partition ms") and get("osrm partition ms") + get("osrm customise whole program 1 ms")
    lines.append(row("preprocessing", "ms", own["preprocess ms"], {
        "routingkit": get("routingkit preprocess ms"), "osrm mld": mld, "osrm ch": get("osrm contract ms"),
        "fast_paths": own.get("fast_paths prepare ms")}))
    lines.append(row("customisation, basic, 1 thread", "ms", own["customise basic 1"], {
        "routingkit": get("routingkit customise ms"), "osrm mld": get("osrm customise 1 ms")}))
    lines.append(row("customisation, basic, 2 threads", "ms", own["customise basic 2"], {
        "osrm mld": get("osrm customise 2 ms")}))
    lines.append(row("customisation, perfect, 1 thread", "ms", own["customise perfect 1"], {}))
    lines.append(row("customisation, 10 edges changed", "ms", own["customise 10 edges"], {}))
    lines.append(row("one to one, leg", "µs", own["p2p leg us"], {
        "routingkit": get("routingkit p2p us"), "osrm mld": get("osrm mld p2p us"), "osrm ch": get("osrm ch p2p us"),
        "fast_paths": own.get("fast_paths p2p us"), "dijkstra": own["p2p dijkstra us"]}))
    lines.append(row("one to one, path with its line", "µs", own["p2p path us"], {}))
    for size in ["100x100", "1000x1000", "1000x200"]:
        if f"table {size} 1" not in own:
            continue
        lines.append(row(f"table {size}, 1 thread", "ms", own[f"table {size} 1"], {
            "routingkit": get(f"routingkit table {size} ms"), "osrm mld": get(f"osrm mld table {size} ms"),
            "osrm ch": get(f"osrm ch table {size} ms"), "dijkstra": own[f"table {size} dijkstra"]}))
        lines.append(row(f"table {size}, 2 threads", "ms", own[f"table {size} 2"], {}))
    for key in own:
        if key.startswith("nearest") and key.endswith("chosen 1"):
            what = key.removesuffix(" chosen 1")
            name = what.replace("nearest", "20 nearest:")
            lines.append(row(f"{name}, 1 thread", "ms", own[key], {"dijkstra": own[f"{what} dijkstra"]}))
            lines.append(row(f"{name}, 2 threads", "ms", own[f"{what} chosen 2"], {}))
            lines.append(row(f"{name}, lists kept up for a tenth that moved", "ms", own[f"{what} follow a tenth"], {}))
    return lines


def page(sections):
    text = (HERE / "page.md").read_text()
    today = datetime.date.today().isoformat()
    return text.replace("DATE", today).replace("TABLES", "\n".join(sections))


def main():
    words = argparse.ArgumentParser()
    words.add_argument("maps", nargs="+")
    words.add_argument("--osrm", help="folder of the unpacked wheel osrm-bindings")
    words.add_argument("--program", help="built paceline-bench-road; without it, cargo builds it")
    words.add_argument("--reuse", action="store_true", help="take what an earlier run left in bench/out, map by map")
    words.add_argument("--check", action="store_true", help="only compare 10,000 pairs per map with an arc-based Dijkstra")
    words = words.parse_args()
    program = words.program
    if not program:
        subprocess.run(["cargo", "build", "--release"], cwd=HERE, check=True)
        program = HERE / "target/release/paceline-bench-road"
    if words.check:
        for name in words.maps:
            print(ours(program, "check", name), end="", flush=True)
        return
    out = TOP / "bench/out"
    out.mkdir(exist_ok=True)
    sections = []
    for name in words.maps:
        title = os.path.basename(name).split(".")[0].replace("city:", "synthetic city, ")
        kept = out / f"{title}.json"
        if words.reuse and kept.exists():
            own, peer = json.loads(kept.read_text())
        else:
            own, peer = json.loads(ours(program, "measure", name)), {}
        if name.endswith(".pbf") and not peer:
            export = out / "export.json"
            ours(program, "export", name, str(export))
            command = [sys.executable, HERE / "peers.py", name, export]
            command += ["--osrm", words.osrm] if words.osrm else []
            peer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        kept.write_text(json.dumps([own, peer]))
        sections.append(f"\n## {title}\n")
        sections.append(
            f"{own['nodes']:,} junctions, {own['edges']:,} directed edges, {own['signs']:,} turn restrictions; {own['ports']:,} ports, "
            f"{own['hierarchy arcs']:,} arcs in the hierarchy; {own['file bytes per edge']:.0f} bytes per edge in the file, "
            f"{own['metric bytes per edge']:.0f} in a metric.\n")
        sections += table(own, peer)
    written = TOP / "docs/benchmarks/road.md"
    written.write_text(page(sections) + "\n")
    print(written.read_text())


if __name__ == "__main__":
    main()
