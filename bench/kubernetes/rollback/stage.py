"""The scene's stage: everything that runs, questions to it, and the transcript."""

import json
import sys
import time
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import releases
from delivery import NAMESPACE, Delivery
from node import Node
from parts import Cluster, Telephone, call
from plant import Plant
from riders import Riders

ROLLOUT = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/rollouts/paceline"
STEP_S = 180


class Scene:
    """What happens, said line by line."""

    def __init__(self, out: Path):
        self.out, self.lines, self.start = out, [], time.monotonic()

    def say(self, line: str) -> None:
        print(line, flush=True)
        self.lines.append(line)

    def since(self) -> None:
        """Counts from now on."""
        self.start = time.monotonic()

    def at(self, line: str) -> float:
        """Says what has come to be, with the seconds since the count began."""
        seconds = time.monotonic() - self.start
        self.say(f"  {seconds:5.1f} s  {line}")
        return seconds

    def write(self) -> None:
        self.out.write_text("\n".join(self.lines) + "\n")


class Stage:
    """Everything that runs, and questions to it."""

    def __init__(self, cluster: Cluster, telephone: Telephone, programs: tuple):
        self.cluster, self.telephone = cluster, telephone
        self.good, self.leaky = programs
        self.images = releases.Images(cluster.dir / "images", cluster.dir / "journal")
        self.images.add("0.1.0", self.good)
        self.prepare()
        self.node = Node(cluster, self.images.folder, cluster.targets)
        self.delivery = Delivery(cluster)
        self.riders = Riders(lambda: self.node.served_by({"app": "paceline"}))
        self.plant = Plant(self.riders)
        self.link = cluster.connect()

    def prepare(self) -> None:
        """The namespace, the secret and the disk, which are an operator's to make."""
        disk = self.cluster.dir / "journal"
        disk.mkdir()
        self.cluster.kubectl("create", "namespace", NAMESPACE)
        self.cluster.kubectl("create", "secret", "generic", "paceline-admin", "-n", NAMESPACE, "--from-literal=token=of-this-scene-alone")
        spec = {"capacity": {"storage": "20Gi"}, "accessModes": ["ReadWriteOncePod"], "hostPath": {"path": str(disk)}}
        volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "journal"}, "spec": spec}
        page = self.cluster.dir / "volume.json"
        page.write_text(json.dumps(volume))
        self.cluster.kubectl("apply", "-f", str(page))

    def rollout(self) -> dict:
        status, answer = call(self.link, "GET", ROLLOUT)
        return json.loads(answer) if status == 200 else {}

    def is_aborted(self) -> bool:
        return self.rollout().get("status", {}).get("abort", False)

    def serving(self) -> str | None:
        """The tag of the pod that is ready."""
        return next((pod.image.rsplit(":", 1)[1] for pod in list(self.node.pods.values()) if pod.is_ready), None)

    def asked(self, query: str) -> float:
        """What Prometheus answers; 0: it knows nothing of that."""
        try:
            with urlopen(f"http://{self.cluster.prometheus}/api/v1/query?query={quote(query)}", timeout=5) as answer:
                found = json.load(answer)["data"]["result"]
        except OSError:
            return 0.0
        return float(found[0]["value"][1]) if found else 0.0

    def until(self, what: str, holds, seconds_max: float = STEP_S) -> None:
        """Waits until something holds. Ends the scene where it never does, or a part has failed."""
        until = time.monotonic() + seconds_max
        while not holds():
            for trouble in filter(None, [self.node.trouble, self.delivery.trouble, self.riders.trouble]):
                raise trouble
            if time.monotonic() > until:
                sys.exit(f"not within {seconds_max} s: {what}; the Rollout says {json.dumps(self.rollout().get('status'))}; logs: {self.cluster.dir}")
            time.sleep(0.05)
