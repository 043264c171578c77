#!/usr/bin/env bash
# The pipeline's step after a release was pushed: waits until Argo Rollouts has judged it, and takes the commit back if it was aborted.
#
#   deploy/gitops/after-release.sh FOLDER NAMESPACE [HOLD_FILE]
#
# Run it in a clone of the deployment's repository, on a branch that follows its upstream, with the release's commit checked out. FOLDER is the
# kustomization that is applied to NAMESPACE; it has one Rollout. HOLD_FILE is the patch that pauses it [default: FOLDER/hold.yaml].
# SECONDS_MAX (1800) is how long it waits. Needs git, which may push, and kubectl, which may read Rollouts.
#
# Exit code: 0 it stays; 3 it was taken back: its commit is reverted and further releases are held, both pushed; 4 not known after
# SECONDS_MAX, nothing was changed; 5 releases are held already, so it was not rolled out; 1 it could not be done, and says what.
set -euo pipefail
folder=${1:?FOLDER is missing} namespace=${2:?NAMESPACE is missing} hold=${3:-$1/hold.yaml}
release=$(git rev-parse HEAD)
title=$(git log -1 --format=%s)
# Of a merge, what it brought to the branch is reverted.
mainline=()
git rev-parse --quiet --verify HEAD^2 >/dev/null && mainline=(-m 1)
[[ -f $hold ]] || { echo "$hold: no such file; it is what holds further releases" >&2; exit 1; }
rendered=$(kubectl kustomize "$folder")

# What the Rollout in the cluster says, all at one time, so that no part of it is of another release.
look() {
    local item=.items[0] said
    said=$(kubectl get rollouts.argoproj.io -n "$namespace" -o jsonpath="{$item.metadata.generation}|{$item.status.observedGeneration}|{$item.status.phase}|{$item.spec.template.spec.containers[*].image}") || return 1
    IFS='|' read -r generation observed phase images <<<"$said"
}

# Whether the cluster has been told what this commit says, and the controller has seen it.
is_seen() {
    local image
    [[ -n $images && $generation == "$observed" ]] || return 1
    for image in $images; do
        grep -qE "image: \"?$image\"?\$" <<<"$rendered" || return 1
    done
}

# Reverts the release, holds what follows, and pushes both or neither.
take_back() {
    local why
    why=$(printf '%s' "$title was taken back: $1" | tr '\n' ' ' | tr -d '"\\|&')
    git pull --quiet --rebase || return 1
    git revert --no-edit "${mainline[@]}" "$release" >/dev/null || {
        git revert --abort || return 1
        echo "the revert of $release conflicts with what came after it: only the hold is committed, a person must revert" >&2
    }
    sed -i -e "s|^\( *paceline.dev/held-because:\).*|\1 \"$why\"|" -e 's|^\( *paused:\).*|\1 true|' "$hold" || return 1
    git commit --quiet -m "Hold further releases" -m "$why" -m "To lift it: git revert of this commit." -- "$hold" && git push --quiet
}

if grep -q '^ *paused: true' "$hold"; then
    echo "held: $(sed -n 's/^ *paceline.dev\/held-because: *//p' "$hold"); lift it by git revert of $(git log -1 --format=%h -- "$hold")"
    exit 5
fi
until=$((SECONDS + ${SECONDS_MAX:-1800}))
while ((SECONDS < until)); do
    if look && is_seen; then
        case $phase in
            Healthy)
                echo "stays: $title"
                exit 0
                ;;
            Degraded)
                why=$(kubectl get rollouts.argoproj.io -n "$namespace" -o jsonpath='{.items[0].status.message}')
                for _ in 1 2 3; do
                    # Somebody else may push between our pull and our push.
                    take_back "$why" && { echo "taken back: $title: $why"; exit 3; }
                    git reset --quiet --hard '@{upstream}'
                done
                echo "aborted, and its commit could not be taken back: $why" >&2
                exit 1
                ;;
        esac
    fi
    sleep 1
done
echo "not known after ${SECONDS_MAX:-1800} s: $title; the Rollout says: ${phase:-nothing}"
exit 4
