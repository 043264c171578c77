#!/usr/bin/env python3
"""A metropolis of shared bikes over HTTP: 5,000 stations, 100,000 bikes, 800,000 rides a day, and vans whose crews answer.

Serves one bikes region with its journal on disk and tells it every second what has changed at stations, at the rate of a day's busiest hour.
Measured is the time from the POST of the count that makes a shortage known until its work order is durable and on the stream, and until a van
has it; and until what a van had is another's once it breaks down, its crew declines, or the station is closed. Prints the rows of
docs/benchmarks/bikes-scale.md.

    bench/bikes/run.sh scale                                10 minutes
    bench/bikes/run.sh scale --seconds 60 --vans 20         a trial

Nothing but Python 3.10 is needed.
"""

import argparse
import json
import os
import random
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import measure  # noqa: E402
import served  # noqa: E402
from city import City, Pattern  # noqa: E402
from crews import Crews  # noqa: E402

CONFIG = """
[regions.town]
kind = "bikes"
journal = "journal"
"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--stations", type=int, default=5_000)
    parser.add_argument("--bikes", type=int, default=100_000)
    parser.add_argument("--rides", type=int, default=800_000, help="of a whole day")
    parser.add_argument("--vans", type=int, default=60)
    parser.add_argument("--stop-s", type=float, nargs=2, default=(20.0, 60.0), metavar=("LEAST", "MOST"), help="drive and work of a stop")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--change-every", type=int, default=5, help="seconds between two changes: a van out, a decline, a closure")
    parser.add_argument("--read-all-every", type=int, default=60, help="seconds between two readings of all stations")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Watch:
    """What the stream says and when, and what that is the answer to."""

    def __init__(self) -> None:
        self.known: dict = {}
        # Stations that bikes are brought to already: a shortage there is no news.
        self.served: dict = {}
        # Nothing is brought to these, and so nothing is ordered, until they open.
        self.closed: set = set()
        self.proposed: list = []
        self.issued: list = []
        self.changes: dict = {"breakdown": [], "decline": [], "closure": []}
        self.wanted: dict = {}
        self.since: dict = {}
        self.events = 0

    def shortage(self, station: str, at: float) -> None:
        if station not in self.closed and station not in self.served.values():
            self.known.setdefault(station, at)

    def hear(self, at: float, kind: str, event: dict) -> None:
        self.events += 1
        order = event.get("work_order")
        if kind == "station_closed":
            self.closed.add(event["station"])
            self.known.pop(event["station"], None)
        elif kind == "station_opened":
            self.closed.discard(event["station"])
        elif kind in ("work_order_done", "work_order_withdrawn"):
            self.served.pop(order, None)
        if kind == "work_order_proposed" and event["task"] == "deliver":
            self.served[order] = event["station"]
            sent = self.known.pop(event["station"], None)
            if sent is not None:
                self.proposed.append(at - sent)
                self.since[order] = sent
        elif kind == "work_order_issued":
            if order in self.wanted:
                change, began = self.wanted.pop(order)
                self.changes[change].append(at - began)
            elif order in self.since:
                self.issued.append(at - self.since.pop(order))
        elif kind == "work_order_withdrawn":
            if order in self.wanted:
                change, began = self.wanted.pop(order)
                if change == "closure":
                    self.changes[change].append(at - began)
            self.since.pop(order, None)


def listen(address: tuple, crews: Crews, watch: Watch, lock: threading.Lock) -> None:
    connection = served.Connection(address)
    connection.socket.settimeout(None)
    connection.socket.sendall(b"GET /v1/stream HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n")
    rest = b""
    while True:
        read = connection.socket.recv(1 << 20)
        at = time.monotonic()
        if not read:
            return
        rest += read
        *rows, rest = rest.split(b"\n")
        for row in rows:
            # Only a change is one; the frames of chunks and comments between are none.
            if not row.startswith(b"data: "):
                continue
            said = json.loads(row[6:])
            if "event" not in said:
                continue
            ((kind, event),) = said["event"].items()
            with lock:
                watch.hear(at, kind, event)
                crews.hear(kind, event)


def begin(server: served.Served, city: City, vans: int, seed: int) -> dict:
    rng = random.Random(seed)
    requests = []
    for name, (lat, lon), docks in zip(city.names, city.places, city.docks):
        spec = {"name": name, "position": {"lat": lat, "lon": lon}, "docks": docks}
        requests.append(served.request("PUT", f"/v1/stations/{name}", spec))
    fleet = {}
    for number in range(vans):
        lat, lon = city.places[rng.randrange(len(city.places))]
        fleet[f"v{number}"] = {"capacity": 24, "aboard": 12}
        body = {"capacity": 24, "aboard": 12, "position": {"lat": lat, "lon": lon}}
        requests.append(served.request("PUT", f"/v1/vans/v{number}", body))
    server.send_all(requests)
    return fleet


def change(number: int, crews: Crews, watch: Watch, post: object, city: City) -> None:
    """A van breaks down, a crew declines, or a station is closed for a while, by turns."""
    kind = ("breakdown", "decline", "closure")[number % 3]
    with crews.lock:
        having = [van for van, held in crews.held.items() if held and van not in crews.out]
        if not having:
            return
        van = city.random.choice(having)
        deliveries = [order for order, _ in crews.held[van] if crews.orders[order]["task"] == "deliver"]
        if not deliveries:
            return
        if kind == "closure":
            order = deliveries[-1]
            station = crews.orders[order]["station"]
        orders = deliveries if kind == "breakdown" else deliveries[-1:]
        began = time.monotonic()
        watch.wanted.update({order: (kind, began) for order in orders})
        if kind == "breakdown":
            crews.break_down(van, 45.0)
            return
        if kind == "decline":
            crews.say(van, {"declined": {"work_order": orders[0], "reason": "road works"}})
            return
    post(f"/v1/stations/{station}/close", {})
    threading.Timer(30.0, post, (f"/v1/stations/{station}/open", {})).start()


def play(args: argparse.Namespace, server: served.Served, city: City) -> tuple:
    lock = threading.Lock()
    fleet = begin(server, city, args.vans, args.seed)
    watch = Watch()
    crews = Crews(server.address, city, lock, fleet, tuple(args.stop_s))
    threading.Thread(target=listen, args=(server.address, crews, watch, lock), daemon=True).start()
    time.sleep(0.5)
    feed, other = served.Connection(server.address), served.Connection(server.address)
    taken: list = []

    def post(path: str, body: object, over: served.Connection = other) -> None:
        try:
            status, said = over.send(served.request("POST", path, body))
        except ConnectionError:
            return  # It is over: a station that was to open again.
        if status >= 300:
            raise SystemExit(f"POST {path}: {status} {said.decode(errors='replace')[:300]}")

    def tell(stations: list, short: list) -> None:
        body = served.request("POST", "/v1/stock", [city.stock(station) for station in stations])
        began = time.monotonic()
        with lock:
            for station in short:
                watch.shortage(city.names[station], began)
        status, said = feed.send(body)
        taken.append(time.monotonic() - began)
        if status >= 300:
            raise SystemExit(f"POST /v1/stock: {status} {said.decode(errors='replace')[:300]}")

    tell(list(range(len(city.names))), [])
    # Orders of the first reading are those of a city that wakes up; what is measured comes after.
    time.sleep(3)
    cpu, wall, changes = measure.cpu_seconds(server.pid), time.monotonic(), 0
    began = time.monotonic()
    for second in range(args.seconds):
        wait = began + second - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        with lock:
            before = {station: city.bikes[station] for station in range(len(city.bikes)) if city.bikes[station] == 0}
            changed = city.step(second)
            short = [station for station in changed if city.bikes[station] == 0 and station not in before]
        everything = second % args.read_all_every == args.read_all_every - 1
        tell(list(range(len(city.names))) if everything else sorted(changed), short)
        if second % args.change_every == 0:
            change(changes, crews, watch, post, city)
            changes += 1
    time.sleep(3)
    used = (measure.cpu_seconds(server.pid) - cpu) / (time.monotonic() - wall)
    return watch, crews, taken, used


def spread(name: str, values: list) -> str:
    if not values:
        return f"| {name} | 0 | - | - | - |"
    values = sorted(values)
    at = lambda share: values[min(len(values) - 1, int(share * len(values)))] * 1000  # noqa: E731
    return f"| {name} | {len(values):,} | {at(0.5):,.0f} | {at(0.99):,.0f} | {values[-1] * 1000:,.0f} |"


def main() -> None:
    args = arguments()
    program = measure.binary("paceline", "paceline")
    city = City(Pattern(), args.stations, args.bikes, args.rides, args.seed)
    city.set_out()
    with served.Served(program, CONFIG, streets=False) as server:
        watch, crews, taken, used = play(args, server, city)
        metrics = server.metrics()
        memory = measure.memory_bytes(server.pid, "VmHWM")
    load = os.getloadavg()
    print(f"{measure.machine()} Load average {load[0]:.1f} and {load[1]:.1f}, seed {args.seed}.")
    print(
        f"{args.stations:,} stations, {args.bikes:,} bikes, {city.rides_s:.1f} rides a second (the busiest hour of {args.rides:,} a day), "
        f"{args.vans} vans, {args.seconds} s, {watch.events:,} events on the stream, {crews.words:,} words of crews, {len(crews.refused)} of them refused."
    )
    print(f"The server took {used:.2f} cores and {memory / 1e6:.0f} MB. At the end {metrics.get('paceline_work_orders_waiting', 0):.0f} orders waited.\n")
    print("| ms from POST to | times | p50 | p99 | most |\n| --- | ---: | ---: | ---: | ---: |")
    print(spread("counts taken (the answer)", taken))
    print(spread("shortage known to work order on the stream", watch.proposed))
    print(spread("shortage known to a van has it", watch.issued))
    for kind, name in (("breakdown", "van breaks down to another has it"), ("decline", "declined to another has it"), ("closure", "station closed to order withdrawn")):
        print(spread(name, watch.changes[kind]))
    left = [kind for kind, _ in watch.wanted.values()]
    print(f"\nNot given to another by the end, for no van had room or bikes: {len(left)}. Shortages without an order: {len(watch.known)}.")
    for said in sorted(set(crews.refused))[:5]:
        print(f"refused: {said}", file=sys.stderr)


if __name__ == "__main__":
    main()
