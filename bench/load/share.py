"""The share of supervision in a CPU profile: reads what `go tool pprof -traces -lines` printed.

A sample belongs to whoever's code it was in: the innermost frame that is not the standard library's, the C library's, or
the profiler's own. What tokio does when supervision calls it (such as to spawn) is tokio's, as it would be without.
"""

import re
import sys

OURS = "/crates/supervise/src/"
NOBODYS = ("perf_signal_handler", "/rustc/", "/backtrace-")
UNITS_MS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "ms": 1.0, "s": 1e3, "mins": 6e4, "min": 6e4, "hrs": 3.6e6}


def owner(frames: list[str]) -> str:
    """The innermost frame that is somebody's."""
    for frame in frames:
        named = "/" in frame and not any(sign in frame for sign in NOBODYS)
        if named:
            return frame
    return ""


def main() -> None:
    total = ours = 0.0
    where: dict[str, float] = {}
    for block in re.split(r"^-+\+-+$", open(sys.argv[1], encoding="utf-8").read(), flags=re.M)[1:]:
        lines = [line.strip() for line in block.strip().splitlines()]
        head = re.match(r"([\d.]+)([a-zµ]+)\s+(.*)", lines[0]) if lines else None
        if not head:
            continue
        weight = float(head[1]) * UNITS_MS[head[2]]
        total += weight
        frame = owner([head[3], *lines[1:]])
        if OURS in frame:
            ours += weight
            site = frame.split(OURS)[1]
            where[site] = where.get(site, 0.0) + weight
    if not total:
        sys.exit("the profile holds no sample")
    print(f"supervision   {100 * ours / total:.2f} % of {total / 1000:.1f} s of sampled processor time")
    for site, weight in sorted(where.items(), key=lambda pair: -pair[1])[:10]:
        print(f"              {100 * weight / total:.2f} %  {site}")


main()
