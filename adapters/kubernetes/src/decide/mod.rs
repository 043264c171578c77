//! A round: who of those that wait goes where, who has to give way, and why the others wait.
//!
//! By priority, then by age, then by name. Each decision is about the cluster with those before it in place. Nothing here reads a clock or
//! asks anybody: the same cluster gives the same round.

mod room;
mod score;
mod why;

pub use room::NoRoom;
pub use why::Why;

use crate::cluster::{Allotment, Cluster, Demand, Labels, Name, Phase, Pod, PodKey};
use crate::rules::{Guest, Layout, Question};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is to become of a pod.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// It runs there.
    Bind {
        /// On which node.
        node: Name,
        /// What its claims get that have no devices yet.
        devices: Vec<Allotment>,
    },
    /// No node takes it.
    Wait(Why),
    /// No node takes it, but one will once these have ended.
    MakeRoom {
        /// On which node.
        node: Name,
        /// Who ends.
        victims: Vec<PodKey>,
        /// Why no node takes it as it is.
        why: Why,
    },
}

/// A decision with the pod that it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// The pod.
    pub pod: PodKey,
    /// Its identity.
    pub uid: Arc<str>,
    /// What is to become of it.
    pub decision: Decision,
}

/// What came of a round.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Round {
    /// In the order in which they were made.
    pub decided: Vec<Decided>,
    /// Whether somebody was left for the next round.
    pub has_more: bool,
}

/// Decides about at most `most` of the pods that wait for the scheduler of this name.
pub fn round(cluster: &Cluster, scheduler: &str, most: usize) -> Round {
    let mut waiting: Vec<_> = waiting(cluster, scheduler).collect();
    if waiting.is_empty() {
        return Round::default();
    }
    waiting.sort_by_key(|guest| (Reverse(guest.pod.priority), guest.pod.created_s, guest.key));
    let has_more = waiting.len() > most;
    let mut rounds = Rounds { layout: Layout::of(cluster), refused: BTreeMap::new() };
    let decided = waiting.into_iter().take(most).map(|guest| {
        let decision = rounds.decide(guest);
        Decided { pod: guest.key.clone(), uid: guest.pod.uid.clone(), decision }
    });
    Round { decided: decided.collect(), has_more }
}

/// What would become of one pod alone, as the cluster is; `None`: it is not there.
pub fn ask(cluster: &Cluster, pod: &PodKey) -> Option<Decision> {
    let (key, pod) = cluster.pods().find(|(key, _)| *key == pod)?;
    let mut rounds = Rounds { layout: Layout::of(cluster), refused: BTreeMap::new() };
    Some(rounds.decide(Guest { key, pod }))
}

/// Those who wait for a decision: not held back, not bound, not refused since anything has become possible.
fn waiting<'c>(cluster: &'c Cluster, scheduler: &str) -> impl Iterator<Item = Guest<'c>> {
    let waits = move |key: &PodKey, pod: &Pod| {
        pod.scheduler.as_ref() == scheduler
            && pod.phase == Phase::Live
            && !pod.gated
            && !cluster.is_ending(key, pod)
            && cluster.node_of(key, pod).is_none()
            && !cluster.is_refused(key, pod)
    };
    let guests = cluster.pods().map(|(key, pod)| Guest { key, pod });
    guests.filter(move |guest| waits(guest.key, guest.pod))
}

/// All that the answer to a pod depends on, but for the cluster: pods of one controller are alike in it.
type Alike<'c> = (i32, bool, Option<&'c Name>, &'c Name, &'c Labels, &'c Demand);

/// A round under way.
struct Rounds<'c> {
    layout: Layout<'c>,
    /// Who was refused in this round: what is like them is too, while places are only taken.
    refused: BTreeMap<Alike<'c>, Why>,
}

impl<'c> Rounds<'c> {
    fn decide(&mut self, asked: Guest<'c>) -> Decision {
        let known = alike(asked).and_then(|alike| self.refused.get(&alike));
        if let Some(why) = known {
            return Decision::Wait(why.clone());
        }
        let decision = self.look(asked);
        match &decision {
            Decision::Bind { node, devices } => {
                self.layout.forget_nomination(asked.key);
                self.layout.give(devices);
                let at = self.layout.at(node);
                at.into_iter().for_each(|at| self.layout.add(at, asked));
            }
            Decision::Wait(why) => {
                alike(asked).and_then(|alike| self.refused.insert(alike, why.clone()));
            }
            Decision::MakeRoom { node, victims, .. } => {
                let at = self.layout.at(node);
                at.into_iter().for_each(|at| self.make_room(at, asked, victims));
            }
        }
        decision
    }

    fn make_room(&mut self, at: usize, asked: Guest<'c>, victims: &[PodKey]) {
        let ending: Vec<_> =
            self.layout.rows[at].pods.iter().filter(|guest| victims.contains(guest.key)).copied().collect();
        ending.into_iter().for_each(|guest| self.layout.condemn(guest));
        self.layout.nominate(at, asked);
    }

    fn look(&self, asked: Guest<'c>) -> Decision {
        let question = match Question::new(&self.layout, asked) {
            Ok(question) => question,
            Err(bar) => return Decision::Wait(Why::barred(bar)),
        };
        let mut why = Why::of_nodes(self.layout.rows.len());
        let mut possible = Vec::new();
        let mut may_give_way = Vec::new();
        for (at, row) in self.layout.rows.iter().enumerate() {
            match question.obstacle(at, row) {
                None => possible.push(at),
                Some(obstacle) => {
                    if obstacle.may_give_way() {
                        may_give_way.push(at);
                    }
                    why.count(obstacle);
                }
            }
        }
        if let Some(at) = self.best(asked, &possible) {
            let row = self.layout.rows[at].as_ref();
            return Decision::Bind { node: row.name.clone(), devices: question.allot(row) };
        }
        match room::make(&self.layout, asked, &question, &may_give_way) {
            Ok(room) => {
                let node = self.layout.rows[room.at].name.clone();
                let victims = room.victims.iter().map(|guest| guest.key.clone()).collect();
                Decision::MakeRoom { node, victims, why }
            }
            Err(no_room) => Decision::Wait(why.without_room(no_room)),
        }
    }

    /// Where room was made for it, if it may go there; else the node with most points, of equals the first by name.
    fn best(&self, asked: Guest<'c>, possible: &[usize]) -> Option<usize> {
        let nominated = self.layout.cluster.nominated(asked.key, asked.pod);
        let nominated = nominated.and_then(|node| self.layout.at(node));
        if let Some(at) = nominated.filter(|at| possible.contains(at)) {
            return Some(at);
        }
        let points = score::points(&self.layout, asked, possible);
        let best = points.iter().zip(possible).max_by_key(|(points, at)| (**points, Reverse(**at)));
        best.map(|(_, at)| *at)
    }
}

/// What a refusal of this pod says of others. Nothing where it wants to be near somebody, or evenly spread: a pod that is placed after it may make
/// a place of what was none. Nothing where room is made for it: it alone may have that.
fn alike(of: Guest<'_>) -> Option<Alike<'_>> {
    let Pod { demand, labels, priority, preempts, class, nominated, .. } = of.pod;
    let is_alone = !demand.pods.near.is_empty() || !demand.spread.is_empty() || nominated.is_some();
    (!is_alone)
        .then(|| (*priority, *preempts, class.as_ref(), &of.key.namespace, labels.as_ref(), demand.as_ref()))
}
