#!/usr/bin/env python3
"""A release that leaks tasks, taken back by itself while riders ask and a plant works: Argo Rollouts, Prometheus and Alertmanager as they are published, by the
templates in deploy/gitops and nothing else; then the hold that it leaves, and twenty good releases.

Each step is printed with its time; what happened is written to scenarios/rollback.txt.

    bench/kubernetes/rollback/run.py [--good 20] [--out scenarios/rollback.txt]

Real: etcd, API server, controller manager, kube-scheduler, Argo Rollouts, Prometheus, Alertmanager, git, Kustomize, both builds of
`paceline serve` and their journal. Stand-ins: a node (node.py), a registry (releases.py), the agent that applies the branch (delivery.py), the
service's address (riders go to the pod that is ready) and a telephone. Takes about ten minutes once all is built. Exit code 3: something
cannot be had here, and it says what.
"""

import argparse
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import releases
from parts import ROOT, Cluster, Telephone, tools
from stage import STEP_S, Scene, Stage

LEAKS = "sum(paceline_task_leaks_total)"
ROLLED_BACK_MAX_S = 60
HELD_S = 20
HOME_S = 120
STAYS, TAKEN_BACK, HELD = 0, 3, 5


def begin(scene: Scene, stage: Stage) -> None:
    scene.say("0.1.0 is what the branch says. The agent applies it; riders ask for vehicles from now on, and a plant runs its workloads.")
    scene.since()
    stage.delivery.start()
    stage.until("0.1.0 serves", lambda: stage.serving() == "0.1.0")
    stage.riders.start()
    stage.until("the Rollout is healthy", lambda: stage.rollout()["status"].get("phase") == "Healthy")
    stage.until("riders ride", lambda: len(stage.riders.answered) > 20)
    stage.plant.start()
    stage.until("the plant's workloads are placed", stage.plant.is_placed)
    scene.at(f"0.1.0 serves, the Rollout is healthy, riders ride, and {stage.plant.wanted()} replicas have their nodes")


def leak(scene: Scene, stage: Stage) -> float:
    """The release that leaks. Returns the seconds from its push until the old version served again."""
    stage.images.add("0.2.0", stage.leaky)
    scene.say("0.2.0 waits, for each new order, for a driver's answer that nobody sends. Its commit is pushed.")
    scene.since()
    stage.delivery.release("0.2.0")
    with ThreadPoolExecutor(1) as pipeline:
        step = pipeline.submit(stage.delivery.after_release, STEP_S)
        stage.until("0.2.0 serves", lambda: stage.serving() == "0.2.0")
        scene.at("0.2.0 has taken the region over, by its journal")
        stage.until("its leaks are seen", lambda: stage.asked(LEAKS) > 0)
        scene.at("Prometheus has its leaks: paceline_task_leaks_total")
        stage.until("somebody is called", stage.telephone.rang.is_set)
        scene.at(f"the telephone rings: {stage.telephone.calls[0]['annotations']['summary']}")
        stage.until("Argo Rollouts aborts", stage.is_aborted)
        scene.at(f"Argo Rollouts aborts: {stage.rollout()['status']['message']}")
        stage.until("0.1.0 serves again", lambda: stage.serving() == "0.1.0")
        seconds = scene.at("0.1.0 has the region again: rolled back")
        code, said = step.result()
    scene.at(f"the pipeline's step ends with {code}: {said}")
    expect(code, TAKEN_BACK)
    head = stage.delivery.git("rev-parse", "HEAD")
    stage.until("the revert is applied", lambda: stage.delivery.applied == head)
    scene.at("what it pushed is applied:")
    for row in stage.delivery.git("log", "--format=%s", "-3").splitlines():
        scene.say(f"             {row}")
    stage.until("the Rollout is told", lambda: stage.rollout()["spec"].get("paused"))
    return seconds


