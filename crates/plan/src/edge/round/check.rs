//! Holds a plan against the rules, from the problem alone: it knows nothing of how the plan was made. It does what the outcomes say, one
//! after the other, and looks at what is then true.

use super::plan::{Found, Outcome, Plan};
use super::problem::{Demand, NO_DOMAIN, Problem, Spread};
use crate::edge::placement::check::{self as lawful, Fault};
use crate::edge::placement::{Action, Devices, Node, NodeRow, Task};
use std::collections::{BTreeMap, BTreeSet};

/// A rule that a plan breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Where all has gone where it goes, something is wrong with a node.
    #[error("of what runs then: {0:?}")]
    Unlawful(Fault),
    /// Replicas stand too unevenly.
    #[error("spread {0} has a skew of {1}, at most {2} is allowed")]
    Skew(usize, u32, u32),
    /// Some of a gang go, and some do not.
    #[error("gang {0} is parted")]
    Parted(u32),
    /// It has two outcomes.
    #[error("demand {0} has two outcomes")]
    Twice(usize),
    /// It goes to another node than the only one that it may go to.
    #[error("demand {0} goes to another node than its only one")]
    Elsewhere(usize),
    /// Something gives way to what does not go.
    #[error("demand {0} does not go, and something gives way to it")]
    ForNothing(usize),
    /// What gives way must be left alone: it is held, spared, gave way before, or is of no lower priority.
    #[error("demand {0} may not make running {1} give way")]
    Untouchable(usize, usize),
    /// More give way than may.
    #[error("{0} give way, at most {1} may")]
    Victims(usize, u32),
    /// More of a workload is evicted than its budget allows.
    #[error("{1} of group {0} are evicted, at most {2} may be")]
    Disrupted(usize, u32, u32),
    /// Some of a gang that runs are evicted, and some are not.
    #[error("running gang {0} is evicted in part")]
    Torn(usize),
    /// It is to move for its own sake, and goes otherwise than that was planned.
    #[error("demand {0} moves for its own sake otherwise than it was planned")]
    Unplanned(usize),
    /// It is evicted, and has room elsewhere.
    #[error("running {0} is evicted, and could move to node row {1}")]
    Killed(usize, u32),
}

/// Errors: the first rule that the plan breaks.
pub fn check(problem: &Problem, plan: &Plan) -> Result<(), Broken> {
    let mut seen: BTreeMap<usize, bool> = BTreeMap::new();
    for outcome in &plan.outcomes {
        if seen.insert(outcome.demand, outcome.found.is_ok()).is_some() {
            return Err(Broken::Twice(outcome.demand));
        }
        if outcome.found.is_err() && !outcome.room.is_empty() {
            return Err(Broken::ForNothing(outcome.demand));
        }
    }
    gangs(&problem.demands, &seen)?;
    victims(problem, plan)?;
    let mut after = After::new(problem);
    for outcome in &plan.outcomes {
        after.go(problem, outcome)?;
    }
    let running: Vec<lawful::Running> = after.running.into_values().chain(after.stored).collect();
    lawful::check(&after.nodes, &running).first().map_or(Ok(()), |fault| Err(Broken::Unlawful(*fault)))
}

fn gangs(demands: &[Demand], placed: &BTreeMap<usize, bool>) -> Result<(), Broken> {
    let mut goes: BTreeMap<u32, bool> = BTreeMap::new();
    for (number, demand) in demands.iter().enumerate() {
        let Some(gang) = demand.gang else { continue };
        let placed = placed.get(&number).copied().unwrap_or(false);
        if *goes.entry(gang).or_insert(placed) != placed {
            return Err(Broken::Parted(gang));
        }
    }
    Ok(())
}

