//! What is seen: who runs what, what happened, and the sum at the end.

use crate::commands::cluster::seen::Seen;
use crate::config::store;
use paceline_model::RegionId;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Time between two pictures.
const DRAW_EVERY: Duration = Duration::from_secs(1);
/// The same, where each is printed below the other.
const DRAW_PLAIN_EVERY: Duration = Duration::from_secs(4);
/// Lines of what happened that are shown below the table.
const SAID_SHOWN: usize = 8;

/// What has happened so far.
pub(super) struct Tally {
    began: Instant,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    said: Vec<String>,
    orders: BTreeMap<RegionId, BTreeSet<String>>,
    waits: Vec<Duration>,
    repeated: u64,
    over: bool,
}

impl Default for Tally {
    fn default() -> Self {
        Self { began: Instant::now(), inner: Mutex::default() }
    }
}

impl Tally {
    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Something happened.
    pub(super) fn says(&self, what: String) {
        let after = self.began.elapsed().as_secs();
        self.with(|inner| inner.said.push(format!("{after:>4} s  {what}")));
    }

    /// A rider was told that an order is taken, so long after asking first.
    pub(super) fn acknowledged(&self, city: &RegionId, order: String, wait: Duration) {
        self.with(|inner| {
            inner.orders.entry(city.clone()).or_default().insert(order);
            inner.waits.push(wait);
        });
    }

    /// A rider has to ask again.
    pub(super) fn repeated(&self) {
        self.with(|inner| inner.repeated += 1);
    }

    /// Riders go home.
    pub(super) fn stop(&self) {
        self.with(|inner| inner.over = true);
    }

    pub(super) fn is_over(&self) -> bool {
        self.with(|inner| inner.over)
    }

    /// All orders that were acknowledged.
    pub(super) fn orders(&self) -> BTreeMap<RegionId, BTreeSet<String>> {
        self.with(|inner| inner.orders.clone())
    }

    /// All that happened, and what riders noticed.
    pub(super) fn summary(&self, lost: usize) -> String {
        self.with(|inner| {
            let mut text = String::from("\nWhat happened:\n");
            // Writing to a string cannot fail.
            inner.said.iter().for_each(|said| _ = writeln!(text, "{said}"));
            inner.waits.sort();
            let orders = inner.waits.len();
            let wait = |share: f64| inner.waits.get((orders.saturating_sub(1) as f64 * share) as usize);
            let ms = |share| wait(share).map_or(0, Duration::as_millis);
            _ = writeln!(
                text,
                "{orders} orders were acknowledged, {lost} of them are lost. Riders waited {} ms in the middle, {} ms at p99, {} ms at most, and asked \
                 {} times again.",
                ms(0.5),
                ms(0.99),
                ms(1.0),
                inner.repeated
            );
            text
        })
    }

    fn last_said(&self) -> Vec<String> {
        self.with(|inner| inner.said.iter().rev().take(SAID_SHOWN).rev().cloned().collect())
    }

    fn counts(&self) -> (usize, u64) {
        self.with(|inner| (inner.waits.len(), inner.repeated))
    }
}

/// Draws the table of owners again and again. Errors: its address.
pub(super) async fn draw(url: &str, tally: &Tally, plain: bool) -> anyhow::Result<()> {
    let mut store = store(url)?;
    let mut seen = Seen::default();
    while !tally.is_over() {
        // While the database changes, the last picture stays.
        let asked = tokio::task::spawn_blocking(move || (store.read(), store)).await?;
        store = asked.1;
        if let Ok(table) = asked.0 {
            let clear = if plain { "" } else { "\x1b[2J\x1b[H" };
            seen = seen.then(table);
            print!("{clear}{}", picture(&seen, tally));
        }
        tokio::time::sleep(if plain { DRAW_PLAIN_EVERY } else { DRAW_EVERY }).await;
    }
    Ok(())
}

fn picture(seen: &Seen, tally: &Tally) -> String {
    let mut text = String::new();
    for name in seen.table.servers.keys() {
        let cities = seen.regions(name).map(|city| city.as_str().trim_start_matches("city-"));
        let cities: Vec<&str> = cities.collect();
        let (name, state) = (name.as_str(), seen.state(name));
        // Writing to a string cannot fail.
        _ = writeln!(text, "{name:<3} {state:<8} {:>3} cities  {}", cities.len(), cities.join(" "));
    }
    let (acknowledged, repeated) = tally.counts();
    _ = writeln!(text, "{acknowledged} orders acknowledged, {repeated} times asked again\n");
    tally.last_said().iter().for_each(|said| _ = writeln!(text, "{said}"));
    text
}
