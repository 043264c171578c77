//! What the solver is told: the world in numbers.

use super::about::About;
use super::asked::{Asked, asked};
use super::expected::{self, Kind};
use super::fetched::present;
use super::files::FileNumbers;
use super::layout::Layout;
use super::nodes::whole;
use super::places::{near, places};
use super::present::Present;
use super::{RoundSummary, known, rules, spread};
use crate::edge::defragment;
use crate::edge::node_table::Touched;
use crate::edge::row::{NodeRow, WorkloadRow};
use crate::edge::world::Edge;
use paceline_model::Version;
use paceline_model::edge::{
    Bound, DeviceUuid, LabelKey, MoveCause, NodeRule, ReplicaId, Slice, Variant, VariantRef, WorkloadIdx,
    WorkloadSpec,
};
use paceline_plan::edge::placement::{Devices, File, Placement, Task, Verdict};
use paceline_plan::edge::policy::ScoreName;
use paceline_plan::edge::round::{Alternatives, Demand, Group, Improvement, Problem, Running};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The round that is due. `None`: nothing wants a place that may find one.
pub(in crate::edge) fn problem(
    world: &mut Edge,
    version: Version,
    restores: bool,
) -> Option<(Box<Problem>, RoundSummary)> {
    let asked = asked(world, restores);
    if asked.is_empty() {
        return None;
    }
    let (mut layout, touched) = (std::mem::take(&mut world.layout), world.nodes.take_touched());
    let Laid { problem, round, .. } = lay(world, (&mut layout, touched), version, About::Round, asked);
    world.layout = layout;
    Some((Box::new(problem), round))
}

/// The world in numbers, with the names of them.
pub(super) struct Laid {
    pub(super) problem: Problem,
    pub(super) round: RoundSummary,
    /// What else might be thought of, where that is asked.
    pub(super) alternatives: Alternatives,
}

/// The world, and what is asked of it; `layout` is of the world as it was before rows were `touched`.
pub(super) fn lay(
    world: &Edge,
    (layout, touched): (&mut Layout, Touched),
    version: Version,
    about: About<'_>,
    asked: Vec<Asked>,
) -> Laid {
    let victims_max = world.victims_left();
    let below = match about {
        About::Round => highest(world, &asked),
        // Whatever runs might be moved.
        About::Known | About::Supposed(_) | About::Moves => Some(i32::MAX),
    };
    let policies = Arc::new(world.options.policies_at(world.now));
    let shadow = world.options.shadow_placement.clone().map(|shadow| Arc::new(shadow.into()));
    let scores = known::scores(&policies, shadow.as_deref());
    let looks_ahead = measures(about, &asked) || scores.iter().any(|name| name.looks_ahead());
    let kinds = if looks_ahead { expected::kinds(world, about.supposed()) } else { Vec::new() };
    // A shadow is compared by what its plans draw, whatever it weighs.
    let by_product = shadow.is_some() || scores.contains(&ScoreName::Power);
    let fetches = scores.contains(&ScoreName::ModelPresent);
    let present = if fetches { present(world, about, &asked) } else { Present::default() };
    layout.follow(&world.nodes, touched, &labels(world, about, &asked, below, &kinds), &present, by_product);
    let examples: Vec<&NodeRow> = layout.examples.iter().filter_map(|idx| world.nodes.get(*idx)).collect();
    let mut known = known::known(world, &policies, &scores);
    known.expected = expected::expected(world, &kinds, &examples);
    known.watts = layout.watts.clone();
    let problem = Problem {
        version,
        nodes: layout.nodes.clone(),
        taken: layout.taken.clone(),
        victims_max,
        victims_spent: world.more_victims_at().is_some(),
        policies: policies.clone(),
        shadow,
        known,
        ..Problem::default()
    };
    let held = asked.iter().map(|one| (one.workload, one.ordinal)).collect();
    let (layout, spreads): (&Layout, _) = (layout, BTreeMap::new());
    let (present, files) = (&present, FileNumbers::of(world, &layout.rows));
    let mut building =
        Building { world, about, layout, below, examples, present, held, spreads, files, problem };
    let running = building.running();
    building.demands(&asked, &running);
    building.problem.stored = building.files.left();
    if building.problem.demands.iter().any(|demand| demand.near.is_some()) {
        building.problem.places = places(world);
    }
    let alternatives = building.alternatives(asked.first(), &running);
    let (room_made, problem) = (world.room_made, building.problem);
    let nodes = layout.rows.clone();
    let round = RoundSummary { asked, nodes, running, room_made, policies, ..RoundSummary::default() };
    Laid { problem, round, alternatives }
}

