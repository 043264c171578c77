//! A move for its own sake that was planned before, looked at again as things stand: to the same GPUs, if they have room and it still gains.

use super::filling::{Filling, Served};
use super::narrowed::Narrowed;
use super::plan::{Found, Improved};
use super::problem::{Demand, Improvement};
use crate::edge::placement::{Beside, Measure, NodeRow, Placement, Rule, Task, Unplaceable};

impl Filling<'_> {
    /// Takes the place that was planned; nobody gives way to it.
    ///
    /// Errors: the rule of the node, or nothing where it would gain too little, or cost a whole free GPU or usable shares.
    pub(super) fn improved(&mut self, demand: &Demand, of: &Improvement) -> Result<Served, Unplaceable> {
        let (Some(node), [task]) = (demand.only, &demand.options[..]) else {
            return Err(Unplaceable::default());
        };
        let to = self.still_fits(demand, task, (node, of)).map_err(one)?;
        let improved = self.still_gains(task, of, &to).ok_or_else(Unplaceable::default)?;
        let parts = self.placer.parts(&self.cluster, task, &to);
        self.cluster.take(task, &to).map_err(|_| one(Rule::DeviceShare))?;
        let Placement { node, devices, points } = to;
        let found = Found { node, devices, option: 0, points, parts, improved: Some(improved) };
        Ok((found, Vec::new()))
    }

    fn still_fits(
        &self,
        demand: &Demand,
        task: &Task,
        (node, of): (NodeRow, &Improvement),
    ) -> Result<Placement, Rule> {
        let to = self.placer.on_devices(&self.cluster, task, (node, of.devices))?;
        let narrowed = Narrowed::of(self.problem, &self.spreads, demand);
        if narrowed.is_some_and(|narrowed| !narrowed.admits(node)) { Err(Rule::Beside) } else { Ok(to) }
    }

    fn still_gains(&self, task: &Task, of: &Improvement, to: &Placement) -> Option<Improved> {
        let from = &of.from;
        let gain = self.placer.gain(&self.cluster, task, from, to)?;
        let freed = Measure::new(&self.problem.known.expected).freed(&self.cluster, task, from, to);
        let gains = gain >= of.gain_min.max(1) && freed.is_no_loss();
        gains.then_some(Improved { gain, freed })
    }
}

fn one(rule: Rule) -> Unplaceable {
    Unplaceable { nodes: [(rule, 1)].into() }
}
