//! A round: who of those that wait goes where, who has to give way, and why the others wait.
//!
//! In the order of the queue. Each decision is about the cluster with those before it in place; of a gang all are placed by one decision, or
//! none. Nothing here reads a clock or asks anybody: the same cluster gives the same round.

mod alike;
mod decision;
mod gang;
mod look;
pub mod moves;
mod queue;
mod room;
mod score;
mod why;

pub use decision::{Decided, Decision, Round};
pub use room::NoRoom;
pub use why::{Gathered, Why};

use crate::cluster::{Cluster, PodKey};
use crate::limits::GANG_MAX;
use crate::rules::{Guest, Layout};
use alike::{Alike, alike};
use look::Look;
use queue::Turn;
use std::collections::BTreeMap;

/// Decides about the pods that wait for the scheduler of this name, one turn after the other, until there are at least `most` decisions: at
/// most [`GANG_MAX`] more than that.
pub fn round(cluster: &Cluster, scheduler: &str, most: usize) -> Round {
    let turns = queue::turns(cluster, scheduler);
    if turns.is_empty() {
        return Round::default();
    }
    let mut rounds = Rounds { layout: Layout::of(cluster), refused: BTreeMap::new() };
    let mut round = Round::default();
    for turn in turns {
        if round.decided.len() >= most {
            round.has_more = true;
            break;
        }
        let mut decided = rounds.decide(&turn);
        // Of more than are placed together some are told now, the others in rounds to come.
        if decided.len() > GANG_MAX {
            decided.retain(|(guest, _)| !cluster.is_refused(guest.key, guest.pod));
            round.has_more |= decided.len() > GANG_MAX;
            decided.truncate(GANG_MAX);
        }
        round.decided.extend(decided.into_iter().map(|(guest, decision)| Decided {
            pod: guest.key.clone(),
            uid: guest.pod.uid.clone(),
            decision,
        }));
    }
    round
}

/// What would become of one pod, with those of its gang, as the cluster is; `None`: it is not there.
pub fn ask(cluster: &Cluster, pod: &PodKey) -> Option<Decision> {
    let (key, pod) = cluster.pods().find(|(key, _)| *key == pod)?;
    let mut rounds = Rounds { layout: Layout::of(cluster), refused: BTreeMap::new() };
    let decided = rounds.decide(&Turn::of(cluster, Guest { key, pod }));
    decided.into_iter().find_map(|(guest, decision)| (guest.key == key).then_some(decision))
}

/// A round under way.
struct Rounds<'c> {
    layout: Layout<'c>,
    /// Who was refused in this round: what is like them is too, while places are only taken.
    refused: BTreeMap<Alike<'c>, Why>,
}

impl<'c> Rounds<'c> {
    fn decide(&mut self, turn: &Turn<'c>) -> Vec<(Guest<'c>, Decision)> {
        match turn {
            Turn::Alone(guest) => vec![(*guest, self.decide_alone(*guest))],
            Turn::Together(gang) => match gang.place(&self.layout) {
                Ok(placed) => {
                    self.layout = placed.layout;
                    placed.binds
                }
                Err(why) => gang.waiting.iter().map(|guest| (*guest, Decision::Wait(why.clone()))).collect(),
            },
        }
    }

    fn decide_alone(&mut self, asked: Guest<'c>) -> Decision {
        let known = alike(asked).and_then(|alike| self.refused.get(&alike));
        if let Some(why) = known {
            return Decision::Wait(why.clone());
        }
        let decision = look(&self.layout, asked);
        match &decision {
            Decision::Bind { node, devices } => self.layout.place(node, asked, devices),
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
}

/// What is to become of a pod that goes alone.
fn look<'c>(layout: &Layout<'c>, asked: Guest<'c>) -> Decision {
    let look = match Look::of(layout, asked) {
        Ok(look) => look,
        Err(why) => return Decision::Wait(why),
    };
    if let Some(at) = look.best() {
        return look.bind(at);
    }
    match room::make(layout, asked, &look.question, &look.may_give_way) {
        Ok(room) => {
            let node = layout.rows[room.at].name.clone();
            let victims = room.victims.iter().map(|guest| guest.key.clone()).collect();
            Decision::MakeRoom { node, victims, why: look.why }
        }
        Err(no_room) => Decision::Wait(look.why.without_room(no_room)),
    }
}
