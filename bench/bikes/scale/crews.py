"""Crews that answer over HTTP: they take what they are told, drive, move bikes and say so, a dozen connections for all of them."""

import heapq
import itertools
import queue
import threading
import time

import served

CONNECTIONS = 6


class Crews:
    """All vans of a city. What the stream says goes in by `hear`; words go out when they are due."""

    def __init__(self, address: tuple, city: object, lock: threading.Lock, vans: dict, stop_s: tuple):
        self.city, self.lock, self.vans, self.stop_s = city, lock, vans, stop_s
        self.stations = {name: number for number, name in enumerate(city.names)}
        self.orders: dict = {}
        self.held = {van: [] for van in vans}
        self.busy: dict = dict.fromkeys(vans)
        self.out = set()
        self.names = itertools.count()
        self.agenda: list = []
        self.refused: list = []
        self.words = 0
        self.due = threading.Condition(lock)
        self.sending: queue.Queue = queue.Queue()
        threading.Thread(target=self._clock, daemon=True).start()
        for _ in range(CONNECTIONS):
            threading.Thread(target=self._send, args=(served.Connection(address),), daemon=True).start()

    def say(self, van: str, word: dict) -> float:
        """Says it at once; returns when."""
        body = {"report": f"r{next(self.names)}", "word": word}
        now = time.monotonic()
        self.sending.put(served.request("POST", f"/v1/vans/{van}/reports", body))
        self.words += 1
        return now

    def hear(self, kind: str, event: dict) -> None:
        """Called with the lock held, in the order of the stream."""
        order = event.get("work_order")
        if kind == "work_order_proposed":
            self.orders[order] = event
        elif kind == "work_order_issued":
            van = event["van"]
            self.held[van].append((order, event["bikes"]["most"]))
            self.say(van, {"accepted": {"work_order": order}})
            self._set_out(van)
        elif kind in ("work_order_returned", "work_order_withdrawn", "work_order_done") and event.get("van"):
            van = event["van"]
            self.held[van] = [one for one in self.held[van] if one[0] != order]
            if self.busy[van] == order:
                self.busy[van] = None
            self._set_out(van)
        elif kind == "work_order_cut" and event.get("van"):
            self.held[event["van"]] = [(one, event["bikes"]["most"] if one == order else most) for one, most in self.held[event["van"]]]

    def break_down(self, van: str, after_s: float) -> float:
        self.out.add(van)
        self.busy[van] = None
        at = self.say(van, {"broken_down": {"reason": "smoke"}})
        self._at(at + after_s, self._recover, van)
        return at

    def _recover(self, van: str) -> None:
        self.out.discard(van)
        self.say(van, {"recovered": {}})

    def _set_out(self, van: str) -> None:
        if self.busy[van] is None and self.held[van] and van not in self.out:
            order, most = self.held[van][0]
            self.busy[van] = order
            low, high = self.stop_s
            self._at(time.monotonic() + self.city.random.uniform(low, high), self._finish, van, order)

    def _finish(self, van: str, order: str) -> None:
        if self.busy[van] != order:
            return
        most = next((most for one, most in self.held[van] if one == order), 0)
        new, own = self.orders[order], self.vans[van]
        at = self.stations[new["station"]]
        bikes, docks = self.city.bikes[at], self.city.docks[at]
        if new["task"] == "collect":
            moved = min(most, bikes, own["capacity"] - own["aboard"])
        else:
            moved = -min(most, own["aboard"], docks - bikes)
        if moved == 0:
            self.say(van, {"declined": {"work_order": order, "reason": "nothing to be done"}})
            return
        self.city.bikes[at] -= moved
        own["aboard"] += moved
        self.say(van, {"done": {"work_order": order, "bikes": abs(moved)}})

    def _at(self, when: float, act: object, *with_: object) -> None:
        heapq.heappush(self.agenda, (when, next(self.names), act, with_))
        self.due.notify()

    def _clock(self) -> None:
        with self.due:
            while True:
                wait = self.agenda[0][0] - time.monotonic() if self.agenda else 1.0
                if wait > 0:
                    self.due.wait(wait)
                    continue
                _, _, act, with_ = heapq.heappop(self.agenda)
                act(*with_)

    def _send(self, connection: served.Connection) -> None:
        while True:
            request = self.sending.get()
            try:
                status, body = connection.send(request)
            except ConnectionError:
                return
            if status >= 300:
                self.refused.append(f"{status} {body.decode(errors='replace')[:200]}")
