//! Whether a step may be followed by the next. What is not known is never good: absence is no nought, and patience that is over passes
//! nothing. A bad version is not saved by patience either.

use super::sequential::{Sequential, Standing};
use paceline_model::Millis;
use paceline_model::edge::{GateRules, OnPatience};

/// What is known of latency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Slow {
    /// Nothing.
    #[default]
    Unknown,
    /// So many requests took longer than the bound.
    Counted(u64),
    /// The largest p99 that a node gives: no counts, so that only above and below can be told, and no rate of wrong answers holds.
    Quoted(Millis),
}

/// What is known of a step, from its own nodes and its own time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// How long it has taken so far, pauses not counted.
    pub elapsed: Millis,
    /// Nodes of the step.
    pub nodes: u32,
    /// Of these, those that run the version and have answered a probe rightly.
    pub running: u32,
    /// Those that went back by themselves, or answered a probe wrongly.
    pub failed: u32,
    /// Those that fell silent after they had switched.
    pub lost: u32,
    /// Requests that the version served.
    pub requests: Option<u64>,
    /// Of these, errors.
    pub errors: Option<u64>,
    /// Of these, too slow ones.
    pub slow: Slow,
}

/// What a gate answers, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The next step may begin.
    Pass(String),
    /// It is bad.
    RollBack(String),
    /// Not enough is known yet.
    Wait(String),
    /// Patience is over, and not enough is known.
    Hold(String),
}

impl Verdict {
    /// Why.
    pub fn why(&self) -> &str {
        match self {
            Self::Pass(why) | Self::RollBack(why) | Self::Wait(why) | Self::Hold(why) => why,
        }
    }
}

/// The rules, as they judge.
struct Gate<'a>(&'a GateRules);

/// Judges a step.
pub fn judge(rules: &GateRules, known: &Evidence) -> Verdict {
    Gate(rules).judge(known)
}

impl Gate<'_> {
    fn judge(&self, known: &Evidence) -> Verdict {
        let findings = [self.nodes(known), self.errors(known), self.latency(known)];
        let bad: Vec<&str> = findings.iter().filter_map(|one| one.bad()).collect();
        if !bad.is_empty() {
            return Verdict::RollBack(bad.join("; "));
        }
        let over = known.elapsed >= self.0.patience;
        if over && let Some(bad) = self.bad_in_the_end(known) {
            return Verdict::RollBack(bad);
        }
        let missing: Vec<&str> = findings.iter().filter_map(|one| one.lacks()).collect();
        if missing.is_empty() {
            let good: Vec<&str> = findings.iter().filter_map(|one| one.good()).collect();
            return Verdict::Pass(good.join("; "));
        }
        let missing = missing.join("; ");
        match (over, self.0.on_patience) {
            (false, _) => Verdict::Wait(missing),
            (true, OnPatience::Hold) => Verdict::Hold(missing),
            (true, OnPatience::RollBack) => Verdict::RollBack(format!("patience is over: {missing}")),
        }
    }

    fn nodes(&self, known: &Evidence) -> Finding {
        let Evidence { nodes, running, failed, lost, .. } = *known;
        match () {
            () if failed > self.0.failures_max => {
                Finding::Bad(format!("{failed} of {nodes} nodes failed it"))
            }
            () if nodes == 0 => Finding::Missing("no node of the step can be reached".into()),
            () if lost > 0 => {
                Finding::Missing(format!("{lost} of {nodes} nodes fell silent after the switch"))
            }
            () if running + failed < nodes => {
                Finding::Missing(format!("{running} of {nodes} nodes run it and have answered a probe"))
            }
            () => Finding::Good(format!("{running} of {nodes} nodes run it")),
        }
    }

    fn errors(&self, known: &Evidence) -> Finding {
        let Some(requests) = known.requests else {
            return Finding::Missing("how many requests it served is not known".into());
        };
        let enough = requests >= self.0.requests_min;
        let Some(errors) = known.errors else {
            return Finding::Missing(format!("how many of {requests} requests were errors is not known"));
        };
        let said = format!("{errors} errors in {requests} requests");
        let bad = f64::from(self.0.errors_permille_max) / 1e3;
        match self.of(bad).judge(errors, requests) {
            Standing::Bad => Finding::Bad(format!("{said}: more than {bad} of them")),
            Standing::Good if enough => Finding::Good(said),
            Standing::Open if enough => Finding::Missing(format!("{said} do not tell yet")),
            Standing::Good | Standing::Open => {
                Finding::Missing(format!("needs {} requests, has {requests}", self.0.requests_min))
            }
        }
    }

    fn latency(&self, known: &Evidence) -> Finding {
        let (Some(most), Some(requests)) = (self.0.p99_max, known.requests) else {
            return if self.0.p99_max.is_none() {
                Finding::NotAsked
            } else {
                Finding::missing("latency is not known")
            };
        };
        match known.slow {
            Slow::Unknown => Finding::missing("latency is not known"),
            Slow::Quoted(p99) if p99 > most => {
                Finding::Missing(format!("p99 is {} ms, over {} ms", p99.0, most.0))
            }
            Slow::Quoted(p99) => Finding::Good(format!("p99 is {} ms", p99.0)),
            Slow::Counted(slow) => {
                let said = format!("{slow} of {requests} requests took over {} ms", most.0);
                match self.of(SLOW_SHARE).judge(slow, requests) {
                    Standing::Bad => Finding::Bad(said),
                    Standing::Good => Finding::Good(said),
                    Standing::Open => Finding::Missing(format!("{said}: that does not tell yet")),
                }
            }
        }
    }

    /// What is bad only once there is no more time to look: half of the nodes gone, or a latency of which only the quantile is told.
    fn bad_in_the_end(&self, known: &Evidence) -> Option<String> {
        if known.lost > 0 && 2 * known.lost >= known.nodes {
            return Some(format!(
                "{} of {} nodes fell silent after the switch and stayed so",
                known.lost, known.nodes
            ));
        }
        let measured = known.requests.is_some_and(|requests| requests >= self.0.requests_min);
        match (known.slow, self.0.p99_max) {
            (Slow::Quoted(p99), Some(most)) if measured && p99 > most => {
                Some(format!("p99 is {} ms, over {} ms", p99.0, most.0))
            }
            _ => None,
        }
    }

    /// The test of a share that is bad from `bad` on. A good version may fail either of two tests, so each has half the alarms.
    fn of(&self, bad: f64) -> Sequential {
        let tests = if self.0.p99_max.is_some() { 2.0 } else { 1.0 };
        Sequential {
            good: bad / 2.0,
            bad,
            alarm: f64::from(self.0.alarm_permille) / 1e3 / tests,
            miss: f64::from(self.0.miss_permille) / 1e3,
        }
    }
}

/// The share of requests that a p99 leaves above it.
const SLOW_SHARE: f64 = 0.01;

/// What one question of a gate comes to.
enum Finding {
    Good(String),
    Bad(String),
    Missing(String),
    NotAsked,
}

impl Finding {
    fn missing(why: &str) -> Self {
        Self::Missing(why.into())
    }
    fn good(&self) -> Option<&str> {
        if let Self::Good(why) = self { Some(why) } else { None }
    }
    fn bad(&self) -> Option<&str> {
        if let Self::Bad(why) = self { Some(why) } else { None }
    }
    fn lacks(&self) -> Option<&str> {
        if let Self::Missing(why) = self { Some(why) } else { None }
    }
}
