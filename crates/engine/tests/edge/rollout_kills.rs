//! Schedulers that are killed in the midst of rollouts: whatever is drawn, they come to the same as one that never stopped, and keep the rules meanwhile.
//! The rules are written from `docs/rollouts.md` and from what agents run in truth, not from the engine.

use crate::fleet::{Fleet, GOOD, Quality, to, w};
use paceline_model::edge::{RolloutOrder, RolloutPhase, RolloutSpec};
use paceline_plan::Rng;
use std::collections::BTreeSet;

/// What a seed draws.
#[derive(Clone, Debug)]
struct Drawn {
    nodes: u32,
    snapshot_every: u64,
    spec: RolloutSpec,
    quality: Quality,
    /// When a person says what.
    words: Vec<(u64, RolloutOrder)>,
    /// After which second the scheduler is killed, once how many nodes have reported.
    kills: Vec<(u64, usize)>,
}

impl Drawn {
    fn of(seed: u64) -> Self {
        let mut rng = Rng::of(seed, "rollout kills");
        let steps = [&[20, 60, 100][..], &[10, 50, 100], &[25, 50, 75, 100], &[100], &[34, 67, 100]];
        let bad =
            [Quality { errors: 300, ..GOOD }, Quality { slow: 100, ..GOOD }, Quality { dies: true, ..GOOD }];
        let quality = if rng.below(2) == 0 { GOOD } else { bad[rng.below(bad.len())] };
        let mut words = Vec::new();
        if rng.below(3) == 0 {
            let at = 30 + 10 * rng.below(30) as u64;
            words = vec![(at, RolloutOrder::Pause(None)), (at + 50, RolloutOrder::Resume)];
        }
        if rng.below(6) == 0 {
            let last = [RolloutOrder::Promote, RolloutOrder::Abort][rng.below(2)];
            words.push((100 + 10 * rng.below(40) as u64, last));
        }
        let mut kills: Vec<(u64, usize)> =
            (0..1 + rng.below(5)).map(|_| (20 + 10 * rng.below(50) as u64, rng.below(9))).collect();
        kills.sort_unstable();
        kills.dedup_by_key(|kill| kill.0);
        words.sort_by_key(|word| word.0);
        let spec = RolloutSpec {
            unavailable_max: 1 + rng.below(4) as u32,
            ..to("2.0.0", steps[rng.below(steps.len())])
        };
        Self {
            nodes: 3 + rng.below(6) as u32,
            snapshot_every: 1 + rng.below(6) as u64,
            spec,
            quality,
            words,
            kills,
        }
    }

    /// Plays it. Returns how the rollout stands in the end, and who was ordered the version.
    fn play(&self, killed: bool, seed: u64) -> (RolloutPhase, Vec<String>) {
        let mut fleet = Fleet::of(self.nodes, self.snapshot_every);
        fleet.quality.insert("2.0.0", self.quality);
        fleet.start(self.spec.clone());
        let mut rules = Rules::default();
        for second in (20..END).step_by(10) {
            for (_, order) in self.words.iter().filter(|(at, _)| *at == second) {
                // It may have ended by then: a refusal is an answer.
                _ = fleet.steer(*order);
                rules.promoted |= *order == RolloutOrder::Promote;
            }
            let kill = self.kills.iter().find(|(at, _)| killed && *at == second);
            match kill {
                Some((_, reported)) => fleet = fleet.until_killed(second, *reported),
                None => fleet.until(second + 10),
            }
            rules
                .look(&fleet, self)
                .unwrap_or_else(|broken| panic!("seed {seed}, second {second}: {broken}; {self:?}"));
        }
        (fleet.phase().expect("there is one"), fleet.ordered("2.0.0"))
    }
}

/// By then every rollout of [`Drawn`] has ended: the longest has eight nodes, one at a time, and three gates.
const END: u64 = 1_800;

