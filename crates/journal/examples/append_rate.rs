//! Appends and commits records of 4 kB, one a group, to the logs of so many regions at once, and says how fast that went:
//! `append_rate WHERE REGIONS SECONDS`, where WHERE is a directory or the URL of a server. `bench/journal/run.sh` runs it.

use paceline_journal::{Directory, JetStreamLog, JournalError, LogAddress, Options, PostgresLog};
use std::path::Path;
use std::time::{Duration, Instant};

/// As large as a round's record in a busy region.
const RECORD_BYTES: usize = 4_096;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [place, regions, seconds] = &args[..] else { return Err("append_rate WHERE REGIONS SECONDS".into()) };
    let (regions, seconds): (usize, f64) = (regions.parse()?, seconds.parse()?);
    let span = Duration::from_secs_f64(seconds);
    let writers: Vec<_> = (0..regions)
        .map(|region| {
            let address = address(place, region)?;
            Ok(std::thread::spawn(move || write(&address, span)))
        })
        .collect::<Result<_, JournalError>>()?;
    let mut took = Vec::new();
    for writer in writers {
        took.extend(writer.join().map_err(|_| "a writer panicked")??);
    }
    took.sort_by(f64::total_cmp);
    let per_s = took.len() as f64 / seconds;
    let at = |share: f64| took[(took.len() as f64 * share) as usize];
    println!("{per_s:.0} {:.3} {:.3}", at(0.5), at(0.99));
    Ok(())
}

fn address(place: &str, region: usize) -> Result<LogAddress, JournalError> {
    let name = format!("bench-{}-{region}", std::process::id());
    if PostgresLog::is_address(place) {
        return Ok(LogAddress::of(PostgresLog::parse(place, &name)?));
    }
    if JetStreamLog::is_address(place) {
        return Ok(LogAddress::of(JetStreamLog::parse(place, &name)?));
    }
    Ok(Directory::from(Path::new(place).join(name).as_path()).into())
}

/// Milliseconds that each commit took.
#[expect(clippy::disallowed_methods, reason = "the clock is what a measurement is for")]
fn write(address: &LogAddress, span: Duration) -> Result<Vec<f64>, JournalError> {
    let mut log = address.open(Options::default())?.journal;
    // A linear congruence (Knuth's constants): bytes that do not compress.
    let mut draw = 1_u64;
    let mut record = vec![0; RECORD_BYTES];
    let (begun, mut took) = (Instant::now(), Vec::new());
    while begun.elapsed() < span {
        for bytes in record.chunks_mut(8) {
            draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            bytes.copy_from_slice(&(draw ^ draw >> 29).to_le_bytes());
        }
        let asked = Instant::now();
        log.append(1, &record)?;
        log.commit()?;
        took.push(asked.elapsed().as_secs_f64() * 1e3);
    }
    Ok(took)
}
