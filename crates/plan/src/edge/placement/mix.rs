//! Scores as plug-ins, and their mix by weights.

use super::amounts::Amounts;
use super::choices::choices;
use super::profile::Profile;
use super::rows::Devices;
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

/// Scores and their weights; a node's points are the sum of weight times points.
#[derive(Default)]
pub struct Mix {
    parts: Vec<(i32, Box<dyn Score>)>,
}

impl Mix {
    /// One score alone.
    pub fn of(score: impl Score + 'static) -> Self {
        Self::default().and(1, score)
    }
    /// With `score` too.
    #[must_use]
    pub fn and(mut self, weight: i32, score: impl Score + 'static) -> Self {
        self.parts.push((weight, Box::new(score)));
        self
    }
    /// The points of one step.
    pub fn points(&self, step: &Step<'_>) -> i32 {
        let weighted = |(weight, score): &(i32, Box<dyn Score>)| weight.saturating_mul(score.points(step));
        self.parts.iter().map(weighted).fold(0, i32::saturating_add)
    }
    /// The best choice of devices on a node where `task` fits, with its points; ties to the first choice.
    pub(super) fn best(&self, profile: &Profile, free: &Amounts, task: &Task) -> Option<(i32, Devices)> {
        let mut best: Option<(i32, Devices)> = None;
        for devices in choices(free, task) {
            let after = free.after(task, devices);
            let points = self.points(&Step { profile, before: free, after: &after, task });
            if best.is_none_or(|(highest, _)| points > highest) {
                best = Some((points, devices));
            }
        }
        best
    }
}