/// Whether it is looked at what is free and of no use, which goes by what is expected.
fn measures(about: About<'_>, asked: &[Asked]) -> bool {
    let moves = |one: &Asked| one.from.is_some_and(|(_, cause)| cause == MoveCause::Defragmented);
    matches!(about, About::Moves) || asked.iter().any(moves)
}

/// The world as all that may move for its own sake sees it, with what runs by its place there.
pub(in crate::edge) fn movable(world: &Edge, version: Version) -> (Problem, Vec<(WorkloadIdx, u32)>) {
    let anew = (&mut Layout::default(), Touched::default());
    let Laid { mut problem, round, .. } = lay(world, anew, version, About::Moves, Vec::new());
    for (running, (workload, ordinal)) in problem.running.iter_mut().zip(&round.running) {
        let stays = world.replica_at(*workload, *ordinal).and_then(|(row, replica)| {
            let node = world.node(&replica.bound.as_ref()?.node)?;
            defragment::left_alone(node, row, replica)
        });
        running.held |= stays.is_some();
    }
    (problem, round.running)
}

/// The highest priority that is asked for.
fn highest(world: &Edge, asked: &[Asked]) -> Option<i32> {
    asked.iter().filter_map(|one| world.workloads.get(one.workload)).map(|row| row.spec.priority).max()
}

/// The labels that workloads ask about which the round is about, which may give way in it, or which are expected.
fn labels<'a>(
    world: &'a Edge,
    about: About<'a>,
    asked: &[Asked],
    below: Option<i32>,
    kinds: &[Kind<'a>],
) -> BTreeSet<&'a LabelKey> {
    let rows = asked.iter().filter_map(|one| about.row(world, one.workload));
    let lower = world.workloads.rows().filter(|row| below.is_some_and(|below| row.spec.priority < below));
    let rows = rows.chain(lower).chain(kinds.iter().map(|kind| kind.example));
    rows.flat_map(|row| row.spec.affinity.iter().map(|wanted| &wanted.key)).collect()
}

struct Building<'a> {
    world: &'a Edge,
    about: About<'a>,
    layout: &'a Layout,
    /// What is of lower priority than this may give way.
    below: Option<i32>,
    /// A node of each class.
    examples: Vec<&'a NodeRow>,
    /// What nodes have already, where a score asks.
    present: &'a Present<'a>,
    /// What is asked about itself.
    held: BTreeSet<(WorkloadIdx, u32)>,
    /// Where the spreads of a workload stand.
    spreads: BTreeMap<WorkloadIdx, Vec<usize>>,
    files: FileNumbers,
    problem: Problem,
}