/// Who may give way, and how many.
fn victims(problem: &Problem, plan: &Plan) -> Result<(), Broken> {
    let (mut all, mut evicted) = (BTreeSet::new(), BTreeMap::<usize, u32>::new());
    for outcome in &plan.outcomes {
        let demand = &problem.demands[outcome.demand];
        for action in &outcome.room {
            let at = action.replica();
            let lower = problem.running.get(at).filter(|running| !running.held);
            let lower = lower.filter(|running| running.priority < demand.priority);
            let touchable = all.insert(at) && !demand.spares.contains(&at);
            let Some(running) = lower.filter(|_| touchable) else {
                return Err(Broken::Untouchable(outcome.demand, at));
            };
            if let Some(group) = running.group.filter(|_| action.evicts()) {
                *evicted.entry(group).or_default() += 1;
            }
        }
    }
    if all.len() > problem.victims_max as usize {
        return Err(Broken::Victims(all.len(), problem.victims_max));
    }
    for (row, count) in evicted {
        let group = &problem.groups[row];
        let members = problem.running.iter().filter(|running| running.group == Some(row)).count();
        if count > group.evictions_left {
            return Err(Broken::Disrupted(row, count, group.evictions_left));
        }
        if group.gang && count as usize != members {
            return Err(Broken::Torn(row));
        }
    }
    Ok(())
}

/// What is true once some outcomes have come about.
struct After {
    /// The nodes without what is taken by what nobody touches.
    nodes: Vec<Node>,
    /// What runs: first what the problem has, by its place there, and then what the plan places, by demand.
    running: BTreeMap<(bool, usize), lawful::Running>,
    /// Files that are there for what nobody touches, as if that took nothing else.
    stored: Vec<lawful::Running>,
    spreads: Vec<Spread>,
}

/// What the nodes have for those that run and may be touched, and for those that come.
fn left(problem: &Problem) -> Vec<Node> {
    let mut nodes = Vec::clone(&problem.nodes);
    for (node, taken) in nodes.iter_mut().zip(problem.taken.iter()) {
        node.cpu_milli = node.cpu_milli.saturating_sub(taken.cpu_milli);
        node.memory_mib = node.memory_mib.saturating_sub(taken.memory_mib);
        node.pcie_mbit = node.pcie_mbit.saturating_sub(taken.pcie_mbit);
        let devices = taken.device_milli.iter().zip(&taken.device_memory_mib);
        for (device, (milli, memory_mib)) in node.devices.iter_mut().zip(devices) {
            device.milli = device.milli.saturating_sub(*milli);
            device.memory_mib = device.memory_mib.saturating_sub(*memory_mib);
        }
    }
    nodes
}

impl After {
    fn new(problem: &Problem) -> Self {
        let running = problem.running.iter().map(|running| {
            let placement = running.placement;
            // Where it runs now is lawful: what it was judged by is for where it may go.
            let task = Task { verdicts: Vec::new(), ..running.task.clone() };
            lawful::Running { task, node: placement.node, devices: placement.devices }
        });
        let running = running.enumerate().map(|(at, running)| ((false, at), running)).collect();
        let stored = problem.stored.iter().map(|stored| lawful::Running {
            task: Task { file: stored.file, ..Task::default() },
            node: stored.node,
            devices: Devices::NONE,
        });
        Self { nodes: left(problem), running, stored: stored.collect(), spreads: problem.spreads.clone() }
    }

    fn go(&mut self, problem: &Problem, outcome: &Outcome) -> Result<(), Broken> {
        let Ok(found) = &outcome.found else { return Ok(()) };
        for action in &outcome.room {
            let running = &problem.running[action.replica()];
            self.running.remove(&(false, action.replica()));
            let spreads = running.group.map_or(&[][..], |group| &problem.groups[group].spreads);
            let from = Some(running.placement.node);
            match action {
                Action::Move { replica, to, .. } => {
                    self.come((false, *replica), &running.task, (to.node, to.devices));
                    self.stand(spreads, from, Some(to.node))?;
                }
                Action::Evict { .. } => self.stand(spreads, from, None)?,
            }
        }
        let demand = &problem.demands[outcome.demand];
        if demand.only.is_some_and(|only| only != found.node) {
            return Err(Broken::Elsewhere(outcome.demand));
        }
        let Found { node, devices, option, .. } = *found;
        let as_planned = demand.improves.is_none_or(|of| {
            devices == of.devices && demand.from == Some(of.from.node) && outcome.room.is_empty()
        });
        if !as_planned {
            return Err(Broken::Unplanned(outcome.demand));
        }
        self.come((true, outcome.demand), &demand.options[option], (node, devices));
        self.stand(&demand.spreads, demand.from, Some(node))?;
        self.nobody_killed(problem, outcome)
    }

