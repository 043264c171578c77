#!/usr/bin/env python3
"""How many pods a second a scheduler binds through a real API server: Paceline beside kube-scheduler, one after the other on control planes of
their own, the same nodes and the same pods, which wait before the scheduler starts.

Each pod asks for CPU, memory and one of an extended resource. A watch says when each was bound; the rate is from the scheduler's start to
the last, and from the first to the last. Processor time is the kernel's count of the scheduler's process. Everything shares this
machine: etcd, API server, scheduler and this script. Writes docs/benchmarks/kubernetes.md and .csv.

    bench/kubernetes/binds.py [--nodes 1000] [--pods 3000] [--runs 3]
    bench/kubernetes/binds.py --nodes 50 --pods 200 --runs 1 --out bench/out/kubernetes      a trial

The control plane is built by build.sh beside this script, which needs Go. PACELINE_BIN may name a folder that holds the program, built with
`--features kubernetes`. Nothing but Python 3.10 is needed.
"""

import argparse
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import measure  # noqa: E402

HERE = Path(__file__).resolve().parent
READY_S = 90
BOUND_S = 600
CONNECTIONS = 8
RESOURCE = "example.com/gpu"
HEAD = {"Authorization": "Bearer admin", "Content-Type": "application/json"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Plane:
    """etcd and an API server on loopback, ended when the `with` is left."""

    def __init__(self, program: str):
        self.dir = Path(tempfile.mkdtemp(prefix="binds-"))
        self.children = []
        self.port = free_port()
        self.program = program
        (self.dir / "tokens.csv").write_text('admin,admin,1,"system:masters"\n')
        key = str(self.dir / "key.pem")
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, stderr=subprocess.DEVNULL)
        etcd = f"http://127.0.0.1:{free_port()}"
        self.spawn([program, "etcd", str(self.dir / "etcd"), etcd, f"http://127.0.0.1:{free_port()}"])
        self.spawn([
            program, "apiserver", f"--etcd-servers={etcd}", f"--secure-port={self.port}", "--bind-address=127.0.0.1",
            f"--cert-dir={self.dir / 'certs'}", f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}",
            "--service-account-issuer=https://kubernetes.default.svc", "--service-cluster-ip-range=10.0.0.0/24",
            "--authorization-mode=RBAC", f"--token-auth-file={self.dir / 'tokens.csv'}", "--endpoint-reconciler-type=none",
            "--disable-admission-plugins=ServiceAccount",
        ])  # fmt: skip
        server = {"server": f"https://127.0.0.1:{self.port}", "insecure-skip-tls-verify": True}
        self.kubeconfig = self.dir / "kubeconfig"
        self.kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "x", "clusters": [{"name": "c", "cluster": server}],
            "users": [{"name": "u", "user": {"token": "admin"}}], "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        }))  # fmt: skip
        self.wait()

    def spawn(self, command: list) -> subprocess.Popen:
        log = open(self.dir / f"{len(self.children)}.log", "wb")
        child = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        self.children.append(child)
        return child

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=ssl._create_unverified_context(), timeout=BOUND_S)

    def wait(self) -> None:
        until = time.monotonic() + READY_S
        while True:
            try:
                if call(self.connect(), "GET", "/api/v1/namespaces/default")[0] == 200:
                    return
            except OSError:
                pass
            if time.monotonic() > until:
                sys.exit(f"the API server was not ready in {READY_S} s; logs: {self.dir}")
            time.sleep(0.2)

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        for child in reversed(self.children):
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        # What went wrong is in its logs.
        if failed is None:
            shutil.rmtree(self.dir, ignore_errors=True)


def call(link, method: str, path: str, body: object = None, kind: str = "application/json") -> tuple:
    link.request(method, path, None if body is None else json.dumps(body), {**HEAD, "Content-Type": kind})
    answer = link.getresponse()
    return answer.status, answer.read()


def node(at: int) -> dict:
    room = {"cpu": "16", "memory": "64Gi", "pods": "110", RESOURCE: "8"}
    labels = {"kubernetes.io/hostname": f"n{at}", "topology.kubernetes.io/zone": f"z{at % 3}"}
    return {"metadata": {"name": f"n{at}", "labels": labels}, "status": {"capacity": room, "allocatable": room}}


def pod(at: int, scheduler: str) -> dict:
    requests = {"cpu": "250m", "memory": "512Mi", RESOURCE: "1"}
    resources = {"requests": requests, "limits": {RESOURCE: "1"}}
    container = {"name": "main", "image": "registry.example/app:1", "resources": resources}
    return {"metadata": {"name": f"p{at}"}, "spec": {"schedulerName": scheduler, "containers": [container]}}


def in_parallel(plane: Plane, count: int, act) -> None:
    def some(first: int) -> None:
        link = plane.connect()
        for at in range(first, count, CONNECTIONS):
            act(link, at)

    threads = [threading.Thread(target=some, args=(first,)) for first in range(CONNECTIONS)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]


def expect(wanted: int, answer: tuple) -> None:
    if answer[0] != wanted:
        sys.exit(f"the API server: {answer[0]} {answer[1][:300]}")


