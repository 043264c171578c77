//! The gate of a release: moments with nothing to judge, and how often it errs over simulated releases.

use paceline_model::Millis;
use paceline_plan::Rng;
use paceline_plan::release::{Counted, Leaks, ReleaseEvidence, ReleaseGate, ReleaseRules, ReleaseVerdict};

const RULES: ReleaseRules = ReleaseRules {
    errors_max: 0.05,
    times_worse: 2.0,
    errors_floor: 0.002,
    requests_min: 200,
    watch_min: Millis(0),
    alarm: 0.01,
    miss: 0.01,
};

fn counted(requests: u64, errors: u64) -> Option<Result<Counted, String>> {
    Some(Ok(Counted { requests, errors }))
}

fn evidence(new: Option<Result<Counted, String>>, old: Option<Result<Counted, String>>) -> ReleaseEvidence {
    ReleaseEvidence { elapsed: Millis(60_000), new, old, leaks: Leaks::NotAsked, silent: None }
}

fn check(known: &ReleaseEvidence, rules: ReleaseRules) -> String {
    let (word, why) = match ReleaseGate::new(rules, known.old.is_some()).judge(known) {
        ReleaseVerdict::Pass(why) => ("pass", why),
        ReleaseVerdict::Fail(why) => ("fail", why),
        ReleaseVerdict::Undecided(why) => ("undecided", why),
    };
    format!("{word}: {}", why.join("; "))
}

#[test]
fn what_is_not_known_is_never_good() {
    let unknown = |why: &str| Some(Err(why.to_owned()));
    let good = evidence(counted(1_000, 0), None);
    assert_eq!(check(&good, RULES), "pass: 0 errors in 1000 requests");
    assert_eq!(
        check(&evidence(counted(0, 0), None), RULES),
        "undecided: the new release has served 0 requests, of 200 at least"
    );
    assert_eq!(
        check(&evidence(unknown("no errors are counted"), None), RULES),
        "undecided: no errors are counted"
    );
    assert_eq!(
        check(&evidence(counted(1_000, 0), unknown("the old one is silent")), RULES),
        "undecided: the old one is silent"
    );
    let silent = ReleaseEvidence { silent: Some("b does not answer".into()), ..good.clone() };
    assert_eq!(check(&silent, RULES), "undecided: b does not answer");
    let leaks = |leaks| ReleaseEvidence { leaks, ..good.clone() };
    assert_eq!(
        check(&leaks(Leaks::Unknown("leaks are not said".into())), RULES),
        "undecided: leaks are not said"
    );
    assert_eq!(check(&leaks(Leaks::Counted(0.0)), RULES), "pass: 0 errors in 1000 requests; nothing leaked");
    assert_eq!(check(&leaks(Leaks::Counted(1.0)), RULES), "fail: 1 leaks");
    let long = ReleaseRules { watch_min: Millis(90_000), ..RULES };
    assert_eq!(check(&good, long), "undecided: watched for 60 s, of 90 s at least");
}

#[test]
fn more_errors_than_the_bound_or_than_the_old_release_are_bad() {
    assert!(
        check(&evidence(counted(1_000, 80), None), RULES).starts_with("fail: 80 errors in 1000 requests")
    );
    let worse = check(&evidence(counted(4_000, 60), counted(4_000, 15)), RULES);
    assert_eq!(worse, "fail: the old release had 15 in 4000: the new one has 2 times as many");
    let alike = check(&evidence(counted(5_000, 50), counted(5_000, 50)), RULES);
    assert_eq!(alike, "pass: 50 errors in 5000 requests; the old release had 50 in 5000");
    let rare = check(&evidence(counted(9_000, 0), counted(9_000, 0)), RULES);
    assert_eq!(
        rare,
        "pass: 0 errors in 9000 requests; fewer than a share of 0.002, whatever the old release has"
    );
    let open = check(&evidence(counted(1_000, 4), counted(1_000, 3)), RULES);
    assert_eq!(
        open,
        "undecided: the old release had 3 in 1000: that does not tell yet whether the new one has 2 times as many"
    );
}

/// A release beside the old one, looked at after every hundred requests or so, of which the new one gets `part`; both have hours in which
/// three times as much fails.
fn simulated(seed: u64, part: f64, old_share: f64, new_share: f64) -> Option<bool> {
    let mut rng = Rng::new(seed);
    let mut unit = || rng.unit();
    let mut gate = ReleaseGate::new(RULES, true);
    let (mut new, mut old) = (Counted::default(), Counted::default());
    for look in 0..4_000 {
        let hour = if look / 20 % 2 == 0 { 0.5 } else { 1.5 };
        for _ in 0..100 {
            let (release, share) = if unit() < part { (&mut new, new_share) } else { (&mut old, old_share) };
            release.requests += 1;
            release.errors += u64::from(unit() < share * hour);
        }
        match gate.judge(&evidence(Some(Ok(new)), Some(Ok(old)))) {
            ReleaseVerdict::Pass(_) => return Some(true),
            ReleaseVerdict::Fail(_) => return Some(false),
            ReleaseVerdict::Undecided(_) => {}
        }
    }
    None
}

#[test]
fn over_a_thousand_releases_alarms_and_misses_keep_to_the_rates_that_are_stated() {
    let count = |part, old, new, passed| {
        (0..1_000).filter(|seed| simulated(*seed, part, old, new) == Some(passed)).count()
    };
    for part in [0.1, 0.5] {
        // Ten of a thousand are expected at most; twenty are more than three standard deviations above that.
        let (alarms, misses) = (count(part, 0.01, 0.01, false), count(part, 0.01, 0.02, true));
        assert!(alarms <= 20 && misses <= 20, "{part}: {alarms} {misses}");
        assert!(count(part, 0.01, 0.01, true) >= 980, "one that is no worse passes");
        assert_eq!(count(part, 0.004, 0.04, false), 1_000, "one that is ten times as bad fails");
    }
    assert_eq!(count(0.5, 0.0, 0.0, true), 1_000, "where nothing fails, it passes by the floor");
}
