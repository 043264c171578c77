//! Moves: who would have to go elsewhere so that a pod that waits gets a node, and what that costs. Nothing is carried out here.
//!
//! Moving is evicting a pod that its owner makes anew. So only those move that have such an owner, and for whom there is a place elsewhere by the
//! rules, beside those who went before them; and the pod that it is done for has to fit beside all of them in the end. Of all nodes the one is taken
//! whose most important pod that moves matters least, of these the fewest moves, of these the fewest containers that restart, of these those that
//! have run shortest. Nobody moves who matters more than the pod that it is done for, nor beyond a budget.
//!
//! Left out on purpose: gangs, pods with claims to devices or to volumes, pods of a node's own (daemons, mirrors of static pods), and moves of
//! moves: a node that could be cleared only if others made room first is not found.

use super::look::Look;
use super::room::Budgets;
use super::why::Why;
use crate::cluster::{Cluster, Name, Pod, PodKey};
use crate::rules::{Guest, Layout, Question, Row};
use k8s_openapi::api::core::v1 as core;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Kinds of owners whose pods belong to their node.
const OF_NODES: [&str; 2] = ["DaemonSet", "Node"];

/// What of a pod only the API has: who makes it anew, and what restarts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// The owner, as `kind/name`.
    pub owner: String,
    /// Its containers.
    pub containers: usize,
}

impl Owned {
    /// Of a pod that its owner makes anew, on whichever node; `None`: it has no such owner.
    pub fn read(of: &core::Pod) -> Option<Self> {
        let mut owners = of.metadata.owner_references.iter().flatten();
        let owner = owners.find(|owner| owner.controller == Some(true))?;
        let containers = of.spec.as_ref().map_or(0, |spec| spec.containers.len());
        let is_of_node = OF_NODES.contains(&owner.kind.as_str());
        (!is_of_node).then(|| Self { owner: format!("{}/{}", owner.kind, owner.name), containers })
    }
}

/// A pod that goes elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The pod.
    pub pod: PodKey,
    /// Its identity.
    pub uid: Arc<str>,
    /// Where it is.
    pub from: Name,
    /// Where there is a place for the one that is made in its stead.
    pub to: Name,
    /// Its priority.
    pub priority: i32,
    /// When it was created, in seconds of the epoch.
    pub created_s: i64,
    /// Who makes it anew, and what restarts.
    pub owned: Owned,
    /// By budget that protects it, how many may still be ended before this one is.
    pub budgets: Vec<(PodKey, usize)>,
}

/// What is to move for a pod that waits, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The node that it gets.
    pub node: Name,
    /// Who moves; nobody: there is a place already.
    pub moves: Vec<Move>,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPlan {
    /// It is not there, or does not wait.
    NotWaiting,
    /// It is of a gang, for which nobody moves.
    Gang,
    /// No node would take it, whoever moved.
    NoHelp(Why),
    /// More would have to move than may.
    TooMany {
        /// How many, at least.
        needed: usize,
        /// Why no node takes it as it is.
        why: Why,
    },
}

impl std::fmt::Display for NoPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotWaiting => f.write_str("It does not wait for a node."),
            Self::Gang => f.write_str("It is of a gang, for which nobody moves."),
            Self::NoHelp(why) => write!(f, "{why} No moves would help."),
            Self::TooMany { needed, why } => write!(f, "{why} At least {needed} would have to move."),
        }
    }
}

/// Plans what moves for a pod that waits: at most so many.
///
/// Errors: why there is no plan.
pub fn plan(
    cluster: &Cluster,
    owned: &BTreeMap<PodKey, Owned>,
    pod: &PodKey,
    most: usize,
) -> Result<Plan, NoPlan> {
    let found = cluster.pods().find(|(key, pod_of)| *key == pod && cluster.is_waiting(key, pod_of));
    let (key, pod) = found.ok_or(NoPlan::NotWaiting)?;
    let asked = Guest { key, pod };
    if pod.gang.is_some() {
        return Err(NoPlan::Gang);
    }
    let layout = Layout::of(cluster);
    let look = Look::of(&layout, asked).map_err(NoPlan::NoHelp)?;
    if let Some(at) = look.best() {
        return Ok(Plan { node: layout.rows[at].name.clone(), moves: Vec::new() });
    }
    let search = Search { layout: &layout, owned, asked };
    let plans: Vec<Plan> = look.may_give_way.iter().filter_map(|at| search.on_row(*at)).collect();
    let needed = plans.iter().map(|plan| plan.moves.len()).min();
    match (plans.into_iter().min_by_key(price), needed) {
        (Some(best), _) if best.moves.len() <= most => Ok(best),
        (Some(_), Some(needed)) => Err(NoPlan::TooMany { needed, why: look.why.clone() }),
        _ => Err(NoPlan::NoHelp(look.why.clone())),
    }
}

/// The less the better: the highest priority that moves, how many, how many containers restart, and who has run longest.
fn price(plan: &Plan) -> (Option<i32>, usize, usize, Reverse<i64>, Name) {
    let highest = plan.moves.iter().map(|one| one.priority).max();
    let containers = plan.moves.iter().map(|one| one.owned.containers).sum();
    let oldest = plan.moves.iter().map(|one| one.created_s).min().unwrap_or(i64::MAX);
    (highest, plan.moves.len(), containers, Reverse(oldest), plan.node.clone())
}

/// Whether a row takes a pod.
fn takes<'c>(layout: &Layout<'c>, at: usize, asked: Guest<'c>) -> bool {
    Question::new(layout, asked).is_ok_and(|question| question.obstacle(at, &layout.rows[at]).is_none())
}

