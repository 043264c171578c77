//! The gate of a release. What is not known is never good, and time that is over passes nothing.

use super::counted::Counted;
use super::relative::Relative;
use crate::edge::rollout::{Sequential, Standing};
use paceline_model::Millis;

/// What is asked of a release.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReleaseRules {
    /// The share of errors from which it is bad, in 0..1; up to half of that it is good.
    pub errors_max: f64,
    /// How many times as many errors as the old release's, by share, are bad; above 1.
    pub times_worse: f64,
    /// The share of errors below which it does not matter what the old release does, in 0..1.
    pub errors_floor: f64,
    /// Requests that the new release serves, at least.
    pub requests_min: u64,
    /// How long it is watched, at least.
    pub watch_min: Millis,
    /// How often a good one fails at most, in 0..1.
    pub alarm: f64,
    /// How often a bad one passes at most, in 0..1.
    pub miss: f64,
}

/// What leaked of the new release.
#[derive(Clone, Debug, PartialEq)]
pub enum Leaks {
    /// Nobody asks.
    NotAsked,
    /// It is not known: why.
    Unknown(String),
    /// So many, since it began.
    Counted(f64),
}

/// What is known of a release.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleaseEvidence {
    /// How long it has been watched.
    pub elapsed: Millis,
    /// What the new one did since then, or why that is not known.
    pub new: Asked,
    /// What the old one did in the same time.
    pub old: Asked,
    /// What leaked.
    pub leaks: Leaks,
    /// Who of the new one does not answer now.
    pub silent: Option<String>,
}

/// What is counted, if it is asked for; else why it is not known.
type Asked = Option<Result<Counted, String>>;

/// What a gate answers, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReleaseVerdict {
    /// It may stay.
    Pass(Vec<String>),
    /// It is bad.
    Fail(Vec<String>),
    /// Not enough is known: what is missing.
    Undecided(Vec<String>),
}

/// What one question comes to.
enum Finding {
    Good(String),
    Bad(String),
    Missing(String),
}

/// A gate, as far as it has come.
#[derive(Clone, Debug)]
pub struct ReleaseGate {
    rules: ReleaseRules,
    relative: Relative,
    /// Up to where both releases are compared.
    compared: Option<(Counted, Counted)>,
    /// Tests that a good release may fail.
    tests: f64,
}

impl ReleaseGate {
    /// One that has seen nothing. `with_old`: whether there is an old release beside the new one. A good release may fail either of two
    /// tests then, so each has half the alarms; and a bad one may pass by either of two, so each has half the misses.
    pub fn new(rules: ReleaseRules, with_old: bool) -> Self {
        let tests = if with_old { 2.0 } else { 1.0 };
        let relative = Relative::new(rules.times_worse, rules.alarm / tests, rules.miss / 2.0);
        Self { rules, relative, compared: None, tests }
    }

    /// Takes in all that is known, and judges it.
    pub fn judge(&mut self, known: &ReleaseEvidence) -> ReleaseVerdict {
        if let (Some(Ok(new)), Some(Ok(old))) = (&known.new, &known.old) {
            self.compare(*new, *old);
        }
        let findings = [self.errors(known), self.beside_old(known), leaks(&known.leaks), self.watch(known)];
        let (mut good, mut bad, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        for finding in findings.into_iter().flatten() {
            match finding {
                Finding::Good(why) => good.push(why),
                Finding::Bad(why) => bad.push(why),
                // Who does not answer is asked about more than once.
                Finding::Missing(why) if missing.contains(&why) => {}
                Finding::Missing(why) => missing.push(why),
            }
        }
        match (bad.is_empty(), missing.is_empty()) {
            (false, _) => ReleaseVerdict::Fail(bad),
            (true, false) => ReleaseVerdict::Undecided(missing),
            (true, true) => ReleaseVerdict::Pass(good),
        }
    }

    /// What both did since they were last compared.
    fn compare(&mut self, new: Counted, old: Counted) {
        let (new_before, old_before) = self.compared.replace((new, old)).unwrap_or_default();
        let since = |now: Counted, before: Counted| Counted {
            requests: now.requests.saturating_sub(before.requests),
            errors: now.errors.saturating_sub(before.errors),
        };
        self.relative.observe(since(new, new_before), since(old, old_before));
    }

    fn errors(&self, known: &ReleaseEvidence) -> Option<Finding> {
        let Counted { requests, errors } = match known.new.as_ref()? {
            Ok(counted) => *counted,
            Err(why) => return Some(Finding::Missing(why.clone())),
        };
        let ReleaseRules { errors_max, requests_min, .. } = self.rules;
        let said = format!("{errors} errors in {requests} requests");
        let standing = self.below(errors_max, self.rules.miss).judge(errors, requests);
        Some(match standing {
            Standing::Bad => Finding::Bad(format!("{said}: more than a share of {errors_max}")),
            Standing::Good if requests >= requests_min => Finding::Good(said),
            Standing::Open if requests >= requests_min => {
                Finding::Missing(format!("{said} do not tell yet whether they are a share of {errors_max}"))
            }
            Standing::Good | Standing::Open => Finding::Missing(format!(
                "the new release has served {requests} requests, of {requests_min} at least"
            )),
        })
    }

    fn beside_old(&self, known: &ReleaseEvidence) -> Option<Finding> {
        let new = match known.new.as_ref()? {
            Ok(counted) => *counted,
            // Said once, of its errors alone.
            Err(_) => return None,
        };
        let old = match known.old.as_ref()? {
            Ok(counted) => *counted,
            Err(why) => return Some(Finding::Missing(why.clone())),
        };
        let (times, floor) = (self.rules.times_worse, self.rules.errors_floor);
        let said = format!("the old release had {} in {}", old.errors, old.requests);
        let is_rare =
            self.below(floor, self.rules.miss / 2.0).judge(new.errors, new.requests) == Standing::Good;
        Some(match self.relative.standing() {
            Standing::Bad => Finding::Bad(format!("{said}: the new one has {times} times as many")),
            Standing::Good => Finding::Good(said),
            Standing::Open if is_rare => {
                Finding::Good(format!("fewer than a share of {floor}, whatever the old release has"))
            }
            Standing::Open => Finding::Missing(format!(
                "{said}: that does not tell yet whether the new one has {times} times as many"
            )),
        })
    }

    fn watch(&self, known: &ReleaseEvidence) -> Option<Finding> {
        if let Some(why) = &known.silent {
            return Some(Finding::Missing(why.clone()));
        }
        let least = self.rules.watch_min;
        (known.elapsed < least).then(|| {
            Finding::Missing(format!(
                "watched for {} s, of {} s at least",
                known.elapsed.0 / 1_000,
                least.0 / 1_000
            ))
        })
    }

    /// The test of a share that is bad from `bad` on.
    fn below(&self, bad: f64, miss: f64) -> Sequential {
        Sequential { good: bad / 2.0, bad, alarm: self.rules.alarm / self.tests, miss }
    }
}

fn leaks(of: &Leaks) -> Option<Finding> {
    match of {
        Leaks::NotAsked => None,
        Leaks::Unknown(why) => Some(Finding::Missing(why.clone())),
        Leaks::Counted(0.0) => Some(Finding::Good("nothing leaked".into())),
        Leaks::Counted(count) => Some(Finding::Bad(format!("{count} leaks"))),
    }
}
