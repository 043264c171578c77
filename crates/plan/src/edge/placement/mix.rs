//! Scores as plug-ins, and their mix by weights.

use super::amounts::Amounts;
use super::choices::choices;
use super::profile::Profile;
use super::rows::{Devices, PolicyRow};
use super::task::Task;

/// One task put on one node: what a score judges. It may look at nothing else, so that what it says stays true until the node changes.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// What stays of the node.
    pub profile: &'a Profile,
    /// What is free before.
    pub before: &'a Amounts,
    /// What is free after.
    pub after: &'a Amounts,
    /// What is put there.
    pub task: &'a Task,
}

/// A wish about where a task goes, in points: higher is better. Each says its range and unit.
pub trait Score: Send + Sync {
    /// The points of this step; the same for the same step.
    fn points(&self, step: &Step<'_>) -> i32;
}

/// Most scores of a mix: more than there are.
const SCORES_MAX: usize = 24;

/// What each score of a [`Mix`] adds to the points of one step, weighted, in the order in which the scores were added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts([i32; SCORES_MAX]);

impl Parts {
    /// What the score at this place adds; 0 where there is none.
    pub fn get(&self, at: usize) -> i32 {
        self.0.get(at).copied().unwrap_or(0)
    }
    /// All of them together.
    pub fn sum(&self) -> i32 {
        self.0.iter().copied().fold(0, i32::saturating_add)
    }
}

struct Weighted {
    /// By [`PolicyRow`]; at least one.
    weights: Vec<i32>,
    score: Box<dyn Score>,
}

impl Weighted {
    fn points(&self, step: &Step<'_>) -> i32 {
        let PolicyRow(policy) = step.profile.policy;
        let weight = *self.weights.get(usize::from(policy)).unwrap_or(&self.weights[0]);
        if weight == 0 { 0 } else { weight.saturating_mul(self.score.points(step)) }
    }
}

/// Scores and their weights; a node's points are the sum of weight times points.
#[derive(Default)]
pub struct Mix {
    scores: Vec<Weighted>,
}

impl Mix {
    /// One score alone.
    pub fn of(score: impl Score + 'static) -> Self {
        Self::default().and(1, score)
    }
    /// With `score` too.
    #[must_use]
    pub fn and(self, weight: i32, score: impl Score + 'static) -> Self {
        self.and_by(vec![weight], score)
    }
    /// With `score` too, weighted by the policy that holds on a node; by the first where there is none of its number.
    ///
    /// Panics without a weight, and beyond 24 scores.
    #[must_use]
    pub fn and_by(mut self, weights: Vec<i32>, score: impl Score + 'static) -> Self {
        assert!(!weights.is_empty() && self.scores.len() < SCORES_MAX, "a weight, and room for the score");
        self.scores.push(Weighted { weights, score: Box::new(score) });
        self
    }
    /// The points of one step.
    pub fn points(&self, step: &Step<'_>) -> i32 {
        self.scores.iter().map(|score| score.points(step)).fold(0, i32::saturating_add)
    }
    /// What each score adds to [`Self::points`].
    pub fn parts(&self, step: &Step<'_>) -> Parts {
        let mut parts = Parts::default();
        parts.0.iter_mut().zip(&self.scores).for_each(|(part, score)| *part = score.points(step));
        parts
    }
    /// The best choice of devices on a node where `task` fits, with its points; ties to the first choice.
    pub(super) fn best(&self, profile: &Profile, free: &Amounts, task: &Task) -> Option<(i32, Devices)> {
        let mut best: Option<(i32, Devices)> = None;
        for devices in choices(profile, free, task) {
            let after = free.after(task, devices);
            let points = self.points(&Step { profile, before: free, after: &after, task });
            if best.is_none_or(|(highest, _)| points > highest) {
                best = Some((points, devices));
            }
        }
        best
    }
}
