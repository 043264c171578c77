//! Each way in which an answer may be good or bad.

use crate::fixtures::{Case, file, now, policy};
use jiff::Span;
use paceline_attest::policy::PolicyError;
use paceline_attest::{AttestationKey, BadProof, EventLog, Policy};
use std::collections::BTreeMap;

#[test]
fn a_quote_over_the_challenge_with_its_log_is_a_proof() {
    let proved = Case::of("first", 1, Some("boot.log")).verify().unwrap();
    assert_eq!(proved.pcrs.to_string(), "0,4,7");
    assert_eq!(proved.measured.len(), 5);
    assert!(proved.firmware > 0 && proved.clock.clock_ms > 0);
}

#[test]
fn the_log_may_be_left_out_while_the_same_start_holds_the_same() {
    let first = Case::of("first", 1, Some("boot.log")).verify().unwrap();
    let second = Case { clock: Some(first.clock), last: Some(first.clone()), ..Case::of("second", 2, None) };
    assert_eq!(second.verify().unwrap().measured, first.measured);
    let restarted = Case { last: Some(first), ..Case::of("restarted", 3, None) };
    assert_eq!(restarted.verify(), Err(BadProof::MissingLog), "a restart is looked at from its start");
}

#[test]
fn a_missing_log_is_refused() {
    assert_eq!(Case::of("first", 1, None).verify(), Err(BadProof::MissingLog));
}

#[test]
fn a_wrong_nonce_is_refused() {
    assert_eq!(Case::of("first", 9, Some("boot.log")).verify(), Err(BadProof::WrongNonce));
}

#[test]
fn a_replayed_quote_is_refused() {
    let case = Case { earlier: vec![[1; 32]], ..Case::of("first", 2, Some("boot.log")) };
    assert_eq!(case.verify(), Err(BadProof::OldNonce));
}

#[test]
fn another_key_of_the_same_tpm_is_refused() {
    assert_eq!(Case::of("other", 1, Some("boot.log")).verify(), Err(BadProof::Signature));
    let last = Case::of("second", 2, Some("boot.log")).verify().unwrap();
    let case = Case { last: Some(last), ..Case::of("other", 1, Some("boot.log")) };
    assert_eq!(case.verify(), Err(BadProof::OtherKey));
    let key = AttestationKey::parse(&file("other.pub")).unwrap();
    Case { key, ..Case::of("other", 1, Some("boot.log")) }.verify().unwrap();
}

#[test]
fn a_flipped_byte_anywhere_in_quote_or_signature_is_refused() {
    let good = Case::of("first", 1, Some("boot.log"));
    for byte in 0..good.quote.len() {
        let mut case = Case::of("first", 1, Some("boot.log"));
        case.quote[byte] ^= 1 << (byte % 8);
        let refused = case.verify();
        assert!(
            matches!(refused, Err(BadProof::Malformed(_) | BadProof::Signature)),
            "byte {byte}: {refused:?}"
        );
    }
    for byte in 0..good.signature.len() {
        let mut case = Case::of("first", 1, Some("boot.log"));
        case.signature[byte] ^= 1 << (byte % 8);
        assert!(case.verify().is_err(), "byte {byte}");
    }
}

#[test]
fn a_flipped_byte_of_the_log_is_refused_or_changes_nothing_that_counts() {
    let good = Case::of("first", 1, Some("boot.log")).verify().unwrap();
    for byte in 0..file("boot.log").len() {
        let mut log = file("boot.log");
        log[byte] ^= 1 << (byte % 8);
        let case = Case { log: Some(log), ..Case::of("first", 1, None) };
        if let Ok(proved) = case.verify() {
            assert_eq!(proved, good, "byte {byte}");
        }
    }
}

#[test]
fn a_log_that_hides_what_was_measured_is_refused() {
    // The box measured an unknown kernel, and shows the log of a good one.
    assert_eq!(Case::of("tampered", 5, Some("boot.log")).verify(), Err(BadProof::LogDiffers));
}

#[test]
fn an_unknown_kernel_is_refused_by_register_and_digest() {
    let refused = Case::of("tampered", 5, Some("tampered.log")).verify();
    assert!(matches!(refused, Err(BadProof::NotAllowed { pcr: 4, .. })), "{refused:?}");
}

#[test]
fn registers_other_than_those_that_count_are_refused() {
    let mut policy = policy(&["boot.log"]);
    policy.pcrs.remove(&7);
    let case = Case { policy, ..Case::of("first", 1, Some("boot.log")) };
    assert!(matches!(case.verify(), Err(BadProof::Registers { .. })));
}

#[test]
fn a_register_into_which_nothing_was_measured_is_refused() {
    let policy = policy(&["boot.log"]);
    let nothing = EventLog::default().measured(policy.selection());
    assert_eq!(policy.check(&nothing, now()), Err(BadProof::Unmeasured { pcr: 0 }));
}

#[test]
fn a_reboot_is_a_higher_reset_count_and_a_clock_never_goes_back() {
    let before = Case::of("first", 1, Some("boot.log")).verify().unwrap();
    let after = Case { clock: Some(before.clock), ..Case::of("restarted", 3, Some("boot.log")) };
    let after = after.verify().unwrap();
    assert_eq!(after.clock.resets, before.clock.resets + 1);
    let back = Case { clock: Some(after.clock), ..Case::of("first", 1, Some("boot.log")) };
    assert!(matches!(back.verify(), Err(BadProof::ClockWentBack { .. })));
}

#[test]
fn an_announced_update_is_good_beside_the_old_and_the_old_until_its_end() {
    let update = |policy| Case { policy, ..Case::of("updated", 4, Some("updated.log")) }.verify();
    let old = |policy| Case { policy, ..Case::of("first", 1, Some("boot.log")) }.verify();
    assert!(
        matches!(update(policy(&["boot.log"])), Err(BadProof::NotAllowed { pcr: 0, .. })),
        "not announced"
    );
    let both = policy(&["boot.log", "updated.log"]);
    assert!(update(both.clone()).is_ok() && old(both.clone()).is_ok());

    let day = Span::new().hours(24);
    let with = |log: &str, change: &dyn Fn(&mut paceline_attest::Reference)| {
        let mut policy = both.clone();
        let of_log = |one: &&mut paceline_attest::Reference| one.name == log;
        policy.pcrs.get_mut(&0).unwrap().iter_mut().filter(of_log).for_each(change);
        policy
    };
    let tomorrow = with("updated.log", &|one| one.from = Some(now() + day));
    assert!(update(tomorrow.clone()).is_err() && old(tomorrow).is_ok());
    let ended = with("boot.log", &|one| one.until = Some(now()));
    assert!(update(ended.clone()).is_ok() && old(ended).is_err());
}

#[test]
fn a_policy_that_would_believe_anything_is_refused() {
    assert_eq!(Policy::default().validate(), Err(PolicyError::Empty));
    let none = Policy { pcrs: BTreeMap::from([(0, Vec::new())]) };
    assert_eq!(none.validate(), Err(PolicyError::Measurements { pcr: 0, has: 0 }));
    let text = serde_json::to_string(&policy(&["boot.log"])).unwrap();
    assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy(&["boot.log"]));
}
