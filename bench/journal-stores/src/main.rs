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
const REOPENED: u64 = 1_000_000;

fn main() -> Result<()> {
    let at = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    println!("200-byte records, one writer, every group synced before the next begins\n");
    println!(
        "| store | group | records/s | group p50 ms | group p99 ms |\n| --- | ---: | ---: | ---: | ---: |"
    );
    for group in GROUPS {
        appends::<Fjall>(&at, group)?;
        appends::<Redb>(&at, group)?;
        appends::<Own>(&at, group)?;
    }
    println!("\n{REOPENED} records, files in the page cache\n");
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

/// Appends for a fixed number of groups and prints the rate.
fn appends<S: Store>(at: &Path, group: u64) -> Result<()> {
    let dir = tempfile::tempdir_in(at)?;
    let mut store = S::open(dir.path())?;
    let groups = if group == 256 { 500 } else { 2000 };
    let mut spans = Vec::new();
    let start = Instant::now();
    for row in 0..groups {
        let begun = Instant::now();
        store.append(row * group, group)?;
        spans.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    let rate = (groups * group) as f64 / start.elapsed().as_secs_f64();
    spans.sort_by(f64::total_cmp);
    let (p50, p99) = (spans[spans.len() / 2], spans[spans.len() * 99 / 100]);
    println!("| {} | {group} | {rate:.0} | {p50:.2} | {p99:.2} |", S::NAME);
    Ok(())
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
    let start = Instant::now();
    let mut store = S::open(dir.path())?;
    let opened = start.elapsed().as_secs_f64();
    let mut count = 0;
    store.read(&mut |_| count += 1)?;
    let read = start.elapsed().as_secs_f64();
    anyhow::ensure!(count == REOPENED, "{} lost records: {count}", S::NAME);
    println!("| {} | {written:.1} | {megabytes:.0} | {opened:.3} | {read:.3} |", S::NAME);
    Ok(())
}
