//! What happened, followed as it was heard: for the same figures as those of a replay.

use super::lives::LifeId;
use super::policy::KubernetesPolicy;
use super::record::ClusterRecord;
use super::stage::Stage;
use super::tally::{KubernetesOutcome, Tally};
use k8s_openapi::api::core::v1 as core;
use paceline_kubernetes::cluster::PodKey;
use paceline_kubernetes::record::{Event, Kind, Object};
use std::collections::BTreeSet;

pub(super) fn follow(record: &ClusterRecord, show: &mut dyn FnMut(f64)) -> KubernetesOutcome {
    let (mut stage, mut tally) = (Stage::default(), Tally::new(record));
    let mut judged: BTreeSet<LifeId> = BTreeSet::new();
    let mut is_behind = false;
    for (at, event) in &record.events {
        tally.look_until(*at, &stage);
        show(tally.share(*at));
        match event {
            Event::Is(object) => stage.put(object.clone()),
            Event::Gone(kind, key) => stage.gone(*kind, key),
            // What was missed is found in the order of names: who stood where when somebody was bound is not known.
            Event::Gap(gap) if gap.of.is_none_or(|kind| kind == Kind::Pod) => is_behind = true,
            Event::CaughtUp(Kind::Pod) => is_behind = false,
            Event::Complete | Event::Gap(_) | Event::CaughtUp(_) | Event::Still => {}
        }
        let Event::Is(Object::Pod(of)) = event else { continue };
        let key = PodKey::of(&of.metadata);
        let (Some(id), Some(node)) = (record.lives.find(&key, of.metadata.uid.as_deref()), node_of(of))
        else {
            continue;
        };
        // A pod that was given may stand where it does for a reason of before, or of its owner's.
        if record.lives.get(id).asked.is_some() && judged.insert(id) && !is_behind {
            tally.broken(stage.broken(&key, node));
        }
    }
    for (id, life) in record.lives.iter() {
        if let Some((node, at)) = &life.bound {
            tally.bound(id, node.clone(), *at);
        }
        if let (None, Some((_, at))) = (&life.bound, life.end) {
            tally.left(id, at);
        }
    }
    tally.close(record, KubernetesPolicy::Recorded, &stage)
}

fn node_of(of: &core::Pod) -> Option<&str> {
    of.spec.as_ref()?.node_name.as_deref().filter(|name| !name.is_empty())
}
