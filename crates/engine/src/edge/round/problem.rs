//! What the solver is told: the world in numbers.

use super::asked::{Asked, asked};
use super::classes::Classes;
use super::expected::{self, Kind};
use super::{RoundSummary, known, rules, spread};
use crate::edge::row::{NodeRow, WorkloadRow};
use crate::edge::world::Edge;
use paceline_model::edge::{
    Bound, DeviceState, DeviceUuid, LabelKey, MoveCause, NodeIdx, NodeRule, Requests, Variant, WorkloadIdx,
    label,
};
use paceline_model::limits::MILLI_GPU_WHOLE;
use paceline_model::{Tag, Version};
use paceline_plan::edge::placement::scores::watts_of;
use paceline_plan::edge::placement::{
    Device, Devices, GpuModelRow, Node, NodeRow as Row, Placement, Task, Verdict,
};
use paceline_plan::edge::policy::ScoreName;
use paceline_plan::edge::round::{Demand, Place, Problem, Running};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The round that is due. `None`: nothing wants a place that may find one.
pub(in crate::edge) fn problem(
    world: &Edge,
    version: Version,
    restores: bool,
) -> Option<(Box<Problem>, RoundSummary)> {
    let asked = asked(world, restores);
    if asked.is_empty() {
        return None;
    }
    let nodes: Vec<NodeIdx> = world.nodes.iter().map(|(idx, _)| idx).collect();
    let rows: BTreeMap<NodeIdx, Row> = nodes.iter().copied().zip((0..).map(Row)).collect();
    let policies = Arc::new(world.options.policies_at(world.now));
    let shadow = world.options.shadow_placement.clone().map(|shadow| Arc::new(shadow.into()));
    let scores = known::scores(&policies, shadow.as_deref());
    let kinds =
        if scores.iter().any(|name| name.looks_ahead()) { expected::kinds(world) } else { Vec::new() };
    let classes = Classes::by(labels(world, &asked, &kinds));
    // A shadow is compared by what its plans draw, whatever it weighs.
    let products = (shadow.is_some() || scores.contains(&ScoreName::Power)).then(Products::default);
    let mut building = Building { world, rows, classes, products };
    let mut problem = Problem { version, policies: policies.clone(), shadow, ..Problem::default() };
    problem.nodes = world.nodes.rows().map(|node| building.node(node)).collect();
    problem.running = building.running();
    problem.known = known::known(world, &policies, &scores);
    problem.known.expected = expected::expected(world, &kinds, &building.classes.examples);
    problem.known.watts = building.products.iter().flat_map(Products::watts).collect();
    let mut spreads: BTreeMap<WorkloadIdx, Vec<usize>> = BTreeMap::new();
    let mut tasks: BTreeMap<WorkloadIdx, Vec<Task>> = BTreeMap::new();
    for one in &asked {
        let Some(row) = world.workloads.get(one.workload) else { continue };
        let spreads = spreads.entry(one.workload).or_insert_with(|| {
            let first = problem.spreads.len();
            problem.spreads.extend(row.spec.spread.iter().map(|spread| spread::spread(world, row, spread)));
            (first..problem.spreads.len()).collect()
        });
        let options = tasks.entry(one.workload).or_insert_with(|| building.options(row, one));
        problem.demands.push(Demand {
            options: options.clone(),
            spreads: spreads.clone(),
            from: one.from.and_then(|(node, _)| building.rows.get(&node).copied()),
            only: one.only.and_then(|node| building.rows.get(&node).copied()),
            near: one.from.is_some_and(|(_, cause)| cause.passes() || cause == MoveCause::Unreachable),
            gang: one.gang.then_some(one.workload.slot() as u32),
        });
    }
    if problem.demands.iter().any(|demand| demand.near) {
        problem.places = places(world);
    }
    let room_made = world.room_made;
    Some((Box::new(problem), RoundSummary { asked, nodes, room_made, policies, ..RoundSummary::default() }))
}

/// Where nodes stand: who shares a rack is a neighbour, then who shares a zone, then a cluster.
fn places(world: &Edge) -> Vec<Place> {
    let mut names: [BTreeMap<(&str, &str), u32>; 3] = Default::default();
    let mut places = Vec::with_capacity(world.nodes.len());
    for node in world.nodes.rows() {
        let of = |key| node.spec.label(key);
        let keys = [
            // A rack is called alike on many sites.
            of(label::RACK).map(|rack| (of(label::SITE).unwrap_or_default(), rack)),
            of(label::ZONE).map(|zone| ("", zone)),
            of(label::CLUSTER).map(|cluster| ("", cluster)),
        ];
        let mut number = |level: usize| {
            let next = names[level].len() as u32;
            keys[level].map(|name| *names[level].entry(name).or_insert(next))
        };
        places.push(Place([number(0), number(1), number(2)]));
    }
    places
}

