"""Dial-a-ride and electric instances, ours alone: `other.py SECONDS DATA ROUTES_BENCH [NOTE]` runs them, two at a time on two
cores, checks nothing itself (routes_bench does), and writes tail.md, which compare.py puts under its tables."""

import csv
import io
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def run(seconds, files, ours):
    """Rows of routes_bench for all files, half of them on each core."""
    halves = [subprocess.Popen(["taskset", "-c", str(core), ours, str(seconds), "1", *files[core::2]],
                               stdout=subprocess.PIPE, text=True) for core in (0, 1)]
    rows = []
    for half in halves:
        rows += csv.DictReader(io.StringIO(half.communicate()[0]))
    return sorted(rows, key=lambda row: row["instance"])


def main():
    seconds, data, ours = float(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    store = HERE / "other.csv"
    if not store.exists():
        files = sorted((data / "darp").glob("*.txt")) + sorted((data / "evrptw/instances/100").glob("*.txt"))
        files += [file for size in (5, 10, 15) for file in sorted((data / f"evrptw/instances/{size}").glob("*.txt"))]
        rows = run(seconds, [str(file) for file in files], ours)
        fields = ["instance", "seconds", "vehicles", "distance", "unserved", "notes", "over_ms"]
        with store.open("w") as out:
            writer = csv.DictWriter(out, fields, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    rows = list(csv.DictReader(store.open()))
    seconds = float(rows[0]["seconds"])
    rides = {row["instance"]: float(row["value"]) for row in csv.DictReader((HERE / "darp_best_known.csv").open())}
    electric = {row["instance"].lower(): (int(row["vehicles"]), float(row["value"]))
                for row in csv.DictReader((data / "best_known.csv").open()) if row["set"].startswith("E-")}
    sound = sum(row["unserved"] == "0" and row["notes"] == "0" for row in rows)
    over = sorted(float(row["over_ms"]) for row in rows)
    text = [f"## Dial-a-ride and electric, {seconds:g} s", "",
            f"Ours alone, by `bench/kernel/routes/other.py`. {sound} of {len(rows)} answers serve everybody and pass `check`; "
            f"the answer came {over[len(over) // 2]:.1f} ms after the deadline at the median, {over[int(len(over) * 0.99)]:.1f} ms at p99. "
            + "".join(f"{note} " for note in sys.argv[4:]) +
            "Best known: dial-a-ride from Ropke, Cordeau and Laporte (Networks 49(4), 2007) and Cordeau and Laporte (2003), as "
            "quoted in the literature; electric with partial charging as in the instance set's tables.", "",
            "| dial-a-ride | vehicles | distance | best known | gap |", "| --- | ---: | ---: | ---: | ---: |"]
    gaps = []
    for row in rows:
        if row["instance"] in rides:
            best, own = rides[row["instance"]], float(row["distance"])
            gaps.append((own / best - 1) * 100)
            text.append(f"| {row['instance']} | {row['vehicles']} | {own:.2f} | {best:.2f} | {gaps[-1]:+.2f} % |")
    text += ["", f"Mean gap {sum(gaps) / len(gaps):.2f} %.", "",
             "| electric, 100 customers | vehicles | distance | best known | gap |", "| --- | ---: | ---: | ---: | ---: |"]
    extra, same = 0, []
    for row in rows:
        name = row["instance"].removesuffix("_21")
        if row["instance"].endswith("_21") and name in electric:
            count, best = electric[name]
            own, more = float(row["distance"]), int(row["vehicles"]) - count
            extra += more
            same += [(own / best - 1) * 100] if more == 0 else []
            text.append(f"| {name} | {row['vehicles']} | {own:.2f} | {count} · {best:.2f} | {more:+d}, {(own / best - 1) * 100:+.2f} % |")
    text += ["", f"{extra} vehicles above the best known in all; with as many vehicles ({len(same)} instances) the mean gap is "
             f"{sum(same) / max(1, len(same)):.2f} %."]
    (HERE / "tail.md").write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
