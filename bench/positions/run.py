#!/usr/bin/env python3
"""What a position costs the server, from the socket to the vehicle's row, beside Mosquitto for the same messages.

A gateway sends what its vehicles report: to Paceline as JSON batches over HTTP, to Mosquitto each vehicle's object as a
message of its own to the vehicle's topic, QoS 0, once without subscribers and once retained, which keeps the newest of each vehicle as
Paceline's row does. Same vehicles, same objects, same pace, one after the other, several times over. Processor time is the kernel's
count of each server's process. Writes docs/benchmarks/positions.md and .csv.

    bench/positions/run.py [--vehicles 10000] [--a-second 50000] [--seconds 20] [--runs 5] [--batch 100]
    bench/positions/run.py --vehicles 500 --a-second 5000 --seconds 2 --out bench/out/positions      a trial

Mosquitto is Debian's package: `apt-get install mosquitto`. Where it is absent only Paceline is measured, and nothing is written.
PACELINE_BIN may name a folder that holds the program. Nothing but Python 3.10 is needed.
"""

import argparse
import json
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import measure  # noqa: E402
import served  # noqa: E402

# Rounds of reports that are rendered, so that vehicles move: corner by corner, and round again.
ROUNDS = 8
PACELINE, PLAIN, RETAINED = "Paceline", "Mosquitto", "Mosquitto, retained"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--vehicles", type=int, default=10_000)
    parser.add_argument("--a-second", type=int, default=50_000, help="positions")
    parser.add_argument("--seconds", type=int, default=20, help="of sending, for each server and run")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=100, help="positions that travel together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="writes page and numbers into this folder instead")
    return parser.parse_args()


def reports(asked: argparse.Namespace, corners: list) -> list:
    """Batches of (vehicle, JSON object), round after round."""
    draw = random.Random(asked.seed)
    starts = [draw.randrange(len(corners)) for _ in range(asked.vehicles)]
    batches = []
    for ahead in range(ROUNDS):
        rows = []
        for number, start in enumerate(starts):
            lat, lon = corners[(start + ahead) % len(corners)]
            row = {"vehicle": f"vehicle-{number}", "lat": lat, "lon": lon, "battery_percent": 90.0}
            rows.append((number, json.dumps(row, separators=(",", ":")).encode()))
        batches += [rows[first : first + asked.batch] for first in range(0, asked.vehicles, asked.batch)]
    return batches


class Http:
    """The batches as requests to Paceline."""

    def __init__(self, server: served.Served, batches: list):
        self.pid, self.connection, self.server = server.pid, served.Connection(server.address), server
        self.requests = [self._request(b"[" + b",".join(row for _, row in batch) + b"]") for batch in batches]

    @staticmethod
    def _request(body: bytes) -> bytes:
        head = f"POST /v1/telemetry HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def send(self, number: int) -> None:
        status, body = self.connection.send(self.requests[number % len(self.requests)])
        if status != 202:
            sys.exit(f"a batch was refused: {status} {body.decode(errors='replace')}")

    def settle(self) -> None:
        # A position is in its row after the next tick.
        time.sleep(0.5)

    def close(self) -> None:
        self.connection.socket.close()


class Mqtt:
    """The batches as MQTT 3.1.1 messages to Mosquitto, packets laid out by hand: section 3 of the standard."""

    def __init__(self, pid: int, port: int, batches: list, retain: bool):
        self.pid = pid
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(packet(0x10, text(b"MQTT") + b"\x04\x02\x00\x00" + text(b"gateway")))
        if self.socket.recv(4) != b"\x20\x02\x00\x00":
            sys.exit("Mosquitto refused the connection")
        kind = 0x31 if retain else 0x30
        topic = lambda number: text(f"vehicles/vehicle-{number}/position".encode())  # noqa: E731
        self.packets = [b"".join(packet(kind, topic(number) + row) for number, row in batch) for batch in batches]

    def send(self, number: int) -> None:
        self.socket.sendall(self.packets[number % len(self.packets)])

    def settle(self) -> None:
        # The broker works through a connection in its order, so an answer to QoS 1 follows all that came before.
        self.socket.sendall(packet(0x32, text(b"end") + b"\x00\x01"))
        if self.socket.recv(4) != b"\x40\x02\x00\x01":
            sys.exit("Mosquitto gave no answer")

    def close(self) -> None:
        self.socket.close()


def text(of: bytes) -> bytes:
    return len(of).to_bytes(2, "big") + of


def packet(kind: int, body: bytes) -> bytes:
    length, left = b"", len(body)
    while True:
        left, part = divmod(left, 128)
        length += bytes([part | (128 if left else 0)])
        if not left:
            return bytes([kind]) + length + body


