//! What a seed sets up: swarm testing, as in `crate::faults`. Each seed turns some kinds of fault off, and draws how often the others come.

use crate::kinds::{kinds, listed};
use paceline_cluster::ClusterOptions;
use paceline_model::Millis;
use paceline_plan::Rng;
use std::collections::BTreeSet;
use std::fmt;

kinds! {
    /// A kind of fault that a seed may have, or of what operators do.
    Fault, "kind of fault";
    /// A process dies and starts again, or does not.
    Crash "crash";
    /// A process stands still for a while, and goes on with what it knew.
    Pause "pause";
    /// Two of servers, clients and the store cannot reach each other for a while.
    Partition "partition";
    /// One cannot reach another, which reaches it.
    OneWay "one-way";
    /// The store takes nothing for seconds.
    StoreGone "store-gone";
    /// Statements take their time, and are done after whoever asked gave up.
    SlowStore "slow-store";
    /// Statements are done, and the answer is lost.
    LostAnswers "lost-answers";
    /// Requests take their time and overtake.
    Delay "delay";
    /// Requests and answers to them are lost.
    Loss "loss";
    /// Requests arrive twice.
    Duplicates "duplicates";
    /// Clocks run too fast or too slow.
    ClockRates "clock-rates";
    /// Clocks jump.
    ClockJumps "clock-jumps";
    /// A second process starts under a server's name while the first runs.
    Replaced "replaced";
    /// A server is to have no regions, and later is again.
    Drain "drain";
    /// A region is to run on a server of an operator's choice.
    Pin "pin";
    /// A server joins.
    Join "join";
    /// A server ends in order and stays away.
    Leave "leave";
    /// All servers end in order and start again, one after the other.
    Rolling "rolling";
}

impl Fault {
    /// What operators do in a healthy cluster. It refuses no request.
    pub const PLANNED: [Self; 5] = [Self::Drain, Self::Pin, Self::Join, Self::Leave, Self::Rolling];
}

kinds! {
    /// A bug that is planted on purpose in what the simulation models, to see that it is found.
    Planted, "planted bug";
    /// The log takes what a writer of an earlier epoch appends: whoever has the region in the table is trusted.
    LeaseForAFence "lease-for-a-fence";
    /// Whoever takes a log over goes on in the epoch of the writer before it.
    EpochNotRaised "epoch-not-raised";
    /// Whoever takes a log over does not read what was appended between its look and its epoch.
    RestNotRead "rest-not-read";
    /// A region is claimed whatever its term.
    ClaimInAnyTerm "claim-in-any-term";
    /// A region is given up whatever its term.
    ReleaseInAnyTerm "release-in-any-term";
    /// A door that has no answer sends the request again without its key.
    RepeatWithoutKey "repeat-without-key";
    /// A stream counts what its server has published, and not what its region has.
    PositionByServer "position-by-server";
    /// A region whose log was taken over acknowledges on.
    ServedWhenFenced "served-when-fenced";
    /// A region is given away with records under way.
    ClosedTooEarly "closed-too-early";
    /// An append without an answer is sent again without a look at where the log ends.
    AppendedAgain "appended-again";
    /// An append without an answer counts as done.
    UnknownIsDone "unknown-is-done";
    /// A region is told of a vehicle before the record that lets go of it is durable.
    GivenBeforeDurable "given-before-durable";
    /// A region says that it has a vehicle before its record of that is durable.
    TakenBeforeDurable "taken-before-durable";
    /// A hand-over counts as taken once it is sent.
    ForgottenWhenSent "forgotten-when-sent";
    /// A hand-over has another number each time that it is sent.
    NumberedWhenSent "numbered-when-sent";
    /// A region is told of all vehicles at once that left for it, in any order.
    TellsAllAtOnce "tells-all-at-once";
    /// Whoever takes a region over tells only of vehicles that leave from then on.
    OutboxByServer "outbox-by-server";
}