def hold(scene: Scene, stage: Stage) -> None:
    """Another release comes at once, and waits until a person has lifted the hold."""
    stage.images.add("0.2.1", stage.good)
    scene.say("Somebody pushes 0.2.1 all the same, without the leak.")
    scene.since()
    lifted = stage.delivery.git("rev-parse", "HEAD")
    stage.delivery.release("0.2.1")
    code, said = stage.delivery.after_release(STEP_S)
    scene.at(f"the pipeline's step ends with {code}: {said}")
    expect(code, HELD)
    head = stage.delivery.git("rev-parse", "HEAD")
    stage.until("it is applied", lambda: stage.delivery.applied == head)
    until = time.monotonic() + HELD_S
    while time.monotonic() < until:
        expect({pod.image.rsplit(":", 1)[1] for pod in list(stage.node.pods.values())}, {"0.1.0"})
        time.sleep(0.2)
    scene.at(f"{HELD_S} s after it was applied there is no pod but that of 0.1.0, which serves")
    scene.say("A person has looked, and lifts the hold by git revert. From here on releases are watched for some 15 s instead of ten minutes.")
    scene.since()
    stage.delivery.git("revert", "--no-edit", lifted)
    stage.delivery.write_overlay(is_quick=True)
    stage.delivery.commit("Watch releases for a shorter time")
    watched(scene, stage, "0.2.1")


def watched(scene: Scene, stage: Stage, version: str) -> None:
    """Waits until a release that was pushed has been judged, and holds it against good."""
    code, said = stage.delivery.after_release(STEP_S)
    if code != STAYS or stage.serving() != version:
        sys.exit(f"{version} should stay: {code} {said}; {stage.rollout()['status']}; logs: {stage.cluster.dir}")
    scene.at(f"{version} stays")


def expect(found: object, wanted: object) -> None:
    if found != wanted:
        sys.exit(f"{found!r} instead of {wanted!r}")


def good(scene: Scene, stage: Stage, count: int) -> None:
    scene.say(f"{count} good releases, one after the other:")
    for number in range(count):
        version = f"0.3.{number}"
        stage.images.add(version, stage.good)
        scene.since()
        stage.delivery.release(version)
        watched(scene, stage, version)


def end(scene: Scene, stage: Stage) -> None:
    """Everybody rides home, and what the journal holds is verified."""
    calls = {call["labels"]["alertname"] for call in stage.telephone.calls}
    counted = stage.riders.finish(HOME_S)
    phases = ", ".join(f"{count} {phase}" for phase, count in counted["phases"].items())
    scene.say(f"{counted['asked']} riders asked, {counted['answered']} were answered, and in the end: {phases}.")
    scene.say(f"The longest wait for that answer, all takeovers included: {counted['wait_s_max']:.1f} s. Told to come again: {counted['told_to_come_again']} times.")
    scene.say(f"Alerts of all this time: {', '.join(sorted(calls))}.")
    expect(counted["phases"], {"served": counted["asked"]})
    expect(stage.plant.stands(), stage.plant.placed)
    scene.say(f"{len(stage.plant.placed)} replicas are where they were at the beginning, and have never left.")
    stage.node.stop()
    for region in ["main", "line"]:
        verified = subprocess.run([stage.good, "journal", "verify", stage.cluster.dir / "journal" / region], capture_output=True, text=True)
        scene.say(f"$ paceline journal verify {region}\n  {verified.stdout.strip().splitlines()[-1]}")
        expect(verified.returncode, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--good", type=int, default=20)
    parser.add_argument("--out", type=Path, default=ROOT / "scenarios" / "rollback.txt")
    options = parser.parse_args()
    # What was started ends with the scene, however that ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    found, programs = tools(), releases.programs()
    scene, telephone = Scene(options.out), Telephone()
    with Cluster(found, telephone) as cluster:
        stage = Stage(cluster, telephone, programs)
        try:
            begin(scene, stage)
            seconds = leak(scene, stage)
            hold(scene, stage)
            good(scene, stage, options.good)
            end(scene, stage)
        finally:
            stage.node.stop()
    if seconds > ROLLED_BACK_MAX_S:
        sys.exit(f"rolled back after {seconds:.0f} s, of {ROLLED_BACK_MAX_S} s at most")
    scene.write()


if __name__ == "__main__":
    main()
