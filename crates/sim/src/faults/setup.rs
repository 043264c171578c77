//! What a seed sets up: swarm testing. Each seed turns some kinds of fault off, so that the others are met alone and together, and
//! draws how often each comes and how small every limit is.
//!
//! Source: Groce, Zhang, Eide, Chen and Regehr, "Swarm testing", ISSTA 2012.

use crate::kinds::{kinds, listed};
use paceline_engine::FleetOptions;
use paceline_model::Millis;
use paceline_plan::policy::HoldSpec;
use paceline_plan::{PolicyKind, PolicySpec, Rng};
use std::collections::BTreeSet;
use std::fmt;

kinds! {
    /// A kind of fault that a seed may have.
    Fault, "kind of fault";
    /// The process dies between two steps; the machine goes on.
    Kill "kill";
    /// The machine dies: what was not synced is gone, or not, or half.
    PowerCut "power-cut";
    /// The process dies inside the log, between two calls of the disk.
    DieInDisk "die-in-disk";
    /// Writes fail, having written a part.
    TornWrites "torn-writes";
    /// Syncs fail, and leave nobody knowing what is durable.
    FailedSyncs "failed-syncs";
    /// Files cannot be created, renamed or listed: no descriptors.
    NoDescriptors "no-descriptors";
    /// There is no room for a while.
    DiskFull "disk-full";
    /// Syncs take seconds.
    SlowSyncs "slow-syncs";
    /// Bits change while the process is down.
    BitFlips "bit-flips";
    /// What is said takes its time and overtakes.
    Delay "delay";
    /// What is said is lost.
    Loss "loss";
    /// What is said arrives twice.
    Duplicates "duplicates";
    /// A vehicle or rider is cut off for a while.
    Partitions "partitions";
    /// The process's clock jumps.
    ClockJumps "clock-jumps";
    /// Plans come after many ticks.
    LateSolver "late-solver";
    /// A solver panics, which takes the process with it.
    SolverPanics "solver-panics";
    /// Vehicles say what is not so.
    Liars "liars";
    /// Riders call off just when something happens to their order.
    LateCancels "late-cancels";
    /// Many orders fall due at one moment.
    DueAtOnce "due-at-once";
    /// Records may be hardly larger than one event.
    SmallRecords "small-records";
}

/// What kind of region is tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegionKind {
    /// Vehicles and riders.
    #[default]
    Fleet,
    /// Edge nodes and workloads.
    Edge,
    /// Stations, vans and crews.
    Bikes,
}

/// One run, fixed to the last step.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What kind of region is tried.
    pub region: RegionKind,
    /// What all chance follows from.
    pub seed: u64,
    /// The kinds of fault that there are.
    pub faults: BTreeSet<Fault>,
    /// Rides, or workloads, that are asked for; or stations.
    pub orders: usize,
    /// Vehicles of the fleet, nodes, or vans.
    pub vehicles: usize,
    /// How long faults come. Then all are healed, and what must come right has time to.
    pub lasts: Millis,
    pub(super) tick: Millis,
    pub(super) fleet: FleetOptions,
    pub(super) snapshot_every: u64,
    pub(super) segment_bytes: u64,
    pub(super) payload_bytes_max: usize,
    pub(super) reserve_bytes: u64,
    /// How often each fault comes where it may, of a thousand times.
    pub(super) per_mille: usize,
}

impl Setup {
    /// What this seed sets up for an edge region.
    pub fn edge(seed: u64) -> Self {
        let setup = Self::of(seed);
        // A gang's replicas stand in one record.
        let payload_bytes_max = setup.payload_bytes_max.max(EDGE_RECORD_LEAST);
        // Every fourth lasts long enough for a GPU to come back from its trial.
        let lasts = if seed.is_multiple_of(4) { Millis::from_secs(900) } else { setup.lasts };
        Self { region: RegionKind::Edge, vehicles: 2 * setup.vehicles, payload_bytes_max, lasts, ..setup }
    }

    /// What this seed sets up for a region of shared bikes.
    pub fn bikes(seed: u64) -> Self {
        let setup = Self::of(seed);
        let small = setup.has(Fault::SmallRecords);
        let payload_bytes_max = if small { BIKES_RECORD_LEAST + seed as usize % 1_000 } else { 1 << 20 };
        Self { region: RegionKind::Bikes, orders: 2 + setup.orders / 2, payload_bytes_max, ..setup }
    }

    /// The same as it was drawn.
    fn drawn(&self) -> Self {
        match self.region {
            RegionKind::Fleet => Self::of(self.seed),
            RegionKind::Edge => Self::edge(self.seed),
            RegionKind::Bikes => Self::bikes(self.seed),
        }
    }

