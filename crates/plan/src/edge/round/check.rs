//! Holds a plan against the rules, from the problem alone: it knows nothing of how the plan was made.

use super::problem::{Demand, NO_DOMAIN, Problem};
use super::solve::{Found, Plan};
use crate::edge::placement::{Devices, NodeRow, Task, Verdict};
use std::collections::BTreeMap;

/// A rule that a plan breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// More is taken of a node than it has.
    #[error("node row {0} gives more {1} than it has")]
    Overcommitted(u32, &'static str),
    /// The caller's rules are against the node.
    #[error("demand {0} is on a node that its rules refuse")]
    Refused(usize),
    /// It has another number of devices than it asks for.
    #[error("demand {0} has {1} devices and asks for {2}")]
    Devices(usize, usize, usize),
    /// Replicas stand too unevenly.
    #[error("spread {0} has a skew of {1}, at most {2} is allowed")]
    Skew(usize, u32, u32),
    /// Some of a gang go, and some do not.
    #[error("gang {0} is parted")]
    Parted(u32),
    /// It has two outcomes.
    #[error("demand {0} has two outcomes")]
    Twice(usize),
}

#[derive(Clone, Default)]
struct Taken {
    cpu: u64,
    memory: u64,
    pcie: u64,
    devices: BTreeMap<usize, (u64, u64)>,
}

impl Taken {
    fn add(&mut self, task: &Task, devices: Devices) {
        self.cpu += u64::from(task.cpu_milli);
        self.memory += u64::from(task.memory_mib);
        self.pcie += u64::from(task.pcie_mbit);
        for device in devices.iter() {
            let (milli, memory) = self.devices.entry(device).or_default();
            *milli += u64::from(task.device_milli);
            *memory += u64::from(task.device_memory_mib);
        }
    }
}

/// Errors: the first rule that the plan breaks.
pub fn check(problem: &Problem, plan: &Plan) -> Result<(), Broken> {
    let mut found: BTreeMap<usize, Option<Found>> = BTreeMap::new();
    for outcome in &plan.outcomes {
        if found.insert(outcome.demand, outcome.found.as_ref().ok().copied()).is_some() {
            return Err(Broken::Twice(outcome.demand));
        }
    }
    let placed: Vec<(usize, Found)> =
        found.iter().filter_map(|(demand, found)| Some((*demand, (*found)?))).collect();
    for (demand, found) in &placed {
        allowed(problem, *demand, found)?;
    }
    rooms(problem, &placed)?;
    skews(problem, &placed)?;
    gangs(&problem.demands, &found)
}

fn allowed(problem: &Problem, number: usize, found: &Found) -> Result<(), Broken> {
    let task = &problem.demands[number].options[found.option];
    let class = problem.nodes[found.node.0 as usize].class;
    if task.verdict(class) != Some(Verdict::Allowed) {
        return Err(Broken::Refused(number));
    }
    if problem.demands[number].only.is_some_and(|only| only != found.node) {
        return Err(Broken::Refused(number));
    }
    let (has, asks) = (found.devices.count(), usize::from(task.devices));
    if has == asks { Ok(()) } else { Err(Broken::Devices(number, has, asks)) }
}

fn rooms(problem: &Problem, placed: &[(usize, Found)]) -> Result<(), Broken> {
    let mut taken: BTreeMap<NodeRow, Taken> = BTreeMap::new();
    for running in &problem.running {
        taken.entry(running.placement.node).or_default().add(&running.task, running.placement.devices);
    }
    for (demand, found) in placed {
        let task = &problem.demands[*demand].options[found.option];
        taken.entry(found.node).or_default().add(task, found.devices);
    }
    for (row, taken) in taken {
        let node = &problem.nodes[row.0 as usize];
        let over = |what| Err(Broken::Overcommitted(row.0, what));
        if taken.cpu > node.cpu_milli.into() {
            return over("CPU");
        }
        if taken.memory > node.memory_mib.into() {
            return over("memory");
        }
        if taken.pcie > node.pcie_mbit.into() {
            return over("PCIe bandwidth");
        }
        for (device, (milli, memory)) in taken.devices {
            let Some(has) = node.devices.get(device) else { return over("devices") };
            if milli > has.milli.into() || memory > has.memory_mib.into() {
                return over("of a GPU");
            }
        }
    }
    Ok(())
}

/// After all that goes has gone. A spread that was uneven before may stay so, if it has not become worse.
fn skews(problem: &Problem, placed: &[(usize, Found)]) -> Result<(), Broken> {
    for (number, spread) in problem.spreads.iter().enumerate() {
        let domain = |node: NodeRow| spread.domains[node.0 as usize];
        let mut counts = spread.counts.clone();
        for (demand, found) in placed {
            let of: &Demand = &problem.demands[*demand];
            if !of.spreads.contains(&number) {
                continue;
            }
            if let Some(from) = of.from.map(domain).filter(|domain| *domain != NO_DOMAIN) {
                counts[from as usize] = counts[from as usize].saturating_sub(1);
            }
            match domain(found.node) {
                NO_DOMAIN => return Err(Broken::Refused(*demand)),
                to => counts[to as usize] += 1,
            }
        }
        let skew = |counts: &[u32]| counts.iter().max().unwrap_or(&0) - counts.iter().min().unwrap_or(&0);
        let (before, after) = (skew(&spread.counts), skew(&counts));
        if after > spread.max_skew.max(before) {
            return Err(Broken::Skew(number, after, spread.max_skew));
        }
    }
    Ok(())
}

fn gangs(demands: &[Demand], found: &BTreeMap<usize, Option<Found>>) -> Result<(), Broken> {
    let mut goes: BTreeMap<u32, bool> = BTreeMap::new();
    for (number, demand) in demands.iter().enumerate() {
        let Some(gang) = demand.gang else { continue };
        let placed = found.get(&number).is_some_and(Option::is_some);
        if *goes.entry(gang).or_insert(placed) != placed {
            return Err(Broken::Parted(gang));
        }
    }
    Ok(())
}