def mosquitto() -> str | None:
    # Debian puts it where only administrators look.
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def broker(program: str, folder: str) -> tuple:
    """A fresh broker without a log, statistics or a file of its own, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = Path(folder) / "mosquitto.conf"
    page.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest none\nsys_interval 0\n"
        "set_tcp_nodelay true\n"
    )
    process = subprocess.Popen([program, "-c", page], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return process, port
        except ConnectionRefusedError:
            time.sleep(0.1)
    sys.exit("Mosquitto did not start")


def one(name: str, run: int, sender: object, asked: argparse.Namespace) -> dict:
    """Sends for the time asked for, and says what that cost the receiver."""
    batches_a_second = asked.a_second / asked.batch
    count = int(asked.seconds * batches_a_second)
    before = measure.cpu_seconds(sender.pid)
    took = served.paced(count, batches_a_second, sender.send)
    sender.settle()
    cpu = measure.cpu_seconds(sender.pid) - before
    positions = count * asked.batch
    us = 1e6 * cpu / positions
    print(f"run {run}  {name:<22}{positions / took:>9,.0f} positions a second  {us:6.2f} µs each", file=sys.stderr)
    return {"run": run, "server": name, "positions": positions, "seconds": round(took, 2), "cpu_s": round(cpu, 2),
            "us_per_position": round(us, 3)}


def runs(asked: argparse.Namespace, program: Path, peer: str | None) -> tuple:
    """All measurements, and the bytes of a position."""
    rows = []
    with served.Served(program) as server, tempfile.TemporaryDirectory() as folder:
        corners = server.corners()
        server.join(asked.vehicles, corners)
        batches = reports(asked, corners)
        read = lambda: server.metrics()["paceline_readings_total"]  # noqa: E731
        for run in range(1, asked.runs + 1):
            sender, before = Http(server, batches), read()
            rows.append(one(PACELINE, run, sender, asked))
            if read() - before != rows[-1]["positions"]:
                sys.exit("Paceline did not count what was sent")
            sender.close()
            for name in (PLAIN, RETAINED) if peer else ():
                process, port = broker(peer, folder)
                sender = Mqtt(process.pid, port, batches, retain=name == RETAINED)
                # A broker just started has its memory to find: a round of reports before the clock starts.
                served.paced(len(batches) // ROUNDS, asked.a_second / asked.batch, sender.send)
                sender.settle()
                rows.append(one(name, run, sender, asked))
                sender.close()
                process.terminate()
                process.wait()
    sizes = [len(row) for batch in batches for _, row in batch]
    return rows, statistics.mean(sizes)


def summary(rows: list) -> str:
    """A line for each server: median and spread of what a position costs, and how Paceline's compares."""
    of = lambda name: [row["us_per_position"] for row in rows if row["server"] == name]  # noqa: E731
    ours, lines = of(PACELINE), []
    for name in (PACELINE, PLAIN, RETAINED):
        values = of(name)
        if not values:
            continue
        ratios = [a / b if b else float("inf") for a, b in zip(ours, values)]
        spread = lambda all_of, digits: f"{min(all_of):.{digits}f} to {max(all_of):.{digits}f}"  # noqa: E731
        lines.append([name, f"{statistics.median(values):.2f}", spread(values, 2), f"{statistics.median(ratios):.2f}", spread(ratios, 2)])
    return measure.table(["server", "µs a position", "over the runs", "Paceline's in its", "over the runs"], lines)


def main() -> None:
    asked = arguments()
    program, peer = measure.binary("paceline", "paceline"), mosquitto()
    if not peer:
        print("Mosquitto is not here (Debian: apt-get install mosquitto): only Paceline is measured, nothing is written.", file=sys.stderr)
    rows, size = runs(asked, program, peer)
    text_of_page = "\n".join([
        "# What a position costs\n",
        f"{asked.vehicles:,} vehicles, {asked.a_second:,} positions a second for {asked.seconds} s, {asked.runs} runs, one server after the other in each.",
        f"A position is a JSON object of {size:.0f} bytes. Paceline takes {asked.batch} in a request; Mosquitto takes each as a message of its own",
        "over one connection, QoS 0, without a subscriber or retained: then it keeps the newest of each topic, as Paceline keeps",
        "the newest of each vehicle in its row, found among the streets. Processor time is that of the server's whole process in that time,",
        f"ticks included. Made by `bench/positions/run.py`, numbers in `docs/benchmarks/positions.csv`. {measure.machine()}\n",
        summary(rows),
    ])
    print(text_of_page)
    if not peer:
        return
    pages = asked.out or measure.PAGES
    measure.write_csv(pages / "positions.csv", rows)
    (pages / "positions.md").write_text(text_of_page)


if __name__ == "__main__":
    main()
