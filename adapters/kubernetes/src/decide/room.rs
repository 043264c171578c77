//! Who gives way to a pod that no node takes. Source: Kubernetes, "Pod Priority and Preemption".
//!
//! The least is lost: of all nodes the one whose most important victim matters least, of these the one with fewest, of these whose have run
//! shortest. On a node only those end without whom there is no place, the most important being spared first. Disruption budgets are kept, unless
//! the priority class of the pod says otherwise.

use crate::cluster::{Budget, PodKey};
use crate::rules::{Guest, Layout, Question, Row};
use std::cmp::Reverse;

/// At most so many nodes are tried where each costs a look around the whole cluster: with the default of kube-scheduler, a hundred.
const TRIED_MAX: usize = 100;

/// Room that can be made.
pub(super) struct Room<'c> {
    /// On which row.
    pub(super) at: usize,
    /// Who ends.
    pub(super) victims: Vec<Guest<'c>>,
}

/// Why no room is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoom {
    /// It is of a gang, for which nobody gives way.
    Gang,
    /// Its priority class never lets others give way.
    Never,
    /// Somebody is ending for it already.
    Underway,
    /// There is no node that would take it if everybody of lower priority ended.
    NoHelp,
    /// There is one, but a disruption budget is in the way.
    Budget,
}

impl std::fmt::Display for NoRoom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Gang => "Nobody gives way to a gang",
            Self::Never => "Nobody gives way to it: its preemption policy is Never",
            Self::Underway => "Pods are ending to make room for it",
            Self::NoHelp => "It would not help if all pods of lower priority ended",
            Self::Budget => "Pods of lower priority would make room, but disruption budgets keep them",
        })
    }
}

/// Finds who gives way, among these rows.
pub(super) fn make<'c>(
    layout: &Layout<'c>,
    asked: Guest<'c>,
    question: &Question<'_, 'c>,
    rows: &[usize],
) -> Result<Room<'c>, NoRoom> {
    if !asked.pod.preempts {
        return Err(NoRoom::Never);
    }
    if is_underway(layout, asked) {
        return Err(NoRoom::Underway);
    }
    let search = Search { layout, asked, question };
    let most = if question.looks_around() { TRIED_MAX } else { rows.len() };
    let mut found_beyond_budgets = false;
    let rooms = rows.iter().take(most).filter_map(|at| match search.on_row(*at) {
        Ok(victims) => victims.map(|victims| Room { at: *at, victims }),
        Err(NeedsBudget) => {
            found_beyond_budgets = true;
            None
        }
    });
    let least = rooms.min_by_key(|room| loss(&room.victims));
    least.ok_or(if found_beyond_budgets { NoRoom::Budget } else { NoRoom::NoHelp })
}

/// Whether somebody of lower priority is still ending where room is made for the pod.
fn is_underway(layout: &Layout<'_>, asked: Guest<'_>) -> bool {
    let node = layout.cluster.nominated(asked.key, asked.pod);
    node.and_then(|node| layout.at(node)).is_some_and(|at| {
        layout.rows[at]
            .pods
            .iter()
            .any(|guest| guest.pod.priority < asked.pod.priority && layout.is_ending(*guest))
    })
}

/// What is lost: the highest priority, how many, and who has run longest. Those who are ending anyway are not lost.
fn loss(victims: &[Guest<'_>]) -> (Option<i32>, usize, Reverse<i64>) {
    let highest = victims.iter().map(|guest| guest.pod.priority).max();
    let oldest = victims.iter().map(|guest| guest.pod.created_s).min().unwrap_or(i64::MAX);
    (highest, victims.len(), Reverse(oldest))
}

/// There would be room, if a disruption budget were exceeded.
struct NeedsBudget;

struct Search<'s, 'l, 'c> {
    layout: &'s Layout<'c>,
    asked: Guest<'c>,
    question: &'s Question<'l, 'c>,
}