impl Building<'_> {
    fn demands(&mut self, asked: &[Asked], running: &[(WorkloadIdx, u32)]) {
        // Options are always the beginning of one list: how many there are says which.
        let mut tasks: BTreeMap<(WorkloadIdx, usize), Vec<Task>> = BTreeMap::new();
        for one in asked {
            let Some(row) = self.about.row(self.world, one.workload) else { continue };
            let spreads = self.spreads(one.workload, row);
            let improves = one.from.is_some_and(|(_, cause)| cause.improves());
            let improvement = self.improvement(row, one);
            let of = (one.workload, one.options.len());
            let options = tasks.entry(of).or_insert_with(|| self.options(row, one));
            self.problem.demands.push(Demand {
                options: options.clone(),
                spreads,
                from: one.from.and_then(|(node, _)| self.layout.rows.of(node)),
                only: one.only.and_then(|node| self.layout.rows.of(node)),
                near: one.from.and_then(|from| near(self.world, &self.layout.rows, from)),
                gang: one.gang.then_some(one.workload.slot() as u32),
                // Nobody gives way to what would only be better elsewhere.
                priority: if improves { i32::MIN } else { row.spec.priority },
                spares: self.spares(row, one.ordinal, running),
                improves: improvement,
            });
        }
    }

    /// Where a move for its own sake was to go.
    fn improvement(&self, row: &WorkloadRow, one: &Asked) -> Option<Improvement> {
        one.from.filter(|(_, cause)| *cause == MoveCause::Defragmented)?;
        let replica = ReplicaId { workload: row.spec.id.clone(), ordinal: one.ordinal };
        let planned = &self.world.defragmentation()?.of(&replica)?.planned;
        let devices = &self.world.node(&planned.to)?.devices;
        let at = |uuid: &DeviceUuid| devices.iter().position(|device| device.uuid == *uuid);
        Some(Improvement {
            from: self.placement(row.replicas.get(one.ordinal as usize)?.bound.as_deref()?)?,
            devices: planned.devices.iter().filter_map(at).fold(Devices::NONE, Devices::with),
            gain_min: self.world.options.defragmentation.gain_min,
        })
    }

    /// Who evicted it.
    fn spares(&self, row: &WorkloadRow, ordinal: u32, running: &[(WorkloadIdx, u32)]) -> Vec<usize> {
        let gave_way = row.replicas.get(ordinal as usize).and_then(|one| one.preemption.gave_way.as_ref());
        let Some((_, made)) = gave_way else { return Vec::new() };
        let by = self.world.workloads.find(&made.replica.workload).map(|idx| (idx, made.replica.ordinal));
        by.and_then(|by| running.binary_search(&by).ok()).into_iter().collect()
    }

    fn spreads(&mut self, workload: WorkloadIdx, row: &WorkloadRow) -> Vec<usize> {
        let all = &mut self.problem.spreads;
        let rows = self.spreads.entry(workload).or_insert_with(|| {
            let first = all.len();
            all.extend(row.spec.spread.iter().map(|spread| spread::spread(self.world, row, spread)));
            (first..all.len()).collect()
        });
        rows.clone()
    }

    /// What runs and may give way, with the names of it in the same order.
    fn running(&mut self) -> Vec<(WorkloadIdx, u32)> {
        let (world, mut named) = (self.world, Vec::new());
        let Some(below) = self.below else { return named };
        for (workload, row) in world.workloads.iter() {
            if row.spec.priority >= below || row.placed() == 0 {
                continue;
            }
            let group = Some(self.group(workload, row));
            let mut judged: BTreeMap<&VariantRef, Vec<Verdict>> = BTreeMap::new();
            for (ordinal, replica) in (0..).zip(&row.replicas) {
                let Some(bound) = replica.bound.as_deref() else { continue };
                let Some(placement) = self.placement(bound) else { continue };
                let verdicts = judged.entry(&bound.variant).or_insert_with(|| self.verdicts(row, bound));
                let file = self.files.file(&row.spec, &bound.variant, bound.file);
                self.files.lists(placement.node, file);
                let verdicts = verdicts.clone();
                let task = self.task(&row.spec, (bound.device_memory.0, file), verdicts);
                if let Some(taken) = Arc::make_mut(&mut self.problem.taken).get_mut(placement.node.0 as usize)
                {
                    *taken = taken.without(&task, placement.devices);
                }
                self.problem.running.push(Running {
                    task,
                    placement,
                    priority: row.spec.priority,
                    ran: u64::from(world.now.since(replica.since).0),
                    group,
                    held: self.held.contains(&(workload, ordinal)) || self.is_silent(bound),
                });
                named.push((workload, ordinal));
            }
        }
        named
    }

    /// Whether it may go on where nobody hears it: evicted there, it might run twice.
    fn is_silent(&self, bound: &Bound) -> bool {
        self.world.node(&bound.node).is_some_and(NodeRow::is_silent)
    }

    fn group(&mut self, workload: WorkloadIdx, row: &WorkloadRow) -> usize {
        let spreads = self.spreads(workload, row);
        let (evictions_left, gang) = (row.evictions_left(), row.spec.gang);
        self.problem.groups.push(Group { spreads, evictions_left, gang });
        self.problem.groups.len() - 1
    }

    fn placement(&self, bound: &Bound) -> Option<Placement> {
        let idx = self.world.nodes.find(&bound.node)?;
        let (node, row) = (self.world.nodes.get(idx)?, self.layout.rows.of(idx)?);
        let at = |uuid: &DeviceUuid| node.devices.iter().position(|device| device.uuid == *uuid);
        let devices = bound.devices.iter().filter_map(at).fold(Devices::NONE, Devices::with);
        let slots = bound.slice.as_ref().map(Slice::mask);
        let devices =
            slots.zip(devices.iter().next()).map_or(devices, |(slots, at)| Devices::slots_of(at, slots));
        Some(Placement { node: row, devices, points: 0 })
    }

    /// Where what runs as it does may go.
    fn verdicts(&self, row: &WorkloadRow, bound: &Bound) -> Vec<Verdict> {
        let variant = self.world.model(&row.spec.model).and_then(|model| model.variant(&bound.variant));
        variant.map_or_else(|| self.judged(row, None), |known| self.judged_there(row, &bound.variant, known))
    }

    /// The same, with where a variant is already.
    fn judged_there(&self, row: &WorkloadRow, named: &VariantRef, variant: &Variant) -> Vec<Verdict> {
        let mut verdicts = self.judged(row, Some(variant));
        for (verdict, node) in verdicts.iter_mut().zip(&self.examples) {
            if *verdict == Verdict::Allowed && self.present.has(&node.spec.id, &row.spec.model, named) {
                *verdict = Verdict::Present(whole(variant.size.0));
            }
        }
        verdicts
    }

    fn judged(&self, row: &WorkloadRow, variant: Option<&Variant>) -> Vec<Verdict> {
        let verdict = |node: &&NodeRow| verdict(rules::refusal(node, &row.spec, variant));
        self.examples.iter().map(verdict).collect()
    }

    /// What a replica asks for, by the variants that it may run as. One without any is refused by every node.
    fn options(&mut self, row: &WorkloadRow, asked: &Asked) -> Vec<Task> {
        let model = self.world.model(&row.spec.model);
        let of = |named: &VariantRef| {
            let variant = model?.variant(named)?;
            let file = self.files.file(&row.spec, named, variant.size);
            let verdicts = self.judged_there(row, named, variant);
            Some(self.task(&row.spec, (variant.memory.0, file), verdicts))
        };
        let options: Vec<Task> = asked.options.iter().filter_map(of).collect();
        match options.is_empty() {
            true => vec![self.task(&row.spec, (0, File::default()), self.judged(row, None))],
            false => options,
        }
    }

    /// What might be thought of for a workload that is asked about, beside what it asks for.
    fn alternatives(&mut self, first: Option<&Asked>, running: &[(WorkloadIdx, u32)]) -> Alternatives {
        let row = first.filter(|_| self.about.is_question());
        let Some((asked, row)) = row.and_then(|one| Some((one, self.about.row(self.world, one.workload)?)))
        else {
            return Alternatives::default();
        };
        let model = self.world.model(&row.spec.model);
        let mut variants = |named: &[VariantRef]| -> Vec<(&Variant, File)> {
            let of = |named| {
                let variant = model?.variant(named)?;
                Some((variant, self.files.file(&row.spec, named, variant.size)))
            };
            named.iter().filter_map(of).collect()
        };
        let (others, options) = (variants(&rules::others(self.world, &row.spec)), variants(&asked.options));
        let asks = |(variant, file): &(&Variant, File), verdicts| {
            self.task(&row.spec, (variant.memory.0, *file), verdicts)
        };
        let lifted = rules::ALL.into_iter().map(|rule| {
            let without = options.iter().map(|of| asks(of, self.judged_without(rule, row, of.0)));
            (rule_number(rule), without.collect())
        });
        let own = running.iter().position(|(workload, _)| *workload == asked.workload);
        Alternatives {
            own: own.and_then(|at| self.problem.running[at].group),
            variants: others.iter().map(|of| asks(of, self.judged(row, Some(of.0)))).collect(),
            lifted: if options.is_empty() { Vec::new() } else { lifted.collect() },
        }
    }

    fn judged_without(&self, rule: NodeRule, row: &WorkloadRow, variant: &Variant) -> Vec<Verdict> {
        let verdict = |node: &&NodeRow| verdict(rules::refusal_without(rule, node, &row.spec, variant));
        self.examples.iter().map(verdict).collect()
    }

    /// What one replica asks for.
    fn task(&self, spec: &WorkloadSpec, (device_memory, file): (u64, File), verdicts: Vec<Verdict>) -> Task {
        let requests = &spec.requests;
        // What no node knows has a number that none has.
        let profile = |name| self.layout.profiles.get(name).copied().unwrap_or(u16::MAX);
        Task {
            cpu_milli: requests.cpu.0,
            memory_mib: whole(requests.memory.0),
            pcie_mbit: requests.pcie.0,
            devices: requests.gpus,
            device_milli: requests.milli_gpu.0,
            device_memory_mib: if requests.gpus == 0 { 0 } else { whole(device_memory) },
            file,
            slice: spec.slice.as_ref().map(profile),
            verdicts,
        }
    }
}

fn verdict(refused: Option<NodeRule>) -> Verdict {
    refused.map_or(Verdict::Allowed, |rule| Verdict::Refused(rule_number(rule)))
}

/// The number of a rule to the solver.
fn rule_number(rule: NodeRule) -> u8 {
    NodeRule::ALL.iter().position(|known| *known == rule).unwrap_or(0) as u8
}
