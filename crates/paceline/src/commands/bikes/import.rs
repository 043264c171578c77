//! `paceline bikes import`: one look at a feed, from an address or from files.

use super::report::Report;
use anyhow::Context as _;
use paceline_gbfs::{Feed, FeedOptions};
use paceline_model::Instant;
use paceline_model::bikes::{FeedReading, Health, Oddity};
use paceline_serve::Clock;
use std::path::PathBuf;

/// Which feed, and when.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The address of the feed's index (https://…/gbfs.json), or a folder with its files; files may be packed by gzip
    feed: String,
    /// The time at which it is read, as RFC 3339: for files that were saved. Now, if left out
    #[arg(long, value_name = "TIME")]
    at: Option<Instant>,
    /// Print JSON: a summary, and the reading itself
    #[arg(long)]
    json: bool,
    /// Name everything that is odd, and not only the first of each reason
    #[arg(long)]
    all: bool,
    /// Authorities to believe, in PEM; those of the system, if left out
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// Runs the command. Errors: nothing of the feed can be read.
pub(super) async fn run(args: &ImportArgs) -> anyhow::Result<()> {
    let mut options = FeedOptions::default();
    options.tls.ca_file.clone_from(&args.ca);
    let mut feed = Feed::open(&args.feed, &options)?;
    let at = args.at.unwrap_or_else(|| Clock::Real.now());
    let reading = feed.next(at).await;
    anyhow::ensure!(!matches!(reading.health, Health::Gone { .. }), gone(&args.feed, &reading));
    let report = Report { reading: &reading, all: args.all };
    if args.json {
        let text = serde_json::to_string_pretty(&report.json()).context("writing the reading as JSON")?;
        println!("{text}");
    } else {
        print!("{}", report.text());
    }
    Ok(())
}

/// Why nothing could be read, in words.
fn gone(feed: &str, reading: &FeedReading) -> String {
    let faults = [Oddity::FileMissing, Oddity::FileMalformed];
    let notes = faults.into_iter().filter_map(|what| reading.told.of(what)).flat_map(|of| &of.notes);
    let said: Vec<String> = notes.map(|note| format!("{} {}", note.id, note.read)).collect();
    format!("{feed}: nothing of it can be read: {}", said.join("; "))
}