impl<'c> Search<'_, '_, 'c> {
    /// Who has to end on a row; `None`: it would not help.
    fn on_row(&self, at: usize) -> Result<Option<Vec<Guest<'c>>>, NeedsBudget> {
        let row = self.layout.rows[at].as_ref();
        let mut lower: Vec<_> =
            row.pods.iter().filter(|guest| guest.pod.priority < self.asked.pod.priority).copied().collect();
        if lower.is_empty() {
            return Ok(None);
        }
        let mut empty = row.clone();
        lower.iter().for_each(|guest| empty.remove(guest.key));
        if !self.fits(at, &empty) {
            return Ok(None);
        }
        let is_beyond = self.layout.cluster.is_beyond_budgets(self.asked.pod.class.as_ref());
        let budgets = Budgets::of(self.layout, is_beyond);
        lower.sort_by_key(|guest| self.spared_first(*guest, &budgets));
        let mut victims = Vec::new();
        for guest in lower {
            let mut with = empty.clone();
            with.add(guest);
            if self.fits(at, &with) {
                empty = with;
            } else {
                victims.push(guest);
            }
        }
        victims.retain(|guest| !self.layout.is_ending(*guest));
        if budgets.allow(&victims) { Ok(Some(victims)) } else { Err(NeedsBudget) }
    }

    /// Those whom a budget keeps are spared first, then whoever matters most or has run longest; those who are ending anyway last.
    fn spared_first<'g>(
        &self,
        guest: Guest<'g>,
        budgets: &Budgets<'_>,
    ) -> (bool, bool, Reverse<i32>, i64, &'g PodKey) {
        let may_end = budgets.allow(&[guest]);
        (self.layout.is_ending(guest), may_end, Reverse(guest.pod.priority), guest.pod.created_s, guest.key)
    }

    fn fits(&self, at: usize, row: &Row<'c>) -> bool {
        if !self.question.looks_around() {
            return self.question.obstacle(at, row).is_none();
        }
        let layout = self.layout.with(at, row.clone());
        Question::new(&layout, self.asked).is_ok_and(|question| question.obstacle(at, row).is_none())
    }
}

/// How many more pods of each budget may end.
pub(super) struct Budgets<'c> {
    left: Vec<(&'c PodKey, &'c Budget, usize)>,
    is_beyond: bool,
}

impl<'c> Budgets<'c> {
    /// All of them; those who exceed them are kept by none.
    pub(super) fn of(layout: &Layout<'c>, is_beyond: bool) -> Self {
        let cluster = layout.cluster;
        let left = cluster.budgets().map(|(key, budget)| {
            // Whom the server does not show as ending yet, its budget does not count.
            let ending = layout.condemned().filter(|guest| is_of(key, budget, *guest)).count();
            (key, budget, usize::try_from(budget.allowed).unwrap_or(0).saturating_sub(ending))
        });
        Self { left: left.collect(), is_beyond }
    }

    /// Whether all of these may end.
    pub(super) fn allow(&self, victims: &[Guest<'_>]) -> bool {
        let within = |(key, budget, left): &(&PodKey, &Budget, usize)| {
            victims.iter().filter(|guest| is_of(key, budget, **guest)).count() <= *left
        };
        self.is_beyond || self.left.iter().all(within)
    }

    /// By budget of a pod, how many may still end once these have.
    pub(super) fn left_of(&self, guest: Guest<'_>, before: &[Guest<'_>]) -> Vec<(PodKey, usize)> {
        let own = self.left.iter().filter(|(key, budget, _)| is_of(key, budget, guest));
        let left = own.map(|(key, budget, left)| {
            let ended = before.iter().filter(|one| is_of(key, budget, **one)).count();
            ((*key).clone(), left.saturating_sub(ended))
        });
        left.collect()
    }
}

/// Whether a pod is one of those that a budget protects.
fn is_of(key: &PodKey, budget: &Budget, guest: Guest<'_>) -> bool {
    key.namespace == guest.key.namespace && budget.protects(&guest.pod.labels)
}