/// One run, fixed to the last step.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What all chance follows from.
    pub seed: u64,
    /// The kinds of fault that there are.
    pub faults: BTreeSet<Fault>,
    /// Orders that clients send.
    pub orders: usize,
    /// Servers at the beginning.
    pub servers: usize,
    /// Regions.
    pub regions: usize,
    /// Vehicles that go from region to region.
    pub vehicles: usize,
    /// How long faults come. Then all are healed, and what must come right has time to.
    pub lasts: Millis,
    /// The bug that is planted.
    pub planted: Option<Planted>,
    pub(super) options: ClusterOptions,
    /// Longest that a statement's answer is waited for.
    pub(super) answer_wait: Millis,
    /// How often a fault that may come with any message does, of a thousand times.
    pub(super) per_mille: usize,
}

impl Setup {
    /// What this seed sets up.
    pub fn of(seed: u64) -> Self {
        let rng = &mut Rng::of(seed, "cluster");
        // Every fifth seed is a healthy cluster whose operators are busy; the others have half of the kinds on average.
        let healthy = seed % 5 == 4;
        let kinds = Fault::ALL.iter().copied().filter(|_| rng.below(2) == 0);
        let faults: BTreeSet<Fault> =
            kinds.filter(|fault| !healthy || Fault::PLANNED.contains(fault)).collect();
        let servers = 2 + rng.below(4);
        Self {
            seed,
            orders: 10 + rng.below(50),
            servers: if healthy { servers.max(3) } else { servers },
            regions: 1 + rng.below(6),
            lasts: Millis(15_000 + rng.below(35_000) as u32),
            planted: None,
            options: ClusterOptions {
                moves_max: 1 + rng.below(4),
                standby: rng.below(3) > 0,
                ..ClusterOptions::default()
            },
            answer_wait: Millis([1_000, 3_000, 15_000][rng.below(3)]),
            per_mille: [2, 8, 30, 80][rng.below(4)],
            vehicles: 1 + rng.below(6),
            faults,
        }
    }

    /// Whether there are faults of this kind.
    pub fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// Whether nothing fails, and operators alone move regions.
    pub fn is_healthy(&self) -> bool {
        self.faults.iter().all(|fault| Fault::PLANNED.contains(fault))
    }

    /// The flags of `paceline sim fuzz` that set up the same, where this is no longer what its seed drew.
    pub fn flags(&self) -> String {
        let drawn = Self::of(self.seed);
        let mut flags = format!("--cluster --seed {}", self.seed);
        let without: Vec<&Fault> = drawn.faults.difference(&self.faults).collect();
        if !without.is_empty() {
            flags += &format!(" --without {}", listed(without));
        }
        let numbers = [
            ("orders", drawn.orders, self.orders),
            ("servers", drawn.servers, self.servers),
            ("regions", drawn.regions, self.regions),
            ("vehicles", drawn.vehicles, self.vehicles),
            ("millis", drawn.lasts.0 as usize, self.lasts.0 as usize),
        ];
        for (name, _, now) in numbers.into_iter().filter(|(_, drawn, now)| drawn != now) {
            flags += &format!(" --{name} {now}");
        }
        if let Some(planted) = self.planted {
            flags += &format!(" --planted {planted}");
        }
        flags
    }

    /// A generator for one purpose, which no other draws from: a run without one kind of fault meets the others as before.
    pub(super) fn rng(&self, purpose: &str) -> Rng {
        Rng::of(self.seed, purpose)
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = if self.faults.is_empty() { "no faults".to_owned() } else { listed(self.faults.iter()) };
        write!(
            f,
            "seed {}: {} servers, {} regions, {} vehicles, {} orders, {} s, {} moves at once, {}, answers waited for {} ms, {} per mille of {faults}",
            self.seed,
            self.servers,
            self.regions,
            self.vehicles,
            self.orders,
            self.lasts.0 / 1_000,
            self.options.moves_max,
            if self.options.standby { "with standby" } else { "without standby" },
            self.answer_wait.0,
            self.per_mille,
        )
    }
}