struct Search<'s, 'c> {
    layout: &'s Layout<'c>,
    owned: &'s BTreeMap<PodKey, Owned>,
    asked: Guest<'c>,
}

impl<'c> Search<'_, 'c> {
    /// Who moves so that a row takes the pod; `None`: it would not help, or somebody has no place elsewhere.
    fn on_row(&self, at: usize) -> Option<Plan> {
        let mut movable: Vec<_> =
            self.layout.rows[at].pods.iter().filter(|guest| self.may_move(guest)).copied().collect();
        // Whoever matters most stays first, then whoever has run longest.
        movable.sort_by_key(|guest| (Reverse(guest.pod.priority), guest.pod.created_s, guest.key));
        self.greedily(at, &movable).or_else(|| self.one_alone(at, &movable))
    }

    /// All but those who may stay.
    fn greedily(&self, at: usize, movable: &[Guest<'c>]) -> Option<Plan> {
        let mut stay: BTreeSet<&PodKey> = BTreeSet::new();
        // Each time somebody is found to have no place elsewhere, and stays: no more often than there are pods.
        loop {
            let leaving =
                self.fewest(at, movable.iter().filter(|guest| !stay.contains(guest.key)).copied())?;
            match self.elsewhere(at, &leaving) {
                Ok(moves) => return Some(Plan { node: self.layout.rows[at].name.clone(), moves }),
                Err(guest) => _ = stay.insert(guest.key),
            }
        }
    }

    /// The first of whom it suffices that it leaves, whoever matters least first: a pod that looks for company does not fit where all have left.
    fn one_alone(&self, at: usize, movable: &[Guest<'c>]) -> Option<Plan> {
        movable.iter().rev().find_map(|guest| {
            let mut row = self.layout.rows[at].as_ref().clone();
            row.remove(guest.key);
            let may = self.fits(at, &row) && Budgets::of(self.layout, false).allow(&[*guest]);
            let moves = may.then(|| self.elsewhere(at, &[*guest]).ok()).flatten()?;
            Some(Plan { node: self.layout.rows[at].name.clone(), moves })
        })
    }

    fn fits(&self, at: usize, row: &Row<'c>) -> bool {
        takes(&self.layout.with(at, row.clone()), at, self.asked)
    }

    fn may_move(&self, guest: &Guest<'c>) -> bool {
        let Pod { demand, gang, priority, .. } = guest.pod;
        let is_free = gang.is_none() && demand.devices.is_empty() && demand.volumes.is_empty();
        let matters_more = *priority > self.asked.pod.priority;
        is_free && !matters_more && !self.layout.is_ending(*guest) && self.owned.contains_key(guest.key)
    }

    /// Of these those without whom there is no place on the row, within budgets.
    fn fewest(&self, at: usize, movable: impl Iterator<Item = Guest<'c>>) -> Option<Vec<Guest<'c>>> {
        let mut row = self.layout.rows[at].as_ref().clone();
        let movable: Vec<_> = movable.collect();
        movable.iter().for_each(|guest| row.remove(guest.key));
        if !self.fits(at, &row) {
            return None;
        }
        let mut leaving = Vec::new();
        for guest in movable {
            let mut with = row.clone();
            with.add(guest);
            if self.fits(at, &with) {
                row = with;
            } else {
                leaving.push(guest);
            }
        }
        let budgets = Budgets::of(self.layout, false);
        budgets.allow(&leaving).then_some(leaving)
    }

    /// Where those go who leave, one after the other, the largest first: each has a place beside those who went before it, and leaves the pod that it is
    /// done for one on the row.
    ///
    /// Errors: who finds no place.
    fn elsewhere(&self, at: usize, leaving: &[Guest<'c>]) -> Result<Vec<Move>, Guest<'c>> {
        let mut leaving = leaving.to_vec();
        leaving.sort_by_key(|guest| (Reverse(&guest.pod.demand.requests), guest.key));
        let without = |layout: &Layout<'c>, gone: &[Guest<'c>]| {
            let mut row = layout.rows[at].as_ref().clone();
            gone.iter().for_each(|guest| row.remove(guest.key));
            layout.with(at, row)
        };
        // As it is before each move, and as it will be after the last.
        let (mut now, mut then) = (self.layout.clone(), without(self.layout, &leaving));
        let mut moves: Vec<Move> = Vec::new();
        for (moved, guest) in leaving.iter().enumerate() {
            now = without(&now, &[*guest]);
            let look = Look::of(&now, *guest).map_err(|_| *guest)?;
            let mut places = look.ranked().into_iter().filter(|to| *to != at);
            let found = places.find_map(|to| {
                let name = now.rows[to].name;
                let mut next = then.clone();
                next.place(name, *guest, &[]);
                takes(&next, at, self.asked).then_some((name, next))
            });
            let (to, next) = found.ok_or(*guest)?;
            now.place(to, *guest, &[]);
            then = next;
            moves.push(Move {
                pod: guest.key.clone(),
                uid: guest.pod.uid.clone(),
                from: self.layout.rows[at].name.clone(),
                to: to.clone(),
                priority: guest.pod.priority,
                created_s: guest.pod.created_s,
                owned: self.owned.get(guest.key).cloned().ok_or(*guest)?,
                budgets: Budgets::of(self.layout, false).left_of(*guest, &leaving[..moved]),
            });
        }
        Ok(moves)
    }
}
