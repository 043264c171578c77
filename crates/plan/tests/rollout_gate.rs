//! The gate of a rollout: moments with nothing to judge, and how often it errs over simulated rollouts.

use paceline_model::Millis;
use paceline_model::edge::{Counters, GateRules, OnPatience};
use paceline_plan::edge::rollout::{Evidence, Slow, Tally, Verdict, judge};

const RULES: GateRules = GateRules {
    errors_permille_max: 20,
    p99_max: Some(Millis(250)),
    requests_min: 200,
    patience: Millis::from_secs(900),
    on_patience: OnPatience::Hold,
    failures_max: 0,
    alarm_permille: 10,
    miss_permille: 10,
};

/// A step of one node that runs the version.
fn step(seconds: u32, requests: Option<u64>, errors: Option<u64>, p99_ms: Option<u32>) -> Evidence {
    let slow = p99_ms.map_or(Slow::Unknown, |p99| Slow::Quoted(Millis(p99)));
    let elapsed = Millis::from_secs(seconds);
    Evidence { elapsed, nodes: 1, running: 1, requests, errors, slow, ..Evidence::default() }
}

fn kind(known: &Evidence) -> &'static str {
    kind_under(&RULES, known)
}

fn kind_under(rules: &GateRules, known: &Evidence) -> &'static str {
    match judge(rules, known) {
        Verdict::Pass(_) => "pass",
        Verdict::RollBack(_) => "roll back",
        Verdict::Wait(_) => "wait",
        Verdict::Hold(_) => "hold",
    }
}

#[test]
fn what_is_not_known_is_not_good() {
    let moments = [
        ("g01", step(300, Some(0), Some(0), None), "wait"),
        ("g02", step(900, Some(0), Some(0), None), "hold"),
        ("g03", step(900, Some(0), None, None), "hold"),
        ("g04", step(900, Some(3), Some(0), Some(80)), "hold"),
        ("g05", step(400, Some(4_000), Some(8), Some(140)), "pass"),
        ("g06", step(60, Some(400), Some(120), Some(90)), "roll back"),
        ("g07", step(900, Some(250), Some(0), None), "hold"),
        ("g08", step(900, Some(600), None, Some(120)), "hold"),
        ("g09", step(900, None, None, None), "hold"),
        ("g11a", step(300, Some(900), Some(2), Some(120)), "pass"),
        ("g11b", step(900, Some(0), Some(0), None), "hold"),
        ("g12", step(900, None, Some(0), Some(0)), "hold"),
        ("g13", step(900, Some(500), None, Some(110)), "hold"),
    ];
    for (id, known, right) in moments {
        assert_eq!(kind(&known), right, "{id}: {:?}", judge(&RULES, &known));
    }
    let tried = Evidence { running: 0, failed: 1, ..step(900, None, None, None) };
    assert_eq!(kind(&tried), "roll back", "g14: a list of tries that ended is no success");
}

#[test]
fn counters_that_started_again_count_in_all() {
    let mut tally = Tally::from_first_reading();
    for (requests, errors) in [(0, 0), (800, 3), (12, 0), (450, 2)] {
        tally.read(Counters { requests: Some(requests), errors: Some(errors), slow: None });
    }
    let Counters { requests, errors, .. } = tally.sum();
    assert_eq!((requests, errors), (Some(1_250), Some(5)));
    assert_eq!(kind(&step(600, requests, errors, Some(130))), "pass", "g10");
}

#[test]
fn a_hold_says_what_is_missing_and_may_be_a_way_back_but_never_a_pass() {
    let short = step(900, Some(3), Some(0), Some(80));
    assert_eq!(judge(&RULES, &short).why(), "needs 200 requests, has 3");
    let back = GateRules { on_patience: OnPatience::RollBack, ..RULES };
    assert_eq!(kind_under(&back, &short), "roll back");
    assert_eq!(kind_under(&back, &Evidence { elapsed: Millis(0), ..short }), "wait");
}

#[test]
fn what_fell_silent_after_the_switch_counts_against_it() {
    let of_three = |seconds, running, lost| Evidence {
        nodes: 3,
        running,
        lost,
        ..step(seconds, Some(4_000), Some(8), Some(140))
    };
    assert_eq!(kind(&of_three(400, 3, 0)), "pass");
    assert_eq!(kind(&of_three(400, 2, 1)), "wait");
    assert_eq!(kind(&of_three(900, 2, 1)), "hold");
    assert_eq!(kind(&of_three(400, 1, 2)), "wait");
    assert_eq!(kind(&of_three(900, 1, 2)), "roll back", "though no error was ever reported");
}

#[test]
fn a_quantile_alone_rolls_back_when_patience_is_over_and_never_passes_above_the_bound() {
    assert_eq!(kind(&step(300, Some(4_000), Some(8), Some(251))), "wait");
    assert_eq!(kind(&step(900, Some(4_000), Some(8), Some(251))), "roll back");
    assert_eq!(kind(&step(900, Some(30), Some(0), Some(251))), "hold", "thirty requests measure no p99");
}

/// Draws from 0..1 by a seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> f64 {
        // SplitMix64: Steele, Lea and Flood, OOPSLA 2014.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A step of a version with these shares of errors and of slow requests: looked at after every 20 requests, as reports come.
fn simulated(seed: u64, errors: f64, slow: f64) -> Option<bool> {
    let mut dice = Dice(seed);
    let mut known = Evidence { nodes: 1, running: 1, ..Evidence::default() };
    let (mut requests, mut failed, mut late) = (0, 0, 0);
    while requests < 20_000 {
        for _ in 0..20 {
            requests += 1;
            failed += u64::from(dice.throw() < errors);
            late += u64::from(dice.throw() < slow);
        }
        (known.requests, known.errors, known.slow) = (Some(requests), Some(failed), Slow::Counted(late));
        match judge(&RULES, &known) {
            Verdict::Pass(_) => return Some(true),
            Verdict::RollBack(_) => return Some(false),
            Verdict::Wait(_) | Verdict::Hold(_) => {}
        }
    }
    None
}

#[test]
fn over_a_thousand_rollouts_alarms_and_misses_keep_to_the_rates_that_are_stated() {
    let count = |errors, slow, passed| {
        (0..1_000).filter(|seed| simulated(*seed, errors, slow) == Some(passed)).count()
    };
    // Ten of a thousand are expected at most; twenty are more than three standard deviations above that.
    let (alarms, missed_errors, missed_slow) =
        (count(0.01, 0.005, false), count(0.02, 0.001, true), count(0.001, 0.01, true));
    assert!(
        alarms <= 20 && missed_errors <= 20 && missed_slow <= 20,
        "{alarms} {missed_errors} {missed_slow}"
    );
    assert_eq!(count(0.001, 0.001, true), 1_000, "a good one passes");
    assert_eq!(count(0.3, 0.001, false), 1_000, "a ruined one goes back");
    assert_eq!(count(0.001, 0.2, false), 1_000, "so does a slow one");
}