/// What must hold at any time.
#[derive(Default)]
struct Rules {
    promoted: bool,
    /// Who has run the version, in truth.
    ran: BTreeSet<String>,
    ended: Option<RolloutPhase>,
}

impl Rules {
    fn look(&mut self, fleet: &Fleet, drawn: &Drawn) -> Result<(), String> {
        let ordered = fleet.ordered("2.0.0");
        let ledger = fleet.bench.region.ledger();
        let truth = |version: &str| -> BTreeSet<String> {
            let of = ledger.nodes().filter(|row| fleet.runs(&row.spec.id).as_deref() == Some(version));
            of.map(|row| row.spec.id.to_string()).collect()
        };
        self.ran.extend(truth("2.0.0"));
        let rollout = ledger.rollout(&w()).ok_or("it is forgotten")?;
        // An end is an end.
        if let Some(ended) = self.ended
            && ended != rollout.phase
        {
            return Err(format!("it had ended as {ended:?} and is {:?}", rollout.phase));
        }
        if matches!(rollout.phase, RolloutPhase::Done | RolloutPhase::RolledBack) {
            self.ended = Some(rollout.phase);
        }
        // Never more at once than are allowed: ordered, and not known to run it.
        let on_the_way = ordered.iter().filter(|node| !self.ran.contains(*node)).count();
        if on_the_way > drawn.spec.unavailable_max as usize {
            return Err(format!("{on_the_way} nodes are on their way"));
        }
        if self.promoted || rollout.phase == RolloutPhase::Done {
            return Ok(());
        }
        // Never more nodes than the step has, in whole numbers, and none of the next before all of this one have run it.
        let sizes = sizes(drawn.nodes as usize, &drawn.spec.percents);
        let reached = sizes.iter().filter(|size| **size <= self.ran.len()).count();
        let allowed = sizes.get(reached).copied().unwrap_or(drawn.nodes as usize);
        if ordered.len() > allowed {
            return Err(format!(
                "{ordered:?} were ordered it, and {:?} have run it, of steps of {sizes:?}",
                self.ran
            ));
        }
        // A bad version never comes to a second step.
        let bad = drawn.quality.errors > 20 || drawn.quality.slow > 10 || drawn.quality.dies;
        if bad && ordered.len() > sizes[0] {
            return Err(format!(
                "a bad version was ordered to {ordered:?}, and the first step has {}",
                sizes[0]
            ));
        }
        Ok(())
    }
}

/// Nodes up to each step: at least one, never more than its share.
fn sizes(nodes: usize, percents: &[u8]) -> Vec<usize> {
    let mut sizes: Vec<usize> =
        percents.iter().map(|percent| (nodes * usize::from(*percent) / 100).max(1)).collect();
    sizes.dedup();
    sizes
}

fn comes_to_the_same(seed: u64) {
    let drawn = Drawn::of(seed);
    let right = drawn.play(false, seed);
    assert_eq!(drawn.play(true, seed), right, "seed {seed}: {drawn:?}");
    let bad = drawn.quality.errors > 20 || drawn.quality.slow > 10 || drawn.quality.dies;
    let steered =
        drawn.words.iter().any(|(_, order)| matches!(order, RolloutOrder::Promote | RolloutOrder::Abort));
    if !steered {
        let end = if bad { RolloutPhase::RolledBack } else { RolloutPhase::Done };
        let all = if bad { 0 } else { drawn.nodes as usize };
        assert_eq!((right.0, right.1.len()), (end, all), "seed {seed}: {drawn:?}");
    }
}

#[test]
fn a_scheduler_that_is_killed_at_any_step_comes_to_the_same() {
    (0..24).for_each(comes_to_the_same);
}

/// `TMPDIR=/dev/shm cargo test --release -p paceline-engine --test edge -- --ignored two_thousand`
#[test]
#[ignore = "half a minute, in release and with its journals in memory"]
fn two_thousand_schedulers_that_are_killed_come_to_the_same() {
    (24..2_024).for_each(comes_to_the_same);
}
