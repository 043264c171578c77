#!/usr/bin/env python3
"""What a server holds: thousands of streams that follow the region, and as many connections that say nothing.

Says how much memory each kind takes, how long orders take meanwhile beside a server without them, and whether each stream heard of each order.
Fails if the server ends, a stream ends or misses an order, or an order is not taken. One that is turned away (429) comes again a second later,
and its time goes on.

    bench/load/held.py [--streams 5000] [--idle 5000] [--orders 40] [--a-second 2]

Needs as many file descriptors (`ulimit -n`) twice. PACELINE_BIN may name a folder that holds the program. Nothing but Python 3.10 is needed.
"""

import argparse
import resource
import selectors
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import measure  # noqa: E402
import served  # noqa: E402

# Longest that the last change may be on its way to the last stream.
HEARD_WITHIN_S = 20
TRIES_MAX = 10


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--streams", type=int, default=5_000)
    parser.add_argument("--idle", type=int, default=5_000, help="connections without a request; the server closes them after a minute")
    parser.add_argument("--orders", type=int, default=40)
    parser.add_argument("--a-second", type=float, default=2.0, help="orders")
    return parser.parse_args()


def resident_mib(server: served.Served) -> float:
    return measure.memory_bytes(server.pid) / (1 << 20)


class Streams:
    """Streams that are read by one thread; counts in each how often `placed` was told."""

    PLACED = b'"order_placed"'

    def __init__(self, address: tuple, count: int):
        self.selector = selectors.DefaultSelector()
        self.heard = [0] * count
        self.ended = 0
        for number in range(count):
            link = socket.create_connection(address, timeout=60)
            link.sendall(b"GET /v1/stream HTTP/1.1\r\nhost: localhost\r\n\r\n")
            link.setblocking(False)
            # With the end of what was read: what is looked for may come in two pieces.
            self.selector.register(link, selectors.EVENT_READ, [number, b""])
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        while not self.over.is_set():
            for key, _ in self.selector.select(timeout=0.2):
                piece = key.fileobj.recv(1 << 16)
                if not piece:
                    self.ended += 1
                    self.selector.unregister(key.fileobj)
                    continue
                number, before = key.data
                text = before + piece
                self.heard[number] += text.count(self.PLACED)
                key.data[1] = text[-(len(self.PLACED) - 1) :]

    def have_heard(self, orders: int) -> bool:
        return all(heard >= orders for heard in self.heard)

    def close(self) -> None:
        self.over.set()
        self.thread.join()


def orders(server: served.Served, corners: list, asked: argparse.Namespace, name: str) -> list:
    """Milliseconds until each order was durable, and how often it was turned away before."""
    connection, took = served.Connection(server.address), []

    def one(number: int) -> None:
        (lat, lon), (to_lat, to_lon) = corners[number], corners[-1 - number]
        body = {"id": f"{name}-{number}", "pickup": {"lat": lat, "lon": lon}, "dropoff": {"lat": to_lat, "lon": to_lon}}
        began = time.monotonic()
        for again in range(TRIES_MAX):
            status, said = connection.send(served.request("POST", "/v1/orders", body))
            if status != 429:
                break
            time.sleep(1)
        if status != 201:
            raise SystemExit(f"an order was refused: {status} {said.decode(errors='replace')}")
        took.append((1000 * (time.monotonic() - began), again))

    served.paced(asked.orders, asked.a_second, one)
    return took


def main() -> None:
    asked = arguments()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with served.Served(measure.binary("paceline", "paceline")) as server:
        corners = server.corners()
        alone = orders(server, corners, asked, "alone")
        memory = [resident_mib(server)]
        idle = [socket.create_connection(server.address, timeout=60) for _ in range(asked.idle)]
        time.sleep(2)
        memory.append(resident_mib(server))
        streams = Streams(server.address, asked.streams)
        time.sleep(5)
        memory.append(resident_mib(server))
        beside = orders(server, corners, asked, "beside")
        until = time.monotonic() + HEARD_WITHIN_S
        while not streams.have_heard(asked.orders) and time.monotonic() < until:
            time.sleep(0.1)
        memory.append(resident_mib(server))
        streams.close()
        whole = sum(heard >= asked.orders for heard in streams.heard)
        alive = server.process.poll() is None
    idle.clear()
    print(f"server                    {memory[0]:8.1f} MiB")
    print(f"{asked.idle:6} idle connections   {memory[1]:8.1f} MiB, {1024 * (memory[1] - memory[0]) / max(asked.idle, 1):.1f} KiB each")
    print(f"{asked.streams:6} streams            {memory[2]:8.1f} MiB, {1024 * (memory[2] - memory[1]) / max(asked.streams, 1):.1f} KiB each")
    print(f"after the orders          {memory[3]:8.1f} MiB")
    for name, took in (("alone", alone), ("beside", beside)):
        times, away = [ms for ms, _ in took], sum(again for _, again in took)
        print(f"orders {name:6}  p50 {statistics.median(times):7.1f} ms   most {max(times):7.1f} ms   {len(took)} taken, {away} times turned away before")
    print(f"{whole} of {asked.streams} streams heard of all {asked.orders} orders; {streams.ended} ended")
    if not alive or streams.ended or whole < asked.streams:
        raise SystemExit("not all was held")


if __name__ == "__main__":
    main()
