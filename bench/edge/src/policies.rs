//! The policies that stand side by side.

use crate::openb::Trace;
use crate::power::watts;
use crate::protocol::Placing;
use paceline_plan::Rng;
use paceline_plan::edge::placement::check::Running;
use paceline_plan::edge::placement::scores::{
    self, BestFit, Clustering, DotProduct, Fragmentation, Packing, Power,
};
use paceline_plan::edge::placement::{
    Beside, Cluster, Expected, Mix, NodeRow, Placement, Placer, Task, plain,
};
use std::cell::RefCell;

/// What places one task after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Policy {
    Random,
    DotProduct,
    Clustering,
    Packing,
    BestFit,
    Fgd,
    Ahead,
    /// FGD and watts times this weight.
    FgdPower(i32),
    /// Ours and watts times this weight.
    AheadPower(i32),
}

/// In the order of the published table, and ours behind.
pub(crate) const TABLE: [Policy; 7] = [
    Policy::Random,
    Policy::DotProduct,
    Policy::Clustering,
    Policy::Packing,
    Policy::BestFit,
    Policy::Fgd,
    Policy::Ahead,
];

impl Policy {
    pub(crate) fn placing(self, trace: &Trace, seed: u64) -> Box<dyn Placing> {
        let expected = Expected::of(&trace.tasks);
        let empty = Cluster::shuffled(trace.nodes.iter().cloned(), seed);
        let mix = match self {
            Self::Random => {
                return Box::new(Draw {
                    placer: Placer::new(Mix::default()),
                    draws: Draws(RefCell::new(Rng::of(seed, "random"))),
                });
            }
            Self::DotProduct => Mix::of(DotProduct),
            Self::Clustering => Mix::of(Clustering),
            Self::Packing => Mix::of(Packing),
            Self::BestFit => Mix::of(BestFit),
            Self::Fgd => Mix::of(Fragmentation::new(&expected)),
            Self::Ahead => scores::ahead(&expected, &empty),
            Self::FgdPower(weight) => Mix::default()
                .and(10, Fragmentation::new(&expected))
                .and(weight, Power::new(watts(&trace.models))),
            Self::AheadPower(weight) => {
                scores::ahead(&expected, &empty).and(weight, Power::smoothed(watts(&trace.models)))
            }
        };
        Box::new(Placer::new(mix))
    }
}

impl Placing for Placer {
    fn place(&mut self, cluster: &mut Cluster, task: &Task) -> Option<Running> {
        let found = self.find(cluster, task).ok()?;
        take(cluster, task, &found)
    }
}

/// Any node on which the task fits.
struct Draw {
    placer: Placer,
    draws: Draws,
}

struct Draws(RefCell<Rng>);

impl Beside for Draws {
    fn admits(&self, _: NodeRow) -> bool {
        true
    }
    fn points(&self, _: NodeRow) -> i32 {
        self.0.borrow_mut().below(1 << 30) as i32
    }
}

impl Placing for Draw {
    fn place(&mut self, cluster: &mut Cluster, task: &Task) -> Option<Running> {
        let found = self.placer.find_among(cluster, task, &self.draws).ok()?;
        take(cluster, task, &found)
    }
}

/// FGD from its definition, every node anew each time.
pub(crate) struct Plain(pub(crate) Expected);

impl Placing for Plain {
    fn place(&mut self, cluster: &mut Cluster, task: &Task) -> Option<Running> {
        let found = plain::find(cluster, task, &self.0)?;
        take(cluster, task, &found)
    }
}

pub(crate) fn take(cluster: &mut Cluster, task: &Task, found: &Placement) -> Option<Running> {
    cluster.take(task, found).ok()?;
    Some(Running { task: task.clone(), node: found.node, devices: found.devices })
}
