//! `paceline gate`: may a new release stay? Reads what its processes and those of the old one count, and answers by an exit code.

mod selector;
mod source;

use anyhow::Context as _;
use paceline_client::ClientTls;
use paceline_model::Millis;
use paceline_plan::release::{Counted, Leaks, ReleaseEvidence, ReleaseGate, ReleaseRules, ReleaseVerdict};
use selector::Selector;
use serde_json::json;
use source::{Metrics, Source};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::Instant;

/// Processes of a release that are asked.
const SOURCES_MAX: usize = 64;
/// It is bad.
const FAILED: u8 = 3;
/// Time is over, and not enough is known.
const UNDECIDED: u8 = 4;

/// What is watched, and what is asked of it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = r#"Exit codes: 0 pass, 3 fail, 4 undecided when the time was over, 1 anything else, 2 wrong usage.

Examples:
  paceline gate --new http://10.0.0.7:9090/metrics --old http://10.0.0.3:9090/metrics \
      --requests http_requests_total --errors 'http_requests_total{code=~"5.."}'
  paceline gate --new http://10.0.0.7:8081/metrics --leaks paceline_task_leaks_total --seconds-min 300

docs/gate.md says what the answers mean."#
)]
pub(crate) struct GateArgs {
    /// Metrics of a process of the new release, as Prometheus reads them; may be given several times
    #[arg(long, value_name = "URL", required = true)]
    new: Vec<String>,
    /// Metrics of a process of the old release, which serves beside it; may be given several times
    #[arg(long, value_name = "URL", requires = "errors")]
    old: Vec<String>,
    /// The counter of requests, such as `http_requests_total{job="shop"}`
    #[arg(long, value_name = "METRIC", requires = "errors")]
    requests: Option<Selector>,
    /// The counter of those that were errors
    #[arg(long, value_name = "METRIC", requires = "requests", required_unless_present = "leaks")]
    errors: Option<Selector>,
    /// A counter of the new release that has to be there and stay at 0
    #[arg(long, value_name = "METRIC")]
    leaks: Option<Selector>,
    /// No series of errors is no error where their metric is there under other labels: many libraries begin a series with its first
    #[arg(long)]
    absent_errors_are_none: bool,
    /// The share of errors from which the new release is bad; up to half of it it is good
    #[arg(long, default_value_t = 0.01, value_parser = share)]
    errors_max: f64,
    /// With `--old`: how many times as many errors are bad; as many are good
    #[arg(long, default_value_t = 2.0, value_parser = times)]
    times_worse: f64,
    /// With `--old`: a share of errors below which it does not matter how many the old release has
    #[arg(long, default_value_t = 0.001, value_parser = share)]
    errors_floor: f64,
    /// How often a good release may fail
    #[arg(long, default_value_t = 0.01, value_parser = rate)]
    alarm: f64,
    /// How often a bad one may pass
    #[arg(long, default_value_t = 0.01, value_parser = rate)]
    miss: f64,
    /// Requests that the new release answers, at least
    #[arg(long, default_value_t = 200)]
    requests_min: u64,
    /// It is watched for so long, at least
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(0..=86_400))]
    seconds_min: u32,
    /// And at most
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds_max: u32,
    /// Time between two looks
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(100..=600_000))]
    every_ms: u32,
    /// Authorities that sign the certificates of these processes, in PEM
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

fn within(text: &str, holds: impl Fn(f64) -> bool, rule: &str) -> Result<f64, String> {
    text.parse().ok().filter(|number| holds(*number)).ok_or_else(|| format!("must be {rule}"))
}

fn share(text: &str) -> Result<f64, String> {
    within(text, |share| share > 0.0 && share < 1.0, "a share above 0 and below 1")
}

fn rate(text: &str) -> Result<f64, String> {
    within(text, |rate| (1e-6..=0.2).contains(&rate), "a share from 0.000001 to 0.2")
}

fn times(text: &str) -> Result<f64, String> {
    within(text, |times| times > 1.0 && times <= 1_000.0, "a number above 1, at most 1000")
}

