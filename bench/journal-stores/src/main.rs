//! What could a journal be kept in? Measures two embedded stores and the journal of this project beside each other:
//! fsynced appends with group commit, reopening, and what each makes of a cut and of changed bytes.
//!
//! Run from this folder: `cargo run --release -- [DIR]`; DIR must be on the disk that is to be measured. The figures
//! are in `docs/decisions/0001-journal-store.md`.

mod probe;
mod store;

use anyhow::Result;
use std::path::{Path, PathBuf};
use std::time::Instant;
use store::{Fjall, Own, Redb, Store};

const GROUPS: [u64; 3] = [1, 16, 256];
const ROUNDS: usize = 9;
const GROUPS_TIMED: u64 = 300;
const REOPENED: u64 = 1_000_000;

fn main() -> Result<()> {
    let at = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    println!(
        "200-byte records, one writer, every group synced before the next begins; best of {ROUNDS} rounds\n"
    );
    println!(
        "| store | group | records/s | group p50 ms | group p99 ms |\n| --- | ---: | ---: | ---: | ---: |"
    );
    for group in GROUPS {
        let mut best: [Option<Rate>; 3] = [None, None, None];
        for _ in 0..ROUNDS {
            keep_best(&mut best[0], appends::<Fjall>(&at, group)?);
            keep_best(&mut best[1], appends::<Redb>(&at, group)?);
            keep_best(&mut best[2], appends::<Own>(&at, group)?);
        }
        for Rate { name, per_s, p50, p99 } in best.iter().flatten() {
            println!("| {name} | {group} | {per_s:.0} | {p50:.2} | {p99:.2} |");
        }
    }
    println!("\n{REOPENED} records, files in the page cache; best of {ROUNDS} rounds\n");
    println!(
        "| store | written in s | on disk MB | open s | open and read all s |\n| --- | ---: | ---: | ---: | ---: |"
    );
    reopening::<Fjall>(&at)?;
    reopening::<Redb>(&at)?;
    reopening::<Own>(&at)?;
    println!(
        "\n{} records in groups of 16, the directory copied while open (as `kill -9` leaves it)\n",
        probe::RECORDS
    );
    println!(
        "| store | equal files from equal appends | newest file cut by 40 bytes | one byte changed, at each of {} places |",
        probe::PLACES
    );
    println!("| --- | --- | --- | --- |");
    probe::run::<Fjall>(&at)?;
    probe::run::<Redb>(&at)?;
    probe::run::<Own>(&at)
}

struct Rate {
    name: &'static str,
    per_s: f64,
    p50: f64,
    p99: f64,
}

/// Rounds of all stores alternate, so that whatever else the machine does falls on each of them alike.
fn keep_best(best: &mut Option<Rate>, rate: Rate) {
    if best.as_ref().is_none_or(|best| best.per_s < rate.per_s) {
        *best = Some(rate);
    }
}

/// Appends a fixed number of groups.
fn appends<S: Store>(at: &Path, group: u64) -> Result<Rate> {
    let dir = tempfile::tempdir_in(at)?;
    let mut store = S::open(dir.path())?;
    let mut spans = Vec::new();
    let start = Instant::now();
    for row in 0..GROUPS_TIMED {
        let begun = Instant::now();
        store.append(row * group, group)?;
        spans.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    let per_s = (GROUPS_TIMED * group) as f64 / start.elapsed().as_secs_f64();
    spans.sort_by(f64::total_cmp);
    Ok(Rate { name: S::NAME, per_s, p50: spans[spans.len() / 2], p99: spans[spans.len() * 99 / 100] })
}

fn reopening<S: Store>(at: &Path) -> Result<()> {
    let dir = tempfile::tempdir_in(at)?;
    let start = Instant::now();
    let mut store = S::open(dir.path())?;
    for first in (0..REOPENED).step_by(500) {
        store.append(first, 500)?;
    }
    drop(store);
    let written = start.elapsed().as_secs_f64();
    let megabytes = probe::files(dir.path())?.values().map(Vec::len).sum::<usize>() as f64 / 1e6;
    let (mut opened, mut read) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut store = S::open(dir.path())?;
        opened = opened.min(start.elapsed().as_secs_f64());
        let mut count = 0;
        store.read(&mut |_| count += 1)?;
        read = read.min(start.elapsed().as_secs_f64());
        anyhow::ensure!(count == REOPENED, "{} lost records: {count}", S::NAME);
    }
    println!("| {} | {written:.1} | {megabytes:.0} | {opened:.3} | {read:.3} |", S::NAME);
    Ok(())
}
