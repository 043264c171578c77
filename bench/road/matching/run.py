#!/usr/bin/env python3
"""Map matching beside Valhalla: the same noisy traces to both, judged by one geometric rule. See the README."""

import argparse
import collections
import datetime
import json
import math
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
METRES_PER_DEGREE = 111_195.08
STEP_M = 5.0  # between two samples of a line
NEAR_M = 3.0  # a sample lies on a line if it is nearer than this ...
ANGLE_DEG = 40.0  # ... and points the same way


def samples(line):
    """Points every STEP_M along a line, with the direction there, in metres on a plane."""
    out = []
    for (x1, y1), (x2, y2) in zip(line, line[1:]):
        length = math.hypot(x2 - x1, y2 - y1)
        if length == 0:
            continue
        angle = math.atan2(y2 - y1, x2 - x1)
        for i in range(max(1, int(length / STEP_M))):
            share = (i + 0.5) / max(1, int(length / STEP_M))
            out.append((x1 + (x2 - x1) * share, y1 + (y2 - y1) * share, angle, length / max(1, int(length / STEP_M))))
    return out


class Lines:
    """Segments in a grid, asked whether a sample lies on one of them in its direction."""

    CELL = 25.0

    def __init__(self, lines):
        self.cells = collections.defaultdict(list)
        for line in lines:
            for (x1, y1), (x2, y2) in zip(line, line[1:]):
                if (x1, y1) == (x2, y2):
                    continue
                low = (min(x1, x2) - NEAR_M, min(y1, y2) - NEAR_M)
                high = (max(x1, x2) + NEAR_M, max(y1, y2) + NEAR_M)
                for cx in range(int(low[0] // self.CELL), int(high[0] // self.CELL) + 1):
                    for cy in range(int(low[1] // self.CELL), int(high[1] // self.CELL) + 1):
                        self.cells[cx, cy].append((x1, y1, x2, y2, math.atan2(y2 - y1, x2 - x1)))

    def holds(self, x, y, angle):
        for x1, y1, x2, y2, other in self.cells.get((int(x // self.CELL), int(y // self.CELL)), ()):
            turn = abs((angle - other + math.pi) % (2 * math.pi) - math.pi)
            if turn > math.radians(ANGLE_DEG):
                continue
            dx, dy = x2 - x1, y2 - y1
            share = max(0.0, min(1.0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)))
            if math.hypot(x - x1 - dx * share, y - y1 - dy * share) <= NEAR_M:
                return True
        return False


def covered(lines, by):
    """Metres of `lines`, and how many of them lie on `by`."""
    index = Lines(by)
    total = on = 0.0
    for line in lines:
        for x, y, angle, length in samples(line):
            total += length
            on += length * index.holds(x, y, angle)
    return total, on


def plane(line):
    """Longitude and latitude to metres, about the latitude of New York or wherever the line is."""
    scale = METRES_PER_DEGREE * math.cos(math.radians(ORIGIN[1]))
    return [((lon - ORIGIN[0]) * scale, (lat - ORIGIN[1]) * METRES_PER_DEGREE) for lon, lat in line]


def decoded(text):
    """An encoded polyline of precision 6, as longitude and latitude."""
    out, at, lat, lon = [], 0, 0, 0
    while at < len(text):
        deltas = []
        for _ in range(2):
            shift = value = 0
            while True:
                byte = ord(text[at]) - 63
                at += 1
                value |= (byte & 0x1F) << shift
                shift += 5
                if byte < 0x20:
                    break
            deltas.append(~(value >> 1) if value & 1 else value >> 1)
        lat, lon = lat + deltas[0], lon + deltas[1]
        out.append((lon / 1e6, lat / 1e6))
    return out


class Valhalla:
    """Tiles built once; one call of the service's program per trace."""

    def __init__(self, wheel, extract, work):
        self.wheel, self.config = wheel, work / "valhalla.json"
        config = subprocess.run(
            ["python3", wheel / "valhalla/valhalla_build_config.py", "--mjolnir-tile-dir", work / "tiles",
             "--mjolnir-concurrency", "1", "--service-limits-trace-max-search-radius", "200"],
            check=True, capture_output=True, text=True).stdout
        self.config.write_text(config)
        subprocess.run([wheel / "valhalla/bin/valhalla_build_tiles", "-c", self.config, extract],
                       check=True, capture_output=True)

    def match(self, trace):
        points = [{"lon": lon, "lat": lat, "time": time} for lon, lat, time in trace["fixes"]]
        request = {
            "shape": points, "costing": "auto", "shape_match": "map_snap",
            "gps_accuracy": trace["sigma_m"], "search_radius": min(5 * trace["sigma_m"], 200),
            "filters": {"action": "include", "attributes": ["shape"]},
        }
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(request, file)
            file.flush()
            command = [self.wheel / "valhalla/bin/valhalla_service", self.config, "trace_attributes", file.name]
            done = subprocess.run(command, capture_output=True, text=True)
        for text in done.stdout.splitlines():
            if text.startswith("{"):
                answer = json.loads(text)
                if "shape" not in answer:
                    return None
                return [decoded(answer["shape"])]
        return None


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--extract", type=pathlib.Path, required=True, action="append", help="may be given several times")
    args.add_argument("--valhalla", type=pathlib.Path, required=True, help="where the pyvalhalla wheel was unpacked")
    args.add_argument("--drives", type=int, default=60)
    args.add_argument("--seed", type=int, action="append", help="may be given several times; 1 if it is not")
    args.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/benchmarks/map-matching.md")
    args = args.parse_args()
    seeds = args.seed or [1]
    tables = []
    for extract in args.extract:
        with tempfile.TemporaryDirectory() as work:
            valhalla = Valhalla(args.valhalla, extract, pathlib.Path(work))
            runs = [compared(valhalla, extract, args.drives, seed) for seed in seeds]
        tables.append(f"`{extract.name}`:\n\n{report(runs)}")
        print(tables[-1], flush=True)
    args.out.write_text(PAGE.format(
        date=datetime.date.today(), drives=args.drives, seeds=", ".join(map(str, seeds)), tables="\n\n".join(tables),
        extracts=" ".join(f"--extract {extract.name}" for extract in args.extract),
        seed_options=" ".join(f"--seed {seed}" for seed in seeds)))


def compared(valhalla, extract, drives, seed):
    """What both found of the traces of one seed: by noise and interval, metres driven, found, drawn and right."""
    global ORIGIN
    example = ROOT / "target/release/examples/matching"
    made = subprocess.run([example, extract, str(drives), str(seed)], check=True, capture_output=True, text=True)
    traces = json.loads(made.stdout)
    ORIGIN = traces[0]["truth"][0]
    rows = collections.defaultdict(lambda: {"ours": [0.0] * 4, "valhalla": [0.0] * 4, "failed": 0, "drives": 0})
    for number, trace in enumerate(traces, 1):
        print(f"\r{extract.name}, seed {seed}: {number} of {len(traces)} traces", end="", file=sys.stderr, flush=True)
        row = rows[trace["sigma_m"], trace["every_s"]]
        found = valhalla.match(trace)
        row["drives"] += 1
        row["failed"] += found is None
        for name, lines in (("ours", trace["ours"]), ("valhalla", found or [])):
            truth, lines = [plane(trace["truth"])], [plane(line) for line in lines]
            sums = covered(truth, lines) + covered(lines, truth)
            row[name] = [a + b for a, b in zip(row[name], sums)]
    print(file=sys.stderr)
    return rows


def shares(row, name):
    """Found and wrong, as shares of what was driven."""
    driven, found, drawn, right = row[name]
    return found / driven, (drawn - right) / driven


def spread(values):
    """The least and the greatest share of one seed, where there are several."""
    low, high = min(values), max(values)
    return f" ({low:.1%} to {high:.1%})" if len(values) > 1 else ""


def report(runs):
    out = ["| error, every | Paceline found | Valhalla found | Paceline wrong | Valhalla wrong | missed, Valhalla : Paceline | Valhalla gave none |",
           "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for sigma, every in runs[0]:
        rows = [rows[sigma, every] for rows in runs]
        total = {name: [sum(parts) for parts in zip(*(row[name] for row in rows))] for name in ("ours", "valhalla")}
        cell = {}
        for name in total:
            found, wrong = shares(total, name)
            by_seed = [shares(row, name) for row in rows]
            cell[name] = (f"{found:.2%}{spread([share for share, _ in by_seed])}", f"{wrong:.2%}", found)
        ratio = (1 - cell["valhalla"][2]) / (1 - cell["ours"][2]) if cell["ours"][2] < 1 else math.inf
        failed, drives = sum(row["failed"] for row in rows), sum(row["drives"] for row in rows)
        out.append(f"| {sigma:.0f} m, {every} s | {cell['ours'][0]} | {cell['valhalla'][0]} | {cell['ours'][1]} | {cell['valhalla'][1]} "
                   f"| {ratio:.1f} | {failed} of {drives} |")
    return "\n".join(out)


PAGE = """# Map matching, beside Valhalla

Drives are the fastest ways between random places, 2 to 8 km long. A trace is the drive's place every second, or every 15, with
normal noise of 10 or 30 m along each axis. Both matchers get the same traces and are told the noise. *Found* is the share of the
drive's length that the answer runs along, in the same direction and within 3 m; *wrong* is the length of the answer that is
no part of the drive, as a share of the drive's length. Shares are of all seeds together, in brackets the least and the greatest of one.

{tables}

{drives} drives a row and seed, seeds {seeds}; {date}, two cores of a virtual machine (AMD EPYC, Linux). Valhalla is `pyvalhalla`
3.9.1, `trace_attributes` with `map_snap`, `gps_accuracy` the noise and `search_radius` five times the noise, otherwise as it
comes. Its defaults are made for better receivers than these; the drives were made by our own router on our reading of the map,
which may differ in a turn that Valhalla holds forbidden.

```sh
cargo build --release -p paceline-road --example matching
python3 bench/road/matching/run.py {extracts} --valhalla DIR --drives {drives} {seed_options}
```
"""

if __name__ == "__main__":
    main()