    /// What this seed sets up for a fleet.
    pub fn of(seed: u64) -> Self {
        let rng = &mut Rng::of(seed, "setup");
        // Half of the kinds on average; every sixteenth seed has none and tries the rest alone.
        let calm = rng.below(16) == 0;
        let faults = Fault::ALL.iter().copied().filter(|_| rng.below(2) == 0 && !calm);
        let faults: BTreeSet<Fault> = faults.collect();
        let fleet = fleet(rng);
        // A pooled round's routes stand in one record.
        let smallest = if fleet.policy.kind == PolicyKind::Pooled { 16_000 } else { 260 };
        let small = faults.contains(&Fault::SmallRecords);
        Self {
            region: RegionKind::Fleet,
            seed,
            orders: 4 + rng.below(24),
            vehicles: 1 + rng.below(5),
            lasts: Millis::from_secs(40 + rng.below(120) as u32),
            tick: Millis(500 + rng.below(1_500) as u32),
            snapshot_every: [3, 10, 40, 1_000][rng.below(4)],
            segment_bytes: [120, 600, 3_000, 1 << 20][rng.below(4)],
            payload_bytes_max: if small { smallest + rng.below(200) } else { 1 << 20 },
            reserve_bytes: [0, 600, 4_000][rng.below(3)],
            per_mille: [1, 4, 15, 50][rng.below(4)],
            faults,
            fleet,
        }
    }

    /// Whether there are faults of this kind.
    pub fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// The flags of `paceline sim fuzz` that set up the same, where this is no longer what its seed drew.
    pub fn flags(&self) -> String {
        let drawn = self.drawn();
        let without: Vec<&Fault> = drawn.faults.difference(&self.faults).collect();
        let kind = match self.region {
            RegionKind::Fleet => "",
            RegionKind::Edge => "--edge ",
            RegionKind::Bikes => "--bikes ",
        };
        let mut flags = format!("{kind}--seed {}", self.seed);
        if !without.is_empty() {
            flags += &format!(" --without {}", listed(without));
        }
        let numbers = [
            ("orders", drawn.orders, self.orders),
            ("vehicles", drawn.vehicles, self.vehicles),
            ("millis", drawn.lasts.0 as usize, self.lasts.0 as usize),
        ];
        for (name, _, now) in numbers.into_iter().filter(|(_, drawn, now)| drawn != now) {
            flags += &format!(" --{name} {now}");
        }
        flags
    }

    /// What is asked for, and of whom.
    fn words(&self) -> (&'static str, &'static str) {
        match self.region {
            RegionKind::Fleet => ("orders", "vehicles"),
            RegionKind::Edge => ("workloads", "nodes"),
            RegionKind::Bikes => ("stations", "vans"),
        }
    }

    /// A generator for one purpose, which no other draws from: a run without one kind of fault meets the others as before.
    pub(super) fn rng(&self, purpose: &str) -> Rng {
        Rng::of(self.seed, purpose)
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "seed {}: {} {}, {} {}, {} s, tick {} ms, {}, snapshot every {} records, segments of {} B, records of {} B, reserve {} B, {} per mille of {}",
            self.seed,
            self.orders,
            self.words().0,
            self.vehicles,
            self.words().1,
            self.lasts.0 / 1_000,
            self.tick.0,
            self.fleet.policy.kind,
            self.snapshot_every,
            self.segment_bytes,
            self.payload_bytes_max,
            self.reserve_bytes,
            self.per_mille,
            if self.faults.is_empty() { "no faults".to_owned() } else { listed(&self.faults) },
        )
    }
}

/// The smallest limit of a record of an edge region, in bytes: a gang of a dozen replicas takes so much.
const EDGE_RECORD_LEAST: usize = 16_000;

/// The smallest limit of a record of a bikes region, in bytes: a reading of all stations with the orders that follow from it.
const BIKES_RECORD_LEAST: usize = 1_500;

/// Short spans, so that a run of minutes meets all of them.
fn fleet(rng: &mut Rng) -> FleetOptions {
    let kinds = [PolicyKind::Nearest, PolicyKind::LeastWait, PolicyKind::Weighted, PolicyKind::Pooled];
    let mut policy = PolicySpec::default().of_kind(kinds[rng.below(kinds.len())]);
    if policy.kind != PolicyKind::Pooled && rng.below(2) == 0 {
        policy.reassign.get_or_insert_default();
    }
    if rng.below(3) == 0 {
        policy.hold = Some(HoldSpec::default());
    }
    FleetOptions {
        policy,
        offer_timeout: Millis::from_secs(3 + rng.below(6) as u32),
        silence_max: Millis::from_secs(10 + rng.below(30) as u32),
        rescue_wait: Millis::from_secs(60),
        late_max: Millis::from_secs(20 + rng.below(40) as u32),
        ..FleetOptions::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_fault_is_read_as_it_is_written() {
        for &fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(fault));
        }
        assert!("weather".parse::<Fault>().is_err());
    }

    #[test]
    fn whatever_a_seed_draws_for_the_fleet_is_within_its_rules() {
        for seed in 0..200 {
            Setup::of(seed).fleet.validate().unwrap();
        }
    }
}
