//! States in the order in which one kind of task likes them: scored once each, kept in order as nodes come and go.

use super::cluster::{Cluster, State, StateRow};
use super::filter::refusal;
use super::mix::Mix;
use super::task::Task;

/// Keys in a block: one block's maximum is found in a few vector instructions, and ten thousand states are 157 blocks.
const BLOCK: usize = 64;

/// States on which a task fits that are scored at first. The best of so many is good enough where nodes differ more than that; the others are
/// scored once these are gone, so that a refusal is of all nodes.
const SCORED_MAX: usize = 8_192;

#[derive(Clone, Copy, PartialEq)]
enum Standing {
    Unknown,
    Unfit,
    Points(i32),
}

/// For one kind of task: points of each state, and a key that orders states by points and then by the rank of their first node.
pub(super) struct Ranking {
    standings: Vec<Standing>,
    /// 0 where the task does not fit or no node is there.
    keys: Vec<u64>,
    /// The highest key of each block.
    blocks: Vec<u64>,
    /// Changes of the cluster that are taken in.
    seen: u64,
    /// States from here on are scored only as they change.
    unscored: usize,
}

impl Ranking {
    pub(super) fn new(cluster: &Cluster, task: &Task, mix: &Mix) -> Self {
        let mut new =
            Self { standings: Vec::new(), keys: Vec::new(), blocks: Vec::new(), seen: 0, unscored: 0 };
        new.rebuild(cluster, task, mix);
        new
    }
    /// Takes in what has changed since it was last asked.
    pub(super) fn refresh(&mut self, cluster: &Cluster, task: &Task, mix: &Mix) {
        let Some((changed, now)) = cluster.changes_since(self.seen) else {
            return self.rebuild(cluster, task, mix);
        };
        self.grow(cluster.states().len());
        for &state in changed {
            self.set(cluster, state, task, mix);
            self.lift(state.0 as usize / BLOCK);
        }
        self.seen = now;
        while self.best().is_none() && self.unscored < self.keys.len() {
            self.score_more(cluster, task, mix, SCORED_MAX);
        }
    }
    /// Scores what is left unscored.
    pub(super) fn complete(&mut self, cluster: &Cluster, task: &Task, mix: &Mix) {
        self.score_more(cluster, task, mix, usize::MAX);
    }
    /// The state to take a node from.
    pub(super) fn best(&self) -> Option<StateRow> {
        let (block, &highest) = self.blocks.iter().enumerate().max_by_key(|(_, key)| **key)?;
        if highest == 0 {
            return None;
        }
        let start = block * BLOCK;
        let within = self.keys[start..].iter().position(|key| *key == highest)?;
        Some(StateRow((start + within) as u32))
    }
    /// The points of a state; `None` where the task does not fit.
    pub(super) fn points(&self, state: StateRow) -> Option<i32> {
        match self.standings[state.0 as usize] {
            Standing::Points(points) => Some(points),
            Standing::Unknown | Standing::Unfit => None,
        }
    }

    fn rebuild(&mut self, cluster: &Cluster, task: &Task, mix: &Mix) {
        self.standings.clear();
        self.keys.clear();
        self.blocks.clear();
        self.grow(cluster.states().len());
        self.unscored = 0;
        self.seen = cluster.changes_now();
        self.score_more(cluster, task, mix, SCORED_MAX);
    }
    /// Goes on where scoring stopped, until `most` states more fit.
    fn score_more(&mut self, cluster: &Cluster, task: &Task, mix: &Mix, most: usize) {
        let mut fit = 0;
        let first = self.unscored / BLOCK;
        while self.unscored < self.keys.len() && fit < most {
            self.set(cluster, StateRow(self.unscored as u32), task, mix);
            fit += usize::from(self.keys[self.unscored] > 0);
            self.unscored += 1;
        }
        let last = self.unscored.div_ceil(BLOCK);
        (first..last).for_each(|block| self.lift(block));
    }
    fn grow(&mut self, states: usize) {
        self.standings.resize(states, Standing::Unknown);
        self.keys.resize(states, 0);
        self.blocks.resize(states.div_ceil(BLOCK), 0);
    }
    fn set(&mut self, cluster: &Cluster, row: StateRow, task: &Task, mix: &Mix) {
        let state = cluster.state(row);
        let at = row.0 as usize;
        self.keys[at] = 0;
        let Some((rank, _)) = state.members.first() else { return };
        if self.standings[at] == Standing::Unknown {
            self.standings[at] = standing(cluster, state, task, mix);
        }
        if let Standing::Points(points) = self.standings[at] {
            self.keys[at] = key(points, *rank);
        }
    }
    fn lift(&mut self, block: usize) {
        let start = block * BLOCK;
        let end = self.keys.len().min(start + BLOCK);
        self.blocks[block] = self.keys[start..end].iter().fold(0, |highest, key| highest.max(*key));
    }
}

fn standing(cluster: &Cluster, state: &State, task: &Task, mix: &Mix) -> Standing {
    let profile = cluster.profile_at(state.profile);
    if refusal(profile, &state.free, task).is_some() {
        return Standing::Unfit;
    }
    match mix.best(profile, &state.free, task) {
        Some((points, _)) => Standing::Points(points.saturating_add(profile.points)),
        None => Standing::Unfit,
    }
}

/// Higher points first, then the lower rank; never 0, since a rank is below `u32::MAX`.
pub(super) fn key(points: i32, rank: u32) -> u64 {
    let ascending = (points as u32) ^ (1 << 31);
    u64::from(ascending) << 32 | u64::from(u32::MAX - rank)
}
