//! A journal for analysts: one row for each durable change, in the public words of the stream and not in those of the disk.
//!
//! ```text
//!   journal --record--> its changes, one by one --> lines    JSON, as `GET /v1/stream` tells them
//!                                                   \--> parquet  columns, compressed, in groups of rows
//! ```

mod lines;
#[cfg(feature = "parquet")]
mod parquet;
mod sink;
#[cfg(test)]
mod tests;

use crate::journal_at::{JournalAt, ONLY};
use crate::journaled;
use anyhow::Context as _;
use indicatif::ProgressBar;
use paceline_model::Instant;
use sink::Sink;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What the file is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// One JSON object a line
    Jsonl,
    /// Apache Parquet
    Parquet,
}

/// Which changes, as what, to where.
#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The journal: a directory, or a URL
    journal: JournalAt,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// The file [default: standard output, for lines]. It is there once it is whole
    #[arg(long)]
    out: Option<PathBuf>,
    /// Changes after this version of the world only
    #[arg(long, default_value_t = 0)]
    after: u64,
    /// Changes from this time on only, such as 2026-03-01T06:00:00Z
    #[arg(long)]
    since: Option<Instant>,
    /// Changes before this time only
    #[arg(long)]
    until: Option<Instant>,
}

/// Writes the file, or the lines to standard output, and says on standard error how many changes there are in it.
///
/// Errors: a journal that cannot be trusted, a file that cannot be written, no file named for what is not text.
pub(crate) fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let Some(out) = &args.out else {
        anyhow::ensure!(
            args.format == Format::Jsonl,
            "Parquet is no text for a terminal: name a file with --out"
        );
        return report(export(args, lines::sink(std::io::stdout().lock()))?);
    };
    let named = || format!("writing {}", out.display());
    let dir = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // What the user's mask leaves, as of any file.
    let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    let file = tempfile::Builder::new().permissions(everybody).tempfile_in(dir).with_context(named)?;
    let rows = export(args, sink(args.format, file.reopen().with_context(named)?)?).with_context(named)?;
    file.as_file().sync_all().with_context(named)?;
    file.persist(out).with_context(named)?;
    report(rows)
}

fn report(rows: u64) -> anyhow::Result<()> {
    eprintln!("{rows} changes");
    Ok(())
}

fn sink(format: Format, file: impl Write + Send + 'static) -> anyhow::Result<Box<dyn Sink>> {
    match format {
        Format::Jsonl => Ok(lines::sink(file)),
        #[cfg(feature = "parquet")]
        Format::Parquet => parquet::sink(file),
        #[cfg(not(feature = "parquet"))]
        Format::Parquet => {
            anyhow::bail!("this program was built without Parquet: build it with `--features parquet`")
        }
    }
}

/// Returns how many rows there were.
fn export(args: &ExportArgs, mut sink: Box<dyn Sink + '_>) -> anyhow::Result<u64> {
    let untrusted = || format!("the journal in {} cannot be trusted", args.journal);
    let bar = ProgressBar::new_spinner();
    let mut replay = args.journal.address(ONLY)?.replay(None).with_context(untrusted)?;
    let mut rows = 0;
    for record in replay.by_ref() {
        let record =
            record.with_context(untrusted)?.payload.read(journaled::decode).with_context(untrusted)?;
        let at = record.at;
        if args.since.is_some_and(|since| at < since) || args.until.is_some_and(|until| at >= until) {
            continue;
        }
        for change in record.changes().filter(|change| change.version.0 > args.after) {
            sink.take(change)?;
            rows += 1;
        }
        bar.set_message(format!("{rows} changes, to {at}"));
    }
    bar.finish_and_clear();
    replay.warnings().iter().for_each(|warning| eprintln!("warning: {warning}"));
    sink.finish()?;
    Ok(rows)
}