/// The labels that workloads of the round ask about, and those that are expected.
fn labels<'a>(world: &'a Edge, asked: &[Asked], kinds: &[Kind<'a>]) -> BTreeSet<&'a LabelKey> {
    let rows = asked.iter().filter_map(|one| world.workloads.get(one.workload));
    let rows = rows.chain(kinds.iter().map(|kind| kind.example));
    rows.flat_map(|row| row.spec.affinity.iter().map(|wanted| &wanted.key)).collect()
}

struct Building<'a> {
    world: &'a Edge,
    rows: BTreeMap<NodeIdx, Row>,
    classes: Classes<'a>,
    /// `None`: no score asks what GPUs there are.
    products: Option<Products<'a>>,
}

/// Products of GPUs, each with its row.
#[derive(Default)]
struct Products<'a>(BTreeMap<&'a Tag, u16>);

impl<'a> Products<'a> {
    /// A node's GPUs are of one product, or stand with the first of them.
    fn of(&mut self, node: &'a NodeRow) -> GpuModelRow {
        let next = self.0.len() as u16;
        let product = node.spec.devices.first().map(|device| &device.product);
        GpuModelRow(product.map_or(0, |product| *self.0.entry(product).or_insert(next)))
    }
    /// By row.
    fn watts(&self) -> Vec<(u32, u32)> {
        let mut watts = vec![(0, 0); self.0.len()];
        self.0.iter().for_each(|(product, row)| watts[usize::from(*row)] = watts_of(product.as_str()));
        watts
    }
}

impl<'a> Building<'a> {
    fn node(&mut self, node: &'a NodeRow) -> Node {
        let device =
            |(listed, known): (&paceline_model::edge::Device, &crate::edge::row::DeviceRow)| Device {
                milli: if known.state == DeviceState::Serving { MILLI_GPU_WHOLE } else { 0 },
                memory_mib: whole(listed.memory.0),
            };
        let has = &node.spec.allocatable;
        Node {
            class: self.classes.of(node),
            gpu_model: self.products.as_mut().map_or(GpuModelRow::default(), |products| products.of(node)),
            cpu_milli: has.cpu.0,
            memory_mib: whole(has.memory.0),
            pcie_mbit: has.pcie.0,
            devices: node.spec.devices.iter().zip(&node.devices).map(device).collect(),
            points: 0,
        }
    }

    fn running(&self) -> Vec<Running> {
        let bound = self.world.workloads.rows().flat_map(|row| {
            row.replicas.iter().filter_map(move |replica| Some((row, replica.bound.as_deref()?)))
        });
        bound.filter_map(|(row, bound)| self.one_running(row, bound)).collect()
    }

    fn one_running(&self, row: &WorkloadRow, bound: &Bound) -> Option<Running> {
        let idx = self.world.nodes.find(&bound.node)?;
        let (node, row_of) = (self.world.nodes.get(idx)?, *self.rows.get(&idx)?);
        let at = |uuid: &DeviceUuid| node.devices.iter().position(|device| device.uuid == *uuid);
        let devices = bound.devices.iter().filter_map(at).fold(Devices::NONE, Devices::with);
        let task = task(&row.spec.requests, bound.device_memory.0, Vec::new());
        Some(Running { task, placement: Placement { node: row_of, devices, points: 0 } })
    }

    /// What a replica asks for, by the variants that it may run as. One without any is refused by every node.
    fn options(&self, row: &WorkloadRow, asked: &Asked) -> Vec<Task> {
        let model = self.world.model(&row.spec.model);
        let of = |variant: Option<&Variant>| {
            let memory = variant.map_or(0, |variant| variant.memory.0);
            let verdict = |node: &&NodeRow| match rules::refusal(node, &row.spec, variant) {
                None => Verdict::Allowed,
                Some(rule) => Verdict::Refused(rule_number(rule)),
            };
            task(&row.spec.requests, memory, self.classes.examples.iter().map(verdict).collect())
        };
        let variants = asked.options.iter().filter_map(|named| model?.variant(named));
        let options: Vec<Task> = variants.map(|variant| of(Some(variant))).collect();
        if options.is_empty() { vec![of(None)] } else { options }
    }
}

fn task(requests: &Requests, device_memory: u64, verdicts: Vec<Verdict>) -> Task {
    Task {
        cpu_milli: requests.cpu.0,
        memory_mib: whole(requests.memory.0),
        pcie_mbit: requests.pcie.0,
        devices: requests.gpus,
        device_milli: requests.milli_gpu.0,
        device_memory_mib: if requests.gpus == 0 { 0 } else { whole(device_memory) },
        verdicts,
    }
}

/// MiB as the solver counts them: the largest amount of the model fits.
fn whole(mebibytes: u64) -> u32 {
    u32::try_from(mebibytes).unwrap_or(u32::MAX)
}

/// The number of a rule to the solver.
fn rule_number(rule: NodeRule) -> u8 {
    NodeRule::ALL.iter().position(|known| *known == rule).unwrap_or(0) as u8
}