/// Runs the command. What goes wrong before anything is watched is said and ends with 1.
pub(crate) fn run(args: GateArgs) -> ExitCode {
    let judged =
        tokio::runtime::Runtime::new().context("starting").and_then(|runtime| runtime.block_on(watch(&args)));
    match judged {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl GateArgs {
    fn rules(&self) -> anyhow::Result<ReleaseRules> {
        anyhow::ensure!(
            self.errors_floor <= self.errors_max,
            "--errors-floor {}: must be at most --errors-max {}",
            self.errors_floor,
            self.errors_max
        );
        anyhow::ensure!(
            self.seconds_min <= self.seconds_max,
            "--seconds-min {}: must be at most --seconds-max {}",
            self.seconds_min,
            self.seconds_max
        );
        Ok(ReleaseRules {
            errors_max: self.errors_max,
            times_worse: self.times_worse,
            errors_floor: self.errors_floor,
            requests_min: self.requests_min,
            watch_min: Millis::from_secs(self.seconds_min),
            alarm: self.alarm,
            miss: self.miss,
        })
    }

    fn sources(&self, urls: &[String], name: &str) -> anyhow::Result<Vec<Source>> {
        anyhow::ensure!(urls.len() <= SOURCES_MAX, "{name}: must be given at most {SOURCES_MAX} times");
        let tls = ClientTls { ca_file: self.ca.clone(), ..ClientTls::default() };
        urls.iter().map(|url| Source::new(url, &tls).with_context(|| format!("{name} {url}"))).collect()
    }

    fn metrics(&self, leaks: bool) -> Metrics {
        Metrics {
            requests: self.requests.clone(),
            errors: self.errors.clone(),
            leaks: self.leaks.clone().filter(|_| leaks),
            absent_is_none: self.absent_errors_are_none,
        }
    }
}

async fn watch(args: &GateArgs) -> anyhow::Result<u8> {
    let rules = args.rules()?;
    let (mut new, mut old) = (args.sources(&args.new, "--new")?, args.sources(&args.old, "--old")?);
    let (of_new, of_old) = (args.metrics(true), args.metrics(false));
    let mut gate = ReleaseGate::new(rules, !old.is_empty());
    let (start, every) = (Instant::now(), Duration::from_millis(args.every_ms.into()));
    let end = start + Duration::from_secs(args.seconds_max.into());
    loop {
        let next = Instant::now() + every;
        tokio::join!(look(&mut new, &of_new), look(&mut old, &of_old));
        let elapsed = start.elapsed();
        let known = evidence(args, elapsed, &new, &old);
        let verdict = gate.judge(&known);
        let (word, code, why) = match &verdict {
            ReleaseVerdict::Pass(why) => ("pass", 0, why),
            ReleaseVerdict::Fail(why) => ("fail", FAILED, why),
            ReleaseVerdict::Undecided(why) => ("undecided", UNDECIDED, why),
        };
        if code != UNDECIDED || next > end {
            say(args, &known, word, why);
            return Ok(code);
        }
        eprintln!("{:>4} s: {}", elapsed.as_secs(), why.join("; "));
        tokio::time::sleep_until(next).await;
    }
}

/// Asks all of them at once, so that both releases are seen at one time.
async fn look(sources: &mut [Source], metrics: &Metrics) {
    futures_util::future::join_all(sources.iter_mut().map(|source| source.look(metrics))).await;
}

fn evidence(args: &GateArgs, elapsed: Duration, new: &[Source], old: &[Source]) -> ReleaseEvidence {
    let all = |sources: &[Source]| (args.errors.is_some() && !sources.is_empty()).then(|| sum(sources));
    ReleaseEvidence {
        elapsed: Millis(u32::try_from(elapsed.as_millis()).unwrap_or(u32::MAX)),
        new: all(new),
        old: all(old),
        leaks: leaks(new),
        silent: new.iter().find_map(|source| source.trouble.clone()),
    }
}

/// Of all processes. Errors: one of them does not say all of it now, so that the two releases could not be compared over the same time.
fn sum(sources: &[Source]) -> Result<Counted, String> {
    sources.iter().try_fold(Counted::default(), |sum, source| {
        source.trouble.clone().map_or(Ok(()), Err)?;
        let own = source.counted()?;
        Ok(Counted { requests: sum.requests + own.requests, errors: sum.errors + own.errors })
    })
}

/// Of all processes: what leaked of any is known, and nothing leaked only where that is known of each.
fn leaks(sources: &[Source]) -> Leaks {
    let counted =
        sources.iter().map(|source| if let Leaks::Counted(count) = source.leaks() { *count } else { 0.0 });
    let counted: f64 = counted.sum();
    let unknown = sources.iter().map(Source::leaks).find(|leaks| !matches!(leaks, Leaks::Counted(_)));
    match unknown {
        Some(unknown) if counted == 0.0 => unknown.clone(),
        _ => Leaks::Counted(counted),
    }
}

fn say(args: &GateArgs, known: &ReleaseEvidence, word: &str, why: &[String]) {
    if !args.json {
        println!("{word}: {}", why.join("; "));
        return;
    }
    let counted =
        |of: &Option<Result<Counted, String>>| of.as_ref().and_then(|counted| counted.as_ref().ok()).copied();
    let leaks = if let Leaks::Counted(count) = known.leaks { Some(count) } else { None };
    let answer = json!({ "verdict": word, "why": why, "seconds": known.elapsed.0 / 1_000,
        "new": counted(&known.new), "old": counted(&known.old), "leaks": leaks });
    println!("{answer}");
}