    fn come(&mut self, who: (bool, usize), task: &Task, (node, devices): (NodeRow, Devices)) {
        self.running.insert(who, lawful::Running { task: task.clone(), node, devices });
    }

    /// Who comes may be no further above the emptiest domain than is allowed, once it has left where it was. Who leaves, or is evicted, may
    /// leave others uneven. Source: Kubernetes, `maxSkew`: it is about where a replica goes.
    fn stand(&mut self, rows: &[usize], from: Option<NodeRow>, to: Option<NodeRow>) -> Result<(), Broken> {
        for row in rows {
            let spread = &mut self.spreads[*row];
            from.into_iter().for_each(|from| spread.count(from, false));
            let Some(to) = to else { continue };
            let emptiest = spread.counts.iter().min().copied().unwrap_or(0);
            spread.count(to, true);
            let skew = match spread.domains[to.0 as usize] {
                NO_DOMAIN => u32::MAX,
                domain => spread.counts[domain as usize] - emptiest,
            };
            if skew > spread.max_skew {
                return Err(Broken::Skew(*row, skew, spread.max_skew));
            }
        }
        Ok(())
    }

    /// Moves before kills: who is evicted, alone and wherever it likes, has room nowhere.
    fn nobody_killed(&self, problem: &Problem, outcome: &Outcome) -> Result<(), Broken> {
        for action in outcome.room.iter().filter(|action| action.evicts()) {
            let running = &problem.running[action.replica()];
            let group = running.group.map(|group| &problem.groups[group]);
            if group.is_some_and(|group| group.gang || !group.spreads.is_empty()) {
                continue;
            }
            for node in (0..self.nodes.len() as u32).map(NodeRow) {
                if self.fits(&running.task, node) {
                    return Err(Broken::Killed(action.replica(), node.0));
                }
            }
        }
        Ok(())
    }

    /// Whether some devices of a node hold a task, beside what runs there: one by one, as if each were tried.
    fn fits(&self, task: &Task, node: NodeRow) -> bool {
        let here: Vec<lawful::Running> = self
            .running
            .values()
            .chain(&self.stored)
            .filter(|running| running.node == node)
            .cloned()
            .collect();
        let alone = Task { devices: task.devices.min(1), ..task.clone() };
        let holds = |devices: Devices, task: &Task| {
            let mut with = here.clone();
            with.push(lawful::Running { task: task.clone(), node, devices });
            lawful::check(&self.nodes, &with).is_empty()
        };
        if let Some(profile) = task.slice {
            let devices = self.nodes[node.0 as usize].cuts.iter().flat_map(|cuts| cuts.iter().enumerate());
            let cuts = devices.flat_map(|(device, cuts)| cuts.iter().map(move |cut| (device, cut)));
            let mut places = cuts
                .filter(|(_, cut)| cut.profile == profile)
                .flat_map(|(device, cut)| cut.places().map(move |slots| Devices::slots_of(device, slots)));
            return places.any(|devices| holds(devices, task));
        }
        let each = 0..self.nodes[node.0 as usize].devices.len();
        let one_by_one = each.filter(|device| holds(Devices::NONE.with(*device), &alone));
        let fitting = one_by_one.fold(Devices::NONE, Devices::with);
        let chosen = fitting.iter().take(usize::from(task.devices)).fold(Devices::NONE, Devices::with);
        holds(chosen, task)
    }
}
