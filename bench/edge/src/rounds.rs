//! Rounds of a whole region against what it has: one workload comes and one goes between two rounds, on more and more nodes with more and more that
//! runs there.

use crate::clock::{micros, percentile, timed};
use anyhow::{Context, Result};
use paceline_engine::edge::{Edge, EdgeOptions};
use paceline_engine::region::{Input, Output, Region, RegionOptions};
use paceline_engine::{Ledger, Ticket};
use paceline_model::edge::{
    Allocatable, Command, Device, DeviceUuid, Mbps, Mebibytes, MilliCpu, MilliGpu, ModelId, ModelSpec,
    ModelVersion, NodeFingerprint, NodeId, NodeSpec, Place, Power, Precision, Requests, Trust, Variant,
    WorkloadId, WorkloadSpec,
};
use paceline_model::{Instant, Millis, Request, Tag};
use paceline_plan::Budget;
use paceline_plan::edge::round::{Plan, Problem, solve};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Nodes of four GPUs, and replicas that run there beforehand.
const SIZES: [(u32, u32); 4] = [(1_213, 0), (1_213, 5_000), (10_000, 40_000), (100_000, 400_000)];

const ROUNDS: usize = 200;

const TICK: Millis = Millis(25);

pub(crate) fn print() -> Result<()> {
    println!("## Rounds of a region: one workload comes, one goes; processor time in µs, {ROUNDS} rounds\n");
    println!(
        "| nodes | running | what is asked, p50 | p99 | solved, p50 | p99 | adopted, p50 | p99 | all, p50 | p99 |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    );
    for (nodes, running) in SIZES {
        let mut host = Host::new(nodes)?;
        host.fill(running)?;
        let mut rounds: Vec<[Duration; 4]> = Vec::new();
        for number in 0..ROUNDS {
            rounds.push(host.turn_over(number)?);
        }
        let column = |of: usize| {
            let mut values: Vec<Duration> = rounds.iter().map(|round| round[of]).collect();
            let [middle, high] = [50, 99].map(|percent| micros(percentile(&mut values, percent)));
            format!("{middle:.0} | {high:.0}")
        };
        let columns = (0..4).map(column).collect::<Vec<_>>().join(" | ");
        println!("| {nodes} | {running} | {columns} |");
    }
    Ok(())
}

/// A region whose records are durable at once.
pub(crate) struct Host {
    region: Region<Edge>,
    now: Instant,
    tickets: u64,
    problem: Option<Box<Problem>>,
}

impl Host {
    pub(crate) fn new(nodes: u32) -> Result<Self> {
        let options = RegionOptions { tick: TICK, snapshot_every: u64::MAX };
        let edge = Edge::new(EdgeOptions::default());
        let region = Region::new(Ledger::new(edge), options, Instant(1_000));
        let mut host = Self { region, now: Instant(1_000), tickets: 0, problem: None };
        host.ask(Command::PutModel(detector()?))?;
        for number in 0..nodes {
            host.ask(Command::PutNode(node(number)?))?;
        }
        Ok(host)
    }

    /// Places so many replicas, a thousand of each workload.
    fn fill(&mut self, running: u32) -> Result<()> {
        for number in 0..running.div_ceil(1_000) {
            self.fill_with(workload(&format!("runs-{number}"), 1_000)?)?;
        }
        Ok(())
    }

    /// Places a workload, in a round of its own.
    pub(crate) fn fill_with(&mut self, workload: WorkloadSpec) -> Result<()> {
        self.ask(Command::PutWorkload(workload))?;
        self.round(&mut [Duration::ZERO; 4])
    }

    pub(crate) fn ledger(&self) -> &Ledger<Edge> {
        self.region.ledger()
    }

    fn turn_over(&mut self, number: usize) -> Result<[Duration; 4]> {
        self.ask(Command::PutWorkload(workload(&format!("comes-{number}"), 1)?))?;
        if let Some(before) = number.checked_sub(10) {
            let id = WorkloadId::new(&format!("comes-{before}"))?;
            self.ask(Command::RemoveWorkload(id))?;
        }
        let mut took = [Duration::ZERO; 4];
        self.round(&mut took)?;
        took[3] = took[..3].iter().sum();
        Ok(took)
    }

    fn ask(&mut self, command: Command) -> Result<()> {
        self.tickets += 1;
        self.input(Input::Command(Ticket(self.tickets), Request { command, key: None }))
    }

    /// What the parts of a round took: making the problem, solving it, adopting the plan.
    fn round(&mut self, took: &mut [Duration; 4]) -> Result<()> {
        self.now = self.region.due().context("an open region")?;
        let (done, asked) = timed(|| self.input(Input::Elapsed));
        done?;
        let problem = self.problem.take().context("something to place")?;
        let (plan, solved) = timed(|| propose(&problem));
        let (done, adopted) = timed(|| self.input(Input::Proposed(plan)));
        (took[0], took[1], took[2]) = (asked, solved, adopted);
        done
    }

    fn input(&mut self, input: Input<Edge>) -> Result<()> {
        self.region.handle(self.now, input);
        while let Some(output) = self.region.poll() {
            match output {
                Output::Append(record) => self.region.handle(self.now, Input::Durable(record.version)),
                Output::Solve(problem, _) => self.problem = Some(problem),
                Output::Reply(_, answer) => _ = answer?,
                Output::Snapshot(_) | Output::Publish(_) | Output::Tick(_) | Output::Round(_) => {}
            }
        }
        Ok(())
    }
}

fn propose(problem: &Problem) -> Box<Plan> {
    let mut placer = problem.placer();
    Box::new(solve(problem, &mut placer, &mut Budget::unlimited()))
}

fn node(number: u32) -> Result<NodeSpec> {
    let device = |at: u32| -> Result<Device> {
        let uuid = DeviceUuid::new(&format!("GPU-{number}-{at}"))?;
        Ok(Device { uuid, product: Tag::new("T4")?, memory: Mebibytes(15_109), slices: Vec::new() })
    };
    Ok(NodeSpec {
        id: NodeId::new(&format!("box-{number}"))?,
        fingerprint: NodeFingerprint {
            architecture: Tag::new("amd64")?,
            cuda: Some("12.4".parse()?),
            driver: None,
            firmware: None,
        },
        devices: (0..4).map(device).collect::<Result<_>>()?,
        allocatable: Allocatable {
            cpu: MilliCpu(64_000),
            memory: Mebibytes(262_144),
            pcie: Mbps(64_000),
            storage: None,
        },
        place: Place::default(),
        power: Power::Mains,
        labels: BTreeMap::new(),
        taints: Vec::new(),
        trust: Trust::Trusted,
        neighbours: BTreeSet::new(),
    })
}

fn detector() -> Result<ModelSpec> {
    let variant = Variant {
        precision: Precision::Fp16,
        size: Mebibytes(180),
        memory: Mebibytes(1_500),
        cuda_min: Some("11.8".parse()?),
        architectures: BTreeSet::new(),
        latency: Millis(20),
        accuracy_permille: 968,
        artefact: None,
    };
    let versions = vec![ModelVersion { version: "1.2.0".parse()?, variants: vec![variant] }];
    Ok(ModelSpec { id: ModelId::new("spots")?, versions })
}

pub(crate) fn workload(name: &str, replicas: u32) -> Result<WorkloadSpec> {
    let requests = Requests {
        cpu: MilliCpu(500),
        memory: Mebibytes(1_024),
        gpus: 1,
        milli_gpu: MilliGpu(250),
        pcie: Mbps(500),
    };
    let (id, model) = (WorkloadId::new(name)?, ModelId::new("spots")?);
    Ok(WorkloadSpec {
        version: "^1".parse()?,
        replicas,
        ..WorkloadSpec::new(id, model, Precision::Fp16, requests)
    })
}
