//! Seeds by the thousand, as many at once as there are processors.

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use paceline_sim::fuzzed::{Broken, Fuzzed, describe};
use std::ops::{AddAssign, Range};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// What came of the seeds that one thread played.
struct Played<S: Fuzzed> {
    met: S::Stats,
    /// The seed that broke a promise, if one did: the last that this thread played.
    broken: Option<(u64, Broken<S::Promise>)>,
}

/// Plays seeds until one breaks a promise, which is then made smaller and described: the first that does, however many threads there are.
#[expect(clippy::disallowed_methods, reason = "says how long it took; no run depends on it")]
pub(super) fn run_many<S: Fuzzed<Stats: Default + AddAssign + Send, Promise: Send>>(
    seeds: Range<u64>,
    of: impl Fn(u64) -> S + Sync,
    shown: impl FnOnce(&S::Stats) -> String,
) -> anyhow::Result<()> {
    let (began, count) = (Instant::now(), seeds.end - seeds.start);
    let bar = ProgressBar::new(count);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} seeds, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    // A panic is reported with its seed, below.
    std::panic::set_hook(Box::new(|_| {}));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let Played { met, broken } = on_threads(threads, seeds, &of, &|| bar.inc(1));
    bar.finish_and_clear();
    if let Some((seed, broken)) = broken {
        bail!("seed {seed} breaks a promise\n{}", describe(&of(seed), &broken));
    }
    let took = began.elapsed();
    println!("{count} seeds are clean: {}", shown(&met));
    println!(
        "{:.1} s, {:.1} ms a seed",
        took.as_secs_f64(),
        took.as_secs_f64() * 1_000.0 / count.max(1) as f64
    );
    Ok(())
}

/// Plays seeds in their order, up to the first that breaks a promise.
fn on_threads<S: Fuzzed<Stats: Default + AddAssign + Send, Promise: Send>>(
    threads: usize,
    seeds: Range<u64>,
    of: &(impl Fn(u64) -> S + Sync),
    played: &(impl Fn() + Sync),
) -> Played<S> {
    // Whoever takes a seed plays it to its end, so that all before one that broke are played.
    let (next, end) = (AtomicU64::new(seeds.start), AtomicU64::new(seeds.end));
    let some = || {
        let mut met = S::Stats::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end.load(Ordering::Relaxed) {
                return Played { met, broken: None };
            }
            match of(seed).run(None) {
                Ok(stats) => met += stats,
                Err(broken) => {
                    end.fetch_min(seed, Ordering::Relaxed);
                    return Played { met, broken: Some((seed, broken)) };
                }
            }
            played();
        }
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(some)).collect();
        let mut all = Played { met: S::Stats::default(), broken: None };
        for thread in running {
            let one: Played<S> = thread.join().expect("a run that panics says so as what it broke");
            all.met += one.met;
            all.broken = all.broken.into_iter().chain(one.broken).min_by_key(|(seed, _)| *seed);
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_sim::fuzzed::Trace;
    use std::collections::BTreeSet;
    use std::fmt;
    use std::sync::Mutex;

    /// Breaks its promise from this seed on; the first ones take the longest.
    const BREAKS_FROM: u64 = 40;

    #[derive(Clone, Debug)]
    struct Seed(u64, BTreeSet<u8>);

    impl fmt::Display for Seed {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "seed {}", self.0)
        }
    }

    impl Fuzzed for Seed {
        type Fault = u8;
        type Promise = &'static str;
        type Stats = u64;
        const SMALLER: &'static [fn(&Self) -> Self] = &[];

        fn faults(&mut self) -> &mut BTreeSet<u8> {
            &mut self.1
        }
        fn flags(&self) -> String {
            String::new()
        }
        fn run<'a>(&'a self, _: Trace<'a>) -> Result<u64, Broken<&'static str>> {
            if self.0 < BREAKS_FROM {
                return Ok(self.0);
            }
            // The first that breaks is the last to say so.
            (0..20_000_u64 >> (self.0 - BREAKS_FROM).min(20)).for_each(|_| std::thread::yield_now());
            Err(Broken { promise: "none", at: paceline_model::Instant(0), what: String::new() })
        }
    }

    #[test]
    fn the_first_seed_that_breaks_is_told_whichever_thread_is_first_to_find_one() {
        for threads in [1, 2, 8] {
            let played = on_threads(threads, 0..1_000, &|seed| Seed(seed, BTreeSet::new()), &|| {});
            assert_eq!(played.broken.map(|(seed, _)| seed), Some(BREAKS_FROM), "{threads} threads");
            assert_eq!(played.met, (0..BREAKS_FROM).sum::<u64>(), "{threads} threads");
        }
    }

    #[test]
    fn each_seed_is_played_once_and_none_beyond_the_last() {
        for threads in [1, 3] {
            let seen = Mutex::new(Vec::new());
            let of = |seed| {
                seen.lock().expect("nobody panicked").push(seed);
                Seed(seed, BTreeSet::new())
            };
            let played = on_threads(threads, 5..25, &of, &|| {});
            let mut seen = seen.into_inner().expect("nobody panicked");
            seen.sort_unstable();
            assert_eq!((seen, played.broken.is_none()), ((5..25).collect(), true));
        }
    }
}
