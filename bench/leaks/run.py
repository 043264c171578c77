#!/usr/bin/env python3
"""Eighteen kinds of leak, here and in Go: found or not, when, and what is named. Prints one table of kinds and one of costs.

Ours is crates/supervise/tests/museum, with the healthy patterns of tests/healthy.rs and examples/proof_cost.rs. Go's is the module in
go/: `goleak` at a test's end, and the goroutine-leak profile of Go 1.26 (GOEXPERIMENT=goroutineleakprofile) on the
running program. Where there is no Go its figures are those recorded in go.json, and the page says so.

    bench/leaks/run.py            prints; --write also writes docs/benchmarks/leaks.md and go.json
    bench/leaks/run.py --quick    leaves out the cost, which takes an optimised build

Nothing but Python 3.10 and Cargo is needed.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs" / "benchmarks" / "leaks.md"
RECORDED = HERE / "go.json"
KINDS = sorted(path.stem for path in (ROOT / "crates/supervise/tests/museum").glob("*.rs") if path.stem != "main")


def run(command: list[str], folder: Path = ROOT, **environment: str) -> str:
    done = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"failed: {' '.join(command)}\n{done.stdout}")
    return done.stdout


def go() -> tuple[dict, str]:
    """What Go says, and where that comes from."""
    if shutil.which("go"):
        said = json.loads(run(["go", "run", "."], HERE / "go", GOEXPERIMENT="goroutineleakprofile"))
        return said, f"Go: {said['version']}, run on {said['date']}."
    said = json.loads(RECORDED.read_text())
    return said, f"There is no Go on this machine: its figures were recorded on {said['date']} with {said['version']}."


def museum() -> dict[str, tuple[str, str]]:
    """Of each kind: the rule it broke, and the report."""
    text = run(["cargo", "test", "-q", "-p", "paceline-supervise", "--test", "museum", "--", "--nocapture"])
    rows = (line.split("leak\t", 1)[1].split("\t", 2) for line in text.splitlines() if "leak\t" in line)
    return {kind: (breach, report) for kind, breach, report in rows}


def healthy() -> tuple[int, int]:
    """Healthy patterns, and those called leaks. The tests fail at the first one that is."""
    text = run(["cargo", "test", "-q", "-p", "paceline-supervise", "--test", "healthy"])
    passed, failed = re.search(r"(\d+) passed; (\d+) failed", text).groups()
    return int(passed), int(failed)


HOW = {
    "Stuck": "**proved**, running",
    "BlockedPoll": "while it blocks, running",
    "Outlived": "by its contract",
    "Aborted": "when its owner closes",
}


def named(report: str) -> str:
    """What a report names, in short."""
    parts = ["owner", "spawn line", "await point" if "waits at" in report else "poll", "age"]
    held = re.search(r"is held by (itself|no one: \d+ forgotten|\S+ of)", report)
    if held:
        parts.append("holder: " + held[1].removesuffix(" of").replace("fleet/", ""))
    elif "nothing keeps its waker" in report:
        parts.append("no one can wake it")
    return ", ".join(parts)


def kinds(ours: dict[str, tuple[str, str]], theirs: dict) -> list[str]:
    lines = ["| kind | here | what is named | goleak, at a test's end | Go's leak profile, running |", "| --- | --- | --- | --- | --- |"]
    word = {True: "found", False: "no"}
    for kind in KINDS:
        breach, report = ours[kind]
        go = theirs["kinds"].get(kind)
        goleak, profile = (word[go["goleak"]], word[go["profile"]]) if go else ("no such thing", "no such thing")
        lines.append(f"| {kind.replace('_', ' ')} | {HOW[breach]} | {named(report)} | {goleak} | {profile} |")
    proved = sum(breach == "Stuck" for breach, _ in ours.values())
    go = theirs["kinds"].values()
    found = [f"{sum(each[side] for each in go)} of {len(go)}" for side in ("goleak", "profile")]
    lines.append(f"| **proved without a deadline** | **{proved} of {len(KINDS)}** | | {found[0]}, none of them proved | {found[1]} |")
    wells, alarms = healthy()
    wrong = [f"{sum(each[side] for each in theirs['healthy'].values())} of {len(theirs['healthy'])}" for side in ("goleak", "profile")]
    lines.append(f"| **healthy, and called a leak** | **{alarms} of {wells}** | | {wrong[0]} | {wrong[1]} |")
    return lines


def costs(theirs: dict) -> list[str]:
    text = run(["cargo", "run", "-q", "--release", "-p", "paceline-supervise", "--example", "proof_cost"])
    lines = ["Here, on the watch's own thread, while the tasks run on:", "", *text.strip().splitlines(), "", "Go's profile, which collects garbage first:", ""]
    lines += ["| what | took | of it the program stood still |", "| --- | ---: | ---: |"]
    for name, cost in sorted(theirs["cost"].items(), reverse=True):
        what, count = name.rsplit("_", 1)
        lines.append(f"| {what}, {int(count):,} | {cost['seconds'] * 1e3:,.0f} ms | {cost['pause_ms']:,.0f} ms |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--quick", action="store_true")
    chosen = parser.parse_args()
    theirs, source = go()
    lines = ["# Eighteen kinds of leak, here and in Go", "", "    bench/leaks/run.py --write", "", source, ""]
    lines += kinds(museum(), theirs)
    if not chosen.quick:
        lines += ["", "## What the proof costs", "", *costs(theirs)]
    lines += ["", *(HERE / "notes.md").read_text().strip().splitlines()]
    text = "\n".join(lines) + "\n"
    print(text)
    if chosen.write:
        PAGE.write_text(text)
        RECORDED.write_text(json.dumps(theirs, indent=1) + "\n")


if __name__ == "__main__":
    main()
