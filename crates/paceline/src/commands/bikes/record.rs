//! `paceline bikes record`: a feed becomes a history that `paceline sim` plays.

use anyhow::Context as _;
use paceline_gbfs::{Feed, FeedOptions};
use paceline_model::Millis;
use paceline_model::bikes::FeedReading;
use paceline_serve::Clock;
use paceline_sim::bikes::{Recording, RecordingBounds, Taken};
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

/// Which feed, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct RecordArgs {
    /// The address of the feed's index (https://…/gbfs.json), or a folder with its files
    #[arg(long, value_name = "FEED")]
    gbfs: String,
    /// The folder that becomes the history; one that is there already is gone on with
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The least time between two looks; the feed may ask for longer
    #[arg(long, value_name = "SPAN", default_value = "1 min")]
    every: Millis,
    /// For how long; until it is asked to end, if left out
    #[arg(long = "for", value_name = "SPAN")]
    lasting: Option<Millis>,
    /// Largest size of a month before it is packed, in MiB: whoever plays it has it in memory
    #[arg(long, value_name = "MIB", default_value_t = 1_024, value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    month_max: u64,
    /// Authorities to believe, in PEM; those of the system, if left out
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// What was done so far.
#[derive(Default)]
struct Account {
    readings: u64,
    rows: u64,
    not_fresh: u64,
    health: Option<String>,
}

/// Runs the command. Errors: no such feed, a folder that is no history or that somebody else records into, a month that grows too large.
pub(super) async fn run(args: &RecordArgs) -> anyhow::Result<()> {
    let mut options = FeedOptions::default();
    options.tls.ca_file.clone_from(&args.ca);
    let mut feed = Feed::open(&args.gbfs, &options)?;
    let bounds = RecordingBounds { month_bytes_max: args.month_max << 20 };
    let mut recording = Recording::open(&args.out, bounds)?;
    println!("recording {} into {}", args.gbfs, args.out.display());
    let end = args.lasting.map(|span| Clock::Real.now() + span);
    let (mut account, mut ended) = (Account::default(), pin!(crate::commands::asked_to_end()));
    loop {
        let now = Clock::Real.now();
        let reading = tokio::select! {
            reading = feed.next(now) => reading,
            () = &mut ended => break,
        };
        let taken = recording.take(now, &reading).context("what was recorded by then stays")?;
        account.enter(&reading, taken);
        let next = feed.due().max(now + args.every);
        if end.is_some_and(|end| next > end) {
            break;
        }
        let wait = Duration::from_millis(next.since(Clock::Real.now()).0.into());
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = &mut ended => break,
        }
    }
    let Account { readings, rows, not_fresh, .. } = account;
    println!("{readings} readings, {rows} rows; {not_fresh} readings were not fresh and are not written");
    Ok(())
}

impl Account {
    /// Counts what became of a reading, and says how the feed is where that is another than before.
    fn enter(&mut self, reading: &FeedReading, taken: Taken) {
        self.readings += 1;
        match taken {
            Taken::Rows(rows) => self.rows += rows,
            Taken::NotFresh => self.not_fresh += 1,
            Taken::NotLater => {
                eprintln!("the clock was set back: nothing is written until it is later again")
            }
        }
        let health = reading.health.to_string();
        // Since when it is so moves on; the kind of it says whether there is news.
        let kind = health.split([':', ' ']).next().unwrap_or_default().to_owned();
        if self.health.as_ref() != Some(&kind) {
            println!("{}: {} stations, the feed is {health}", reading.asked_at, reading.stations.len());
            self.health = Some(kind);
        }
    }
}