def fill(plane: Plane, nodes: int, pods: int, scheduler: str) -> None:
    def make_node(link, at: int) -> None:
        expect(201, call(link, "POST", "/api/v1/nodes", node(at)))
        # Admission taints a node of which no kubelet has spoken.
        merge = "application/merge-patch+json"
        expect(200, call(link, "PATCH", f"/api/v1/nodes/n{at}", {"spec": {"taints": None}}, merge))

    in_parallel(plane, nodes, make_node)
    make = lambda link, at: expect(201, call(link, "POST", "/api/v1/namespaces/default/pods", pod(at, scheduler)))  # noqa: E731
    in_parallel(plane, pods, make)


def watch(plane: Plane, pods: int, times: dict, is_open: threading.Event) -> None:
    """Notes when each pod is first seen bound."""
    link = plane.connect()
    link.request("GET", "/api/v1/namespaces/default/pods?watch=1&resourceVersion=0", headers=HEAD)
    answer = link.getresponse()
    is_open.set()
    rest = b""
    while len(times) < pods:
        read = answer.read1(1 << 20)
        if not read:
            sys.exit("the API server closed the watch")
        *lines, rest = (rest + read).split(b"\n")
        for thing in (json.loads(line)["object"] for line in lines):
            if thing["spec"].get("nodeName"):
                times.setdefault(thing["metadata"]["name"], time.monotonic())


def run(program: str, name: str, command, options) -> dict:
    with Plane(program) as plane:
        fill(plane, options.nodes, options.pods, name)
        times, is_open = {}, threading.Event()
        watcher = threading.Thread(target=watch, args=(plane, options.pods, times, is_open), daemon=True)
        watcher.start()
        is_open.wait()
        start = time.monotonic()
        child = plane.spawn(command(plane))
        watcher.join(BOUND_S)
        if len(times) < options.pods:
            sys.exit(f"{name}: {len(times)} of {options.pods} pods bound in {BOUND_S} s; logs: {plane.dir}")
        first, last = min(times.values()), max(times.values())
        return {
            "from_start": options.pods / (last - start),
            "from_first": (options.pods - 1) / (last - first),
            "cpu_s": measure.cpu_seconds(child.pid),
            "memory_mb": measure.memory_bytes(child.pid, "VmHWM") / 1e6,
        }


def kube_scheduler(program: str):
    def command(plane: Plane) -> list:
        config = plane.dir / "scheduler.json"
        config.write_text(json.dumps({
            "apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration", "percentageOfNodesToScore": 100,
            "leaderElection": {"leaderElect": False}, "clientConnection": {"kubeconfig": str(plane.kubeconfig), "qps": 5000, "burst": 5000},
        }))  # fmt: skip
        return [program, "scheduler", f"--config={config}", "--secure-port=0"]

    return command


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--pods", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=measure.ROOT / "docs" / "benchmarks" / "kubernetes")
    options = parser.parse_args()
    built = subprocess.run([HERE / "build.sh"], stdout=subprocess.PIPE, text=True)
    if built.returncode:
        sys.exit(built.returncode)
    program = built.stdout.strip()
    folder = os.environ.get("PACELINE_BIN", measure.ROOT / "target" / "release")
    ours = lambda plane: [str(Path(folder) / "paceline"), "kubernetes", "run", "--kubeconfig", str(plane.kubeconfig)]  # noqa: E731
    schedulers = {"paceline": ours, "default-scheduler": kube_scheduler(program)}
    rows = []
    for at in range(options.runs):
        for name, command in schedulers.items():
            rows.append({"run": at, "scheduler": name, **run(program, name, command, options)})
            print(rows[-1], flush=True)
    write(options, rows)


def write(options, rows: list) -> None:
    names = {"paceline": "Paceline", "default-scheduler": "kube-scheduler 1.36.3"}
    cells = []
    for name, title in names.items():
        mean = lambda key: statistics.median(row[key] for row in rows if row["scheduler"] == name)  # noqa: E731
        cells.append([title, f"{mean('from_start'):.0f}", f"{mean('from_first'):.0f}", f"{mean('cpu_s'):.1f}", f"{mean('memory_mb'):.0f}"])
    head = ["scheduler", "pods bound a second, from its start", "from the first to the last", "its processor time, s", "its memory at most, MB"]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    page = options.out.with_suffix(".md")
    page.write_text(
        f"# Pods bound a second\n\n{options.nodes} nodes, {options.pods} pods that wait, each with CPU, memory and one of an extended resource; the median of "
        f"{options.runs} runs. etcd, API server, scheduler and the script share the machine ({measure.machine()}).\n\n"
        f"{measure.table(head, cells)}\n\nMade by `bench/kubernetes/binds.py --nodes {options.nodes} --pods {options.pods} --runs {options.runs}`. "
        f"Each run is in [{options.out.name}.csv]({options.out.name}.csv).\n"
    )
    measure.write_csv(options.out.with_suffix(".csv"), rows)


if __name__ == "__main__":
    main()
