"""A plant beside the riders, in the same server: nodes that report, and workloads that run on them. Nothing of it is lost if every replica that
had a node still has that node in the end, without ever having left it."""

import json
import threading
import time

from parts import ROOT
from riders import Riders

PATH = "/v1/regions/line"
REPORT_S = 1
INVENTORY = ROOT / "data" / "edge" / "line.json"
# The third waits there for a box that there is not.
WORKLOADS = ["welds", "bolting"]


class Plant:
    """Speaks as the riders do, to whatever pod the service leads to."""

    def __init__(self, riders: Riders):
        self.riders = riders
        self.inventory = json.loads(INVENTORY.read_text())
        self.inventory["workloads"] = {name: self.inventory["workloads"][name] for name in WORKLOADS}
        self.placed = {}

    def start(self) -> None:
        for kind in ["models", "nodes", "workloads"]:
            for name, body in self.inventory[kind].items():
                self.riders.until_answered("PUT", f"{PATH}/{kind}/{name}", body, f"{kind}-{name}")
        threading.Thread(target=self.report, daemon=True).start()

    def report(self) -> None:
        """Every node says that it is there, and that its GPUs are."""
        while True:
            reports = [
                {"node": name, "driver": {"devices": [device["uuid"] for device in node.get("devices", [])]}}
                for name, node in self.inventory["nodes"].items()
            ]
            self.riders.say("POST", f"{PATH}/nodes/telemetry", reports)
            time.sleep(REPORT_S)

    def wanted(self) -> int:
        return sum(workload.get("replicas", 1) for workload in self.inventory["workloads"].values())

    def stands(self) -> dict:
        """Each replica that has a node, with it and since when; nothing where nobody answers."""
        status, rows = self.riders.say("GET", f"{PATH}/placements?limit=1000")
        return {row["id"]: (row["bound"]["node"], row["since"]) for row in rows if row["bound"]} if status == 200 else {}

    def is_placed(self) -> bool:
        """Whether every replica has a node; how they stand then is what must be in the end."""
        self.placed = self.stands()
        return len(self.placed) == self.wanted()
