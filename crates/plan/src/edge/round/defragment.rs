//! Moves for their own sake: which, and what each frees. Nothing is proposed to a round: whoever asked looks at the plan first, and each of
//! its steps comes back as a demand of a round of its own time (`improving`).

use super::filling::{StaySpread, all_running};
use super::problem::Problem;
use crate::Budget;
use crate::edge::placement::{self as kernel, Defragmenting, Measure, Placer, Relocation, Usable};

/// How much a plan may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most moves.
    pub moves_max: usize,
    /// Points that each gains at least.
    pub gain_min: i32,
}

/// A plan of moves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defragmented {
    /// In the order in which they are to be made.
    pub steps: Vec<Relocation>,
    /// How the GPUs stand.
    pub now: Usable,
    /// How they stand after the last step.
    pub then: Usable,
    /// Whether the budget ended before there was nothing more to gain.
    pub ran_short: bool,
}

/// Plans moves of what runs and is not held ([`super::Running::held`]): each lawful when its turn comes, since it goes where there is room
/// while it still runs, and its workload stays spread. `placer` must be fresh, such as [`Problem::placer`].
///
/// Work and known gaps: [`kernel::defragment`].
pub fn defragment(
    problem: &Problem,
    placer: &mut Placer,
    limits: Limits,
    budget: &mut Budget,
) -> Defragmented {
    let (mut cluster, replicas) = all_running(problem);
    let measure = Measure::new(&problem.known.expected);
    let now = measure.usable(&cluster);
    let means = Defragmenting {
        replicas: &replicas,
        moves_max: limits.moves_max,
        gain_min: limits.gain_min,
        elsewhere: &StaySpread { problem, spreads: &problem.spreads },
        measure: &measure,
    };
    let steps = kernel::defragment(&mut cluster, placer, &means, budget);
    let then = steps.iter().fold(now, |then, step| Usable {
        gpus: then.gpus.saturating_add_signed(step.freed.gpus),
        fragmented_milli: then.fragmented_milli - step.freed.usable_milli,
    });
    Defragmented { steps, now, then, ran_short: budget.is_over() }
}
