"""Stands for a node: there is no kubelet here and no container runtime. Each pod that the scheduler binds to it runs as a process of this machine.

A kubelet's part that the scene rests on is done as it does it: a pod's volumes and environment, `Running` and `Ready` by the pod's own readiness
probe, SIGTERM, the grace period, SIGKILL, and only then the pod's end in the API server. An image is a folder by its tag, with the program and
the data beside it. `0.0.0.0` in a pod's arguments is the pod's address, one of loopback's for each. Left out: liveness probes, limits.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time
from base64 import b64decode
from pathlib import Path

from parts import HEAD, Plane, call

NAME = "node-a"
LOOK_S = 0.1
MERGE = "application/merge-patch+json"


class Pod:
    """A pod's process."""

    def __init__(self, thing: dict, address: str, command: list, env: dict, folder: Path, log: Path):
        self.name, self.namespace, self.uid = (thing["metadata"][key] for key in ["name", "namespace", "uid"])
        self.labels, self.annotations = thing["metadata"].get("labels", {}), thing["metadata"].get("annotations", {})
        self.spec = thing["spec"]
        self.address, self.is_ready, self.probed, self.killed_at = address, False, 0.0, None
        self.image = self.spec["containers"][0]["image"]
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                command, env=env, cwd=folder, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
            )

    @property
    def path(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"

    def port(self, name: object) -> int:
        ports = {port.get("name"): port["containerPort"] for port in self.spec["containers"][0].get("ports", [])}
        return ports.get(name, name)

    def probe(self) -> bool:
        """Asks what the pod's readiness probe says, when it is due."""
        asks = self.spec["containers"][0]["readinessProbe"]
        if time.monotonic() - self.probed >= asks.get("periodSeconds", 10):
            self.probed = time.monotonic()
            link = http.client.HTTPConnection(self.address, self.port(asks["httpGet"]["port"]), timeout=1)
            try:
                link.request("GET", asks["httpGet"]["path"])
                self.is_ready = link.getresponse().status == 200
            except OSError:
                self.is_ready = False
        return self.is_ready


class Node(threading.Thread):
    """Runs what is bound to it, until the program ends."""

    def __init__(self, plane: Plane, images: Path, targets: Path):
        super().__init__(daemon=True)
        self.plane, self.images, self.targets = plane, images, targets
        self.link = plane.connect()
        self.pods, self.addresses, self.trouble = {}, 0, None
        room = {"cpu": "8", "memory": "16Gi", "pods": "110"}
        self.ask("POST", "/api/v1/nodes", {"metadata": {"name": NAME}, "status": {"capacity": room, "allocatable": room}})
        # Admission taints a node of which no kubelet has spoken.
        self.ask("PATCH", f"/api/v1/nodes/{NAME}", {"spec": {"taints": None}}, MERGE)
        self.start()

    def ask(self, method: str, path: str, body: object = None, kind: str = "application/json") -> dict:
        status, answer = call(self.link, method, path, body, kind)
        if status >= 300 and status not in (404, 409):
            raise RuntimeError(f"{method} {path}: {status} {answer[:300]}")
        return json.loads(answer)

    def run(self) -> None:
        try:
            while True:
                self.look()
                time.sleep(LOOK_S)
        except Exception as trouble:  # noqa: BLE001
            self.trouble = trouble

    def look(self) -> None:
        """One turn: begins what is new, ends what is to end, says how the rest is."""
        there = self.ask("GET", f"/api/v1/pods?fieldSelector=spec.nodeName={NAME}")["items"]
        for thing in there:
            pod = self.pods.get(thing["metadata"]["uid"])
            if thing["metadata"].get("deletionTimestamp"):
                self.end(thing, pod)
            elif pod is None:
                self.begin(thing)
            else:
                self.tell(pod)

    def begin(self, thing: dict) -> None:
        self.addresses += 1
        address = f"127.7.{self.addresses // 250}.{self.addresses % 250 + 1}"
        meta, container = thing["metadata"], thing["spec"]["containers"][0]
        mounts = self.mounts(thing, container)
        env = {"PATH": os.environ["PATH"]}
        for item in container.get("env", []):
            field = item.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath")
            value = meta[field.removeprefix("metadata.")] if field else item.get("value", "")
            env[item["name"]] = re.sub(r"\$\((\w+)\)", lambda found: env.get(found[1], found[0]), value)
        image = self.images / container["image"].rsplit(":", 1)[1]
        args = [arg.replace("0.0.0.0", address) for arg in container["args"]]
        for inside, outside in mounts.items():
            args = [outside + arg.removeprefix(inside) if arg == inside or arg.startswith(inside + "/") else arg for arg in args]
        log = self.plane.dir / f"{meta['name']}.log"
        self.pods[meta["uid"]] = Pod(thing, address, [str(image / "paceline"), *args], env, image, log)
        self.write_targets()

    def mounts(self, thing: dict, container: dict) -> dict:
        """Where each of the pod's paths is on this machine."""
        namespace = thing["metadata"]["namespace"]
        places = {}
        for volume in thing["spec"].get("volumes", []):
            if claim := volume.get("persistentVolumeClaim"):
                bound = self.ask("GET", f"/api/v1/namespaces/{namespace}/persistentvolumeclaims/{claim['claimName']}")
                disk = self.ask("GET", f"/api/v1/persistentvolumes/{bound['spec']['volumeName']}")
                places[volume["name"]] = disk["spec"]["hostPath"]["path"]
            elif secret := volume.get("secret"):
                held = self.ask("GET", f"/api/v1/namespaces/{namespace}/secrets/{secret['secretName']}")["data"]
                folder = self.plane.dir / "volumes" / thing["metadata"]["uid"] / volume["name"]
                folder.mkdir(parents=True)
                for item in secret["items"]:
                    (folder / item["path"]).write_bytes(b64decode(held[item["key"]]))
                places[volume["name"]] = str(folder)
        return {mount["mountPath"]: places[mount["name"]] for mount in container.get("volumeMounts", []) if mount["name"] in places}

    def end(self, thing: dict, pod: Pod) -> None:
        if pod and pod.process.poll() is None:
            grace = thing["metadata"].get("deletionGracePeriodSeconds", 30)
            if pod.killed_at is None:
                pod.killed_at, pod.is_ready = time.monotonic(), False
                pod.process.terminate()
            elif time.monotonic() - pod.killed_at > grace:
                os.killpg(pod.process.pid, signal.SIGKILL)
            return
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": thing["metadata"]["uid"]}}
        meta = thing["metadata"]
        self.ask("DELETE", f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}", options)
        if pod:
            del self.pods[pod.uid]
            self.write_targets()

    def tell(self, pod: Pod) -> None:
        """Says how a pod is, when that changed."""
        if pod.process.poll() is not None:
            raise RuntimeError(f"{pod.image} ended by itself with {pod.process.returncode}: {pod.log.read_text()[-2000:]}")
        was, is_first = pod.is_ready, not pod.probed
        if pod.probe() == was and not is_first:
            return
        now, name = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), pod.spec["containers"][0]["name"]
        word = "True" if pod.is_ready else "False"
        conditions = [{"type": kind, "status": word, "lastTransitionTime": now} for kind in ["Ready", "ContainersReady"]]
        always = [{"type": kind, "status": "True", "lastTransitionTime": now} for kind in ["PodScheduled", "Initialized"]]
        running = {"name": name, "image": pod.image, "imageID": "", "restartCount": 0, "ready": pod.is_ready, "started": True}
        status = {
            "phase": "Running", "podIP": pod.address, "podIPs": [{"ip": pod.address}], "startTime": now, "conditions": always + conditions,
            "containerStatuses": [{**running, "state": {"running": {"startedAt": now}}}],
        }  # fmt: skip
        self.ask("PATCH", f"{pod.path}/status", {"status": status}, MERGE)

    def write_targets(self) -> None:
        """What Prometheus' own discovery would say of the pods."""

        def labels(pod: Pod) -> dict:
            said = {"namespace": pod.namespace, "pod_name": pod.name, "pod_ip": pod.address}
            for kind, named in [("label", pod.labels), ("annotation", pod.annotations)]:
                said |= {f"pod_{kind}_{re.sub('[^a-zA-Z0-9]', '_', name)}": value for name, value in named.items()}
            return {f"__meta_kubernetes_{name}": value for name, value in said.items()}

        groups = [{"targets": [pod.address], "labels": labels(pod)} for pod in self.pods.values()]
        fresh = self.targets.with_suffix(".new")
        fresh.write_text(json.dumps(groups))
        fresh.rename(self.targets)

    def served_by(self, selector: dict) -> str | None:
        """Where a service of this selector leads: a pod that is ready."""
        for pod in list(self.pods.values()):
            if pod.is_ready and selector.items() <= pod.labels.items():
                return f"{pod.address}:{pod.port('http')}"
        return None

    def stop(self) -> None:
        """Ends every process, as at the machine's shutdown."""
        for pod in list(self.pods.values()):
            pod.process.terminate()
            pod.process.wait(30)
