//! Quotes verified in a second by one thread: as a node sends them each minute (no log, the same start), and as after a reboot (with its log).
//! The quotes are those of a software TPM under `crates/attest/fixtures`. `cargo run --release -p paceline-bench-attest`.

use anyhow::{Context, Result};
use jiff::Timestamp;
use paceline_attest::{AttestationKey, EventLog, Evidence, Expected, Policy, Proved, Reference, verify};
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeMap;
use std::time::Duration;

/// Quotes that each part verifies.
const QUOTES: u32 = 10_000;

fn file(name: &str) -> Result<Vec<u8>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/attest/fixtures/").to_owned() + name;
    std::fs::read(&path).with_context(|| path)
}

fn main() -> Result<()> {
    let log = file("boot.log")?;
    let mut pcrs: BTreeMap<u8, Vec<Reference>> = BTreeMap::new();
    for one in EventLog::parse(&log)?.measurements() {
        let reference = Reference { digest: one.digest, name: String::new(), from: None, until: None };
        pcrs.entry(one.pcr).or_default().push(reference);
    }
    let policy = Policy { pcrs }.validate()?;
    let key = AttestationKey::parse(&file("ak.pub")?)?;
    let at = Timestamp::now();
    let expect = |nonce, last: Option<&'static Proved>| Expected {
        key: &key,
        nonce,
        earlier: &[],
        policy: &policy,
        clock: last.map(|last| last.clock),
        last,
        at,
    };
    let (quote, signature) = (file("first.msg")?, file("first.sig")?);
    let started = Evidence { quote: &quote, signature: &signature, log: Some(&log) };
    let last: &'static Proved = Box::leak(Box::new(verify(started, &expect(&[1; 32], None))?));
    let (quote, signature) = (file("second.msg")?, file("second.sig")?);
    let each_minute = Evidence { quote: &quote, signature: &signature, log: None };

    println!("| quotes on one core | a second | each |\n| --- | --- | --- |");
    print("of the same start, without its log", || {
        Ok(_ = verify(each_minute, &expect(&[2; 32], Some(last)))?)
    })?;
    print("after a reboot, with its log", || Ok(_ = verify(started, &expect(&[1; 32], None))?))
}

fn print(what: &str, verified: impl Fn() -> Result<()>) -> Result<()> {
    let begun = now();
    for _ in 0..QUOTES {
        verified()?;
    }
    let each = (now() - begun) / QUOTES;
    println!("| {what} | {:.0} | {} µs |", 1.0 / each.as_secs_f64(), each.as_micros());
    Ok(())
}

/// Processor time of this one thread, so that what else the machine does counts little.
fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
