#!/usr/bin/env python3
"""What a region costs a server of a cluster, by how many it runs: at rest, and at one order a second in each.

One server alone in its cluster, fleets on Manhattan's streets, all journals and the table of owners in one PostgreSQL of the benchmark's own (Debian's
package postgresql; exit 3: there is none). Memory and processor time are the kernel's counts. Writes docs/benchmarks/cluster.md and .csv, and
docs/pictures/cluster.svg.

    bench/cluster/regions.py                                 20 to 300 regions; some 6 minutes
    bench/cluster/regions.py --regions 2,4 --seconds 3 --out bench/out/cluster
"""

import argparse
import glob
import os
import pwd
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import measure  # noqa: E402
import plot  # noqa: E402
import served  # noqa: E402

READY_S = 120
# After the last region runs: vehicles and first rounds.
SETTLE_S = 5


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--regions", default="20,50,100,200,300", help="by commas")
    parser.add_argument("--seconds", type=int, default=20, help="of each measurement")
    parser.add_argument("--out", type=Path, help="writes page, numbers and picture into this folder instead")
    return parser.parse_args()


class Postgres:
    """A server in a directory that goes with it."""

    def __init__(self):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin")) + os.environ["PATH"].split(":")
        self.bin = next((Path(folder) for folder in reversed(found) if (Path(folder) / "initdb").exists()), None)
        if not self.bin:
            print("skipped: there is no PostgreSQL here", file=sys.stderr)
            sys.exit(3)
        self.dir = Path(tempfile.mkdtemp())
        # Root may not run it.
        self.user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        if self.user:
            os.chown(self.dir, self.user.pw_uid, self.user.pw_gid)
        self.port = random.randrange(20_000, 40_000)
        self.run("initdb", "-D", "data", "-U", "paceline", "--auth=trust")
        settings = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories='' -c max_connections=1000"
        self.run("pg_ctl", "start", "-w", "-s", "-D", "data", "-l", "log", "-o", settings)
        self.pid = int((self.dir / "data" / "postmaster.pid").read_text().split()[0])
        self.url = f"postgresql://paceline@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *args: str) -> None:
        ids = {"user": self.user.pw_uid, "group": self.user.pw_gid} if self.user else {}
        command = [self.bin / program, *args]
        subprocess.run(command, cwd=self.dir, check=True, stdout=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, **ids)

    def clear(self) -> None:
        self.run("psql", "-qAt", self.url, "-c", "DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def cpu_seconds(self) -> float:
        """Of all of its processes; one that ends in between is not counted, and none does that a region has."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return sum(measure.cpu_seconds(int(pid)) for pid in [self.pid, *children])

    def end(self) -> None:
        self.run("pg_ctl", "stop", "-m", "immediate", "-s", "-D", "data")
        shutil.rmtree(self.dir)


def config(regions: int, url: str) -> str:
    one = '[regions.r{}]\nroads = "{}"\njournal = "{}"\n'
    return f'[cluster]\nurl = "{url}"\nserver = "a"\n' + "".join(one.format(at, served.ROADS, url) for at in range(regions))


def running(server: served.Served) -> int:
    return int(server.metrics()["paceline_cluster_regions_running"])


def percents(server: served.Served, postgres: Postgres, act: object) -> tuple:
    """Shares of a core that both use while something is done."""
    began, own, theirs = time.monotonic(), measure.cpu_seconds(server.pid), postgres.cpu_seconds()
    act()
    took = time.monotonic() - began
    return 100 * (measure.cpu_seconds(server.pid) - own) / took, 100 * (postgres.cpu_seconds() - theirs) / took


def one(regions: int, postgres: Postgres, program: Path, seconds: int) -> dict:
    postgres.clear()
    with served.Served(program, config(regions, postgres.url), streets=False) as server:
        began = time.monotonic()
        while running(server) < regions:
            if time.monotonic() - began > READY_S:
                sys.exit(f"only {running(server)} of {regions} regions run after {READY_S} s")
            time.sleep(0.05)
        ready = time.monotonic() - began
        time.sleep(SETTLE_S)
        rest = percents(server, postgres, lambda: time.sleep(seconds))
        body = {"pickup": {"lat": 40.75, "lon": -73.99}, "dropoff": {"lat": 40.76, "lon": -73.98}}
        connection = served.Connection(server.address)

        def order(number: int) -> None:
            status, said = connection.send(served.request("POST", f"/v1/regions/r{number % regions}/orders", body))
            if status >= 300:
                sys.exit(f"an order was refused: {status} {said.decode(errors='replace')}")

        late = [0.0]

        def orders() -> None:
            late[0] = served.paced(regions * seconds, regions, order)

        busy = percents(server, postgres, orders)
        status = Path(f"/proc/{server.pid}/status").read_text()
        threads = int(status.split("Threads:")[1].split()[0])
        return {
            "regions": regions, "ready_s": ready, "rss_mb": measure.memory_bytes(server.pid) / 1e6, "threads": threads,
            "rest_percent": rest[0], "rest_postgres_percent": rest[1], "busy_percent": busy[0], "busy_postgres_percent": busy[1],
            "orders_a_second": regions * seconds / late[0],
        }


def main() -> None:
    asked = arguments()
    program = measure.binary("paceline", "paceline --features postgres")
    postgres = Postgres()
    try:
        rows = []
        for regions in map(int, asked.regions.split(",")):
            rows.append(one(regions, postgres, program, asked.seconds))
            print(rows[-1], flush=True)
    finally:
        postgres.end()
    write(rows, asked)


def write(rows: list, asked: argparse.Namespace) -> None:
    pages, pictures = (asked.out, asked.out) if asked.out else (measure.PAGES, measure.PICTURES)
    pages.mkdir(parents=True, exist_ok=True)
    measure.write_csv(pages / "cluster.csv", [{name: round(value, 2) for name, value in row.items()} for row in rows])
    across = [row["regions"] for row in rows]
    curves = {
        "server, at rest": list(zip(across, [row["rest_percent"] for row in rows])),
        "server, an order a second in each": list(zip(across, [row["busy_percent"] for row in rows])),
        "PostgreSQL, an order a second in each": list(zip(across, [row["busy_postgres_percent"] for row in rows])),
    }
    plot.chart(pictures / "cluster.svg", "Processor time by regions of one server", "regions", "% of a core", curves)
    head = ["regions", "all run after s", "memory MB", "threads", "at rest: server %", "PostgreSQL %", "1 order/s each: server %", "PostgreSQL %", "orders/s"]
    cells = [
        [f"{row['regions']}", f"{row['ready_s']:.1f}", f"{row['rss_mb']:.0f}", f"{row['threads']}"]
        + [f"{row[name]:.1f}" for name in ("rest_percent", "rest_postgres_percent", "busy_percent", "busy_postgres_percent", "orders_a_second")]
        for row in rows
    ]
    grown = [(rows[-1][name] - rows[0][name]) / max(rows[-1]["regions"] - rows[0]["regions"], 1) for name in ("rss_mb", "rest_percent", "busy_percent")]
    (pages / "cluster.md").write_text(f"""# Regions of a cluster

`bench/cluster/regions.py`, written by it. One server alone in its cluster runs fleets without vehicles on Manhattan's streets; their journals and the table of
owners are in one PostgreSQL without a standby on the same machine. Percent are of one core. Orders come one after the other over one connection.
{measure.machine()}

{measure.table(head, cells)}
From the fewest to the most, each region adds {grown[0]:.1f} MB, {grown[1]:.2f} % of a core at rest and {grown[2]:.2f} % with its order a second.

![Processor time by regions](../pictures/cluster.svg)
""")


if __name__ == "__main__":
    main()
