"""What the benchmarks beside it share: what they ran on, processor time and memory of a process, tables, slopes.

Reads Linux's `/proc`.
"""

import csv
import datetime
import math
import os
import platform
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "bench" / "out"
PICTURES = ROOT / "docs" / "pictures"
PAGES = ROOT / "docs" / "benchmarks"
TICKS = os.sysconf("SC_CLK_TCK")


def binary(name: str, package: str) -> Path:
    """A release build's program, or the one that PACELINE_BIN names the folder of."""
    if folder := os.environ.get("PACELINE_BIN"):
        return Path(folder) / name
    subprocess.run(["cargo", "build", "--quiet", "--release", "-p", *package.split()], cwd=ROOT, check=True)
    return ROOT / "target" / "release" / name


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_bytes(pid: int, field: str = "VmRSS") -> int:
    """What is resident now, or `VmHWM`: the most that ever was."""
    for row in Path(f"/proc/{pid}/status").read_text().splitlines():
        if row.startswith(f"{field}:"):
            return int(row.split()[1]) * 1024
    raise ValueError(f"the system says no {field} of process {pid}")


def machine() -> str:
    """What it ran on, and when."""
    named = [row.split(":", 1)[1].strip() for row in open("/proc/cpuinfo") if row.startswith("model name")]
    model = named[0] if named else platform.machine()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    day = datetime.date.today().isoformat()
    return f"Run on {day} at {commit.stdout.strip() or 'no commit'}, {os.cpu_count()} cores ({model}), {platform.system()}."


def slope(points: list) -> float:
    """By which power y grows with x: least squares on logarithms. 1 is in proportion, 0 is flat."""
    logs = [(math.log(x), math.log(y)) for x, y in points if x > 0 and y > 0]
    if len({x for x, _ in logs}) < 2:
        return math.nan
    mean_x = sum(x for x, _ in logs) / len(logs)
    mean_y = sum(y for _, y in logs) / len(logs)
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)


def write_csv(page: Path, rows: list) -> None:
    """One line for each dictionary; the first one's keys are the head."""
    page.parent.mkdir(parents=True, exist_ok=True)
    with page.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def table(head: list, rows: list) -> str:
    """A table in Markdown: names to the left, numbers to the right."""
    lines = [f"| {' | '.join(head)} |", f"| --- |{' ---: |' * (len(head) - 1)}"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows]) + "\n"
