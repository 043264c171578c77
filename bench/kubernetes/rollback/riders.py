"""Riders and drivers that speak to whatever pod the service leads to, all the while, and a ledger of what it said to them.

A rider asks under a key of its own until it is answered, as an app does; a vehicle that gets an order drives it at once. Nobody is lost if
every order that was ever asked for is served in the end.
"""

import csv
import http.client
import json
import queue
import threading
import time
from collections import Counter

from parts import ROOT

PATH = "/v1/regions/main"
VEHICLES = 60
ORDERS_A_SECOND = 4
ASKING = 12
AGAIN_S = 0.1
TURN_S = 0.5
# A rider waits long enough to be served late rather than never: what is looked for is loss, not lateness.
WAIT_MAX_S = 1800
STEPS = {"assigned": "arrived", "arrived": "picked-up", "aboard": "dropped-off"}
NORTH = 40.86
STREETS = ROOT / "data" / "manhattan" / "vehicles_200.csv"


class Riders:
    """The load, from `start` to `finish`."""

    def __init__(self, address):
        self.address = address
        with open(STREETS) as file:
            places = [{"lat": float(row["lat"]), "lon": float(row["lon"])} for row in csv.DictReader(file)]
        # Beyond, the day's vehicles stand where the network has no streets.
        self.places = [place for place in places if place["lat"] < NORTH]
        self.at = dict(enumerate(self.places[:VEHICLES]))
        self.asked, self.answered, self.waits, self.refused = 0, set(), [], Counter()
        self.waiting = queue.Queue()
        self.is_open, self.trouble = True, None

    def start(self) -> None:
        for number, place in self.at.items():
            body = {
                "seats": 4, "battery_kwh": 62, "consumption_wh_per_km": 160, "driver": "automatic", "position": place, "battery_percent": 90,
            }  # fmt: skip
            self.until_answered("PUT", f"{PATH}/vehicles/v{number}", body, f"v{number}")
        for act in [self.ask, self.drive, *[self.ride] * ASKING]:
            threading.Thread(target=act, daemon=True).start()

    def say(self, method: str, path: str, body: object = None, key: str | None = None) -> tuple:
        """One request to the pod that serves now; no status: nobody answered."""
        address = self.address()
        if address is None:
            return None, None
        link = http.client.HTTPConnection(address, timeout=10)
        try:
            head = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
            link.request(method, path, None if body is None else json.dumps(body), head)
            answer = link.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        except (OSError, http.client.HTTPException):
            return None, None
        finally:
            link.close()

    def until_answered(self, method: str, path: str, body: object, key: str) -> None:
        """Says the same until it is taken, as long as nobody answers, or the answer is to come again."""
        while True:
            status, answer = self.say(method, path, body, key)
            if status in (200, 201):
                return
            if status is not None:
                self.refused[status] += 1
            if status not in (None, 429, 503):
                self.trouble = RuntimeError(f"{method} {path} {body}: {status} {answer}")
            time.sleep(AGAIN_S)

    def ask(self) -> None:
        due = time.monotonic()
        while self.is_open:
            self.waiting.put(self.asked)
            self.asked += 1
            due += 1 / ORDERS_A_SECOND
            time.sleep(max(0.0, due - time.monotonic()))

    def ride(self) -> None:
        while True:
            number = self.waiting.get()
            start = time.monotonic()
            begins = number * 7 % len(self.places)
            ends = (begins + 1 + number % (len(self.places) - 1)) % len(self.places)
            pickup, dropoff = self.places[begins], self.places[ends]
            body = {"id": f"o{number}", "pickup": pickup, "dropoff": dropoff, "max_wait_s": WAIT_MAX_S}
            self.until_answered("POST", f"{PATH}/orders", body, f"o{number}")
            self.answered.add(f"o{number}")
            self.waits.append(time.monotonic() - start)

    def drive(self) -> None:
        """Where every vehicle is, and the next step of each ride."""
        while True:
            reports = [{"vehicle": f"v{number}", **place, "battery_percent": 90} for number, place in self.at.items()]
            self.say("POST", f"{PATH}/telemetry", reports)
            for order in self.orders(",".join(STEPS)):
                step, body = STEPS[order["phase"]], {"order": order["id"]}
                if step == "dropped-off":
                    body |= {"position": order["dropoff"], "battery_percent": 90}
                status, _ = self.say("POST", f"{PATH}/vehicles/{order['vehicle']}/{step}", body)
                if status == 200 and step == "dropped-off":
                    self.at[int(order["vehicle"][1:])] = order["dropoff"]
            time.sleep(TURN_S)

    def orders(self, states: str) -> list:
        """The oldest thousand that stand so; none where nobody answers."""
        status, rows = self.say("GET", f"{PATH}/orders?limit=1000&state={states}")
        return rows if status == 200 else []

    def finish(self, seconds_max: float) -> dict:
        """Nobody asks any more; waits until all are home, and counts."""
        self.is_open = False
        until = time.monotonic() + seconds_max
        while time.monotonic() < until:
            under_way = self.say("GET", f"{PATH}/orders?limit=1&state=open,offered," + ",".join(STEPS))
            if len(self.answered) == self.asked and under_way == (200, []):
                break
            time.sleep(TURN_S)
        phases = Counter()
        for name in sorted(self.answered):
            status, order = self.say("GET", f"{PATH}/orders/{name}")
            phases[order["phase"] if status == 200 else "lost"] += 1
        return {"asked": self.asked, "answered": len(self.answered), "phases": dict(phases), "wait_s_max": max(self.waits), "told_to_come_again": sum(self.refused.values())}
