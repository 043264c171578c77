"""A deployment's repository with what deploy/gitops holds, who pushes to it, and who applies it.

The agent stands for Argo CD or Flux: it looks at the branch every second, and applies what it finds with Kustomize. Pushing a release and the
step after it (deploy/gitops/after-release.sh) are a pipeline's, in a clone of its own.
"""

import json
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

from parts import DEPLOY, Cluster

NAMESPACE = "paceline-manhattan"
LOOK_S = 1
# The waits and the numbers of samples of a release that is only to be seen to pass; the shipped ones take ten minutes.
QUICK = {"pause": "8s", "interval": "2s", "count": 3}


def replace(path: str, value: object) -> dict:
    return {"op": "replace", "path": path, "value": value}


class Delivery:
    """The repository, and the clones of the pipeline and of the agent."""

    def __init__(self, cluster: Cluster):
        self.cluster = cluster
        self.origin, self.clone, self.seen = (cluster.dir / name for name in ["origin.git", "pipeline", "agent"])
        self.env = {
            **os.environ, "KUBECONFIG": str(cluster.kubeconfig), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_AUTHOR_NAME": "pipeline", "GIT_AUTHOR_EMAIL": "pipeline@example.com",
            "GIT_COMMITTER_NAME": "pipeline", "GIT_COMMITTER_EMAIL": "pipeline@example.com",
        }  # fmt: skip
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", self.origin], check=True, env=self.env)
        subprocess.run(["git", "clone", "--quiet", self.origin, self.clone], check=True, env=self.env, stderr=subprocess.DEVNULL)
        self.git("checkout", "--quiet", "-B", "main")
        shutil.copytree(DEPLOY / "gitops", self.clone / "gitops")
        (self.clone / "scene").mkdir()
        self.write_overlay()
        self.commit("Begin with 0.1.0")
        subprocess.run(["git", "clone", "--quiet", self.origin, self.seen], check=True, env=self.env)
        self.applied, self.trouble = None, None

    def git(self, *args: str, folder: Path | None = None) -> str:
        done = subprocess.run(["git", *args], cwd=folder or self.clone, env=self.env, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"git {' '.join(args)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def write_overlay(self, is_quick: bool = False) -> None:
        """What is this scene's own: where Prometheus is, that two regions are configured by a file, and, if wanted, shorter watches."""
        analysis = [replace("/spec/args/1/value", f"http://{self.cluster.prometheus}")]
        args = "/spec/template/spec/containers/0/args"
        rollout = [{"op": "test", "path": f"{args}/4", "value": "--journal"}, *[{"op": "remove", "path": f"{args}/4"}] * 2]
        patches = [{"target": {"kind": "AnalysisTemplate"}, "patch": analysis}, {"target": {"kind": "Rollout"}, "patch": rollout}]
        if is_quick:
            for metric in range(3):
                analysis += [replace(f"/spec/metrics/{metric}/{key}", QUICK[key]) for key in ["interval", "count"]]
            rollout.append(replace("/spec/strategy/canary/steps/1/pause/duration", QUICK["pause"]))
        patches = [{**patch, "patch": json.dumps(patch["patch"])} for patch in patches]
        overlay = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": ["../gitops/region"]}
        (self.clone / "scene" / "kustomization.yaml").write_text(json.dumps({**overlay, "patches": patches}, indent=2))

    def commit(self, title: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", title)
        self.git("push", "--quiet", "--set-upstream", "origin", "main")
        return self.git("rev-parse", "HEAD")

    def release(self, version: str) -> None:
        """What a release is: another tag, committed and pushed."""
        page = self.clone / "gitops" / "region" / "kustomization.yaml"
        rows = [f"    newTag: {version}" if row.strip().startswith("newTag:") else row for row in page.read_text().splitlines()]
        page.write_text("\n".join(rows) + "\n")
        self.commit(f"Release {version}")

    def after_release(self, seconds_max: int) -> tuple:
        """The pipeline's last step: its exit code and what it says."""
        hold = "gitops/region/hold.yaml"
        done = subprocess.run(
            ["gitops/after-release.sh", "scene", NAMESPACE, hold],
            cwd=self.clone, env={**self.env, "SECONDS_MAX": str(seconds_max)}, capture_output=True, text=True,
        )  # fmt: skip
        return done.returncode, (done.stdout + done.stderr).strip()

    def start(self) -> None:
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self) -> None:
        try:
            while True:
                self.git("pull", "--quiet", folder=self.seen)
                head = self.git("rev-parse", "HEAD", folder=self.seen)
                if head != self.applied:
                    self.cluster.kubectl("apply", "-n", NAMESPACE, "-k", str(self.seen / "scene"))
                    self.applied = head
                time.sleep(LOOK_S)
        except Exception as trouble:  # noqa: BLE001
            self.trouble = trouble
