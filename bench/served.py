"""A fresh `paceline serve` on Manhattan's streets for a benchmark, and plain HTTP to it.

Requests are rendered before the clock starts and sent as they are, so that who sends costs little beside who answers.
"""

import json
import os
import re
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import measure

ROADS = measure.ROOT / "data" / "manhattan" / "network.json.gz"
READY_S = 60


class Connection:
    """One HTTP/1.1 connection that is kept open."""

    def __init__(self, address: tuple):
        self.socket = socket.create_connection(address, timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def send(self, request: bytes) -> tuple:
        """Status and body of the answer to one request."""
        self.socket.sendall(request)
        while (end := self.rest.find(b"\r\n\r\n")) < 0:
            self._more()
        head = self.rest[:end].lower()
        length = next((int(row[15:]) for row in head.split(b"\r\n") if row.startswith(b"content-length:")), 0)
        while len(self.rest) < end + 4 + length:
            self._more()
        body, self.rest = self.rest[end + 4 : end + 4 + length], self.rest[end + 4 + length :]
        return int(head.split(b" ", 2)[1]), body

    def _more(self) -> None:
        read = self.socket.recv(1 << 20)
        if not read:
            raise ConnectionError("the server closed the connection")
        self.rest += read


def request(method: str, path: str, body: object = None) -> bytes:
    """A request with a JSON body, ready to be sent."""
    text = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n"
    return head.encode() + text


class Served:
    """A server with a journal of its own, or with that of a directory, ended when the `with` is left."""

    def __init__(self, program: Path, config: str = "", journal: Path | None = None, streets: bool = True):
        self.dir = tempfile.TemporaryDirectory()
        folder = Path(self.dir.name)
        (folder / "paceline.toml").write_text(config)
        command = [Path(program).resolve(), "serve", "--config", folder / "paceline.toml", "--listen", "127.0.0.1:0"]
        # Without streets the file says which regions there are, each with its journal in `folder`.
        command += ["--roads", ROADS, "--journal", journal or folder / "journal"] if streets else []
        self.log = (folder / "log").open("w")
        # The server reads its settings from the environment, too: those of the benchmark are none.
        env = {name: value for name, value in os.environ.items() if not name.startswith("PACELINE_")}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True, env=env, cwd=None if streets else folder)
        self.url = self._listening()
        host, port = self.url.removeprefix("http://").rsplit(":", 1)
        self.address = (host, int(port))
        self.pid = self.process.pid

    def _listening(self) -> str:
        # The pipe ends if the server does; a server that says nothing for so long is ended.
        watch = threading.Timer(READY_S, self.process.kill)
        watch.daemon = True
        watch.start()
        for row in self.process.stdout:
            if row.startswith("listening on "):
                watch.cancel()
                return row.removeprefix("listening on ").strip()
        self.log.flush()
        raise SystemExit(f"the server did not start:\n{Path(self.log.name).read_text()}")

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()
        self.dir.cleanup()

    def get(self, path: str) -> bytes:
        status, body = Connection(self.address).send(request("GET", path))
        if status != 200:
            raise SystemExit(f"GET {path}: {status} {body.decode(errors='replace')}")
        return body

    def metrics(self) -> dict:
        """Counters, gauges and buckets by their name with labels. There is one region: its label is left out."""
        rows = self.get("/metrics").decode().splitlines()
        pairs = [row.rsplit(" ", 1) for row in rows if row and not row.startswith("#")]
        without = lambda name: re.sub(r'region="[^"]*",?', "", name).replace("{}", "")  # noqa: E731
        return {without(name): float(value) for name, value in pairs}

    def corners(self) -> list:
        """All corners of all streets, street by street, as latitude and longitude."""
        streets = json.loads(self.get("/v1/roads"))["streets"]
        return [(street[at], street[at + 1]) for street in streets for at in range(0, len(street), 2)]

    def send_all(self, requests: list, connections: int = 32) -> None:
        """Sends over so many connections at once. Anything but success ends the program."""
        failed: list = []

        def some(first: int) -> None:
            connection = Connection(self.address)
            for one in requests[first::connections]:
                status, body = connection.send(one)
                if status >= 300:
                    failed.append(f"{status} {body.decode(errors='replace')}")
                    return

        threads = [threading.Thread(target=some, args=(first,)) for first in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise SystemExit(f"a request was refused: {failed[0]}")

    def join(self, vehicles: int, corners: list) -> None:
        """Registers `vehicle-0`, `vehicle-1` and so on, spread over the streets."""
        step = max(1, len(corners) // max(vehicles, 1))

        def one(number: int) -> bytes:
            lat, lon = corners[number * step % len(corners)]
            body = {
                "seats": 4, "battery_kwh": 62.0, "consumption_wh_per_km": 160.0, "driver": "automatic",
                "position": {"lat": lat, "lon": lon}, "battery_percent": 90.0,
            }
            return request("PUT", f"/v1/vehicles/vehicle-{number}", body)

        self.send_all([one(number) for number in range(vehicles)])


def paced(count: int, a_second: float, act: object) -> float:
    """Calls `act(number)` so often and no faster; says how many seconds that took."""
    began = time.monotonic()
    for number in range(count):
        wait = began + number / a_second - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        act(number)
    return time.monotonic() - began
