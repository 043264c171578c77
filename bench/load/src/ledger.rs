//! What was sent and how it was answered, by kind of request.

use paceline_api::stream::Figures;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Kinds of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Join,
    Reports,
    Order,
    Arrived,
    PickedUp,
    DroppedOff,
    Traffic,
    World,
}

const KINDS: [(Kind, &str); 8] = [
    (Kind::Join, "join"),
    (Kind::Reports, "report batch"),
    (Kind::Order, "order"),
    (Kind::Arrived, "arrived"),
    (Kind::PickedUp, "picked up"),
    (Kind::DroppedOff, "dropped off"),
    (Kind::Traffic, "traffic batch"),
    (Kind::World, "world read"),
];

#[derive(Default)]
struct Noted {
    taken: [Vec<Duration>; KINDS.len()],
    refused: u64,
    first_refusal: Option<String>,
    reports: u64,
    figures: Option<Figures>,
}

/// Shared by all senders.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Noted>);

impl Ledger {
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn note(&self, kind: Kind, took: Duration, refusal: Option<String>) {
        let mut noted = self.noted();
        match refusal {
            None => noted.taken[kind as usize].push(took),
            Some(why) => {
                noted.refused += 1;
                noted.first_refusal.get_or_insert(why);
            }
        }
    }
    pub(crate) fn broken_off(&self, what: &str) {
        self.note(Kind::Join, Duration::ZERO, Some(what.to_owned()));
    }
    pub(crate) fn reported(&self, reports: u64) {
        self.noted().reports += reports;
    }
    pub(crate) fn figures(&self, figures: Option<Figures>) {
        self.noted().figures = figures;
    }
    pub(crate) fn last_figures(&self) -> Option<Figures> {
        self.noted().figures.clone()
    }
    /// How many of a kind were taken.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.noted().taken[kind as usize].len()
    }
    pub(crate) fn refused(&self) -> u64 {
        self.noted().refused
    }
    pub(crate) fn first_refusal(&self) -> Option<String> {
        self.noted().first_refusal.clone()
    }
    /// A row for each kind: how many were taken, a second while there was load, and how long their answers took.
    /// Orders come for `ordering`; reports go on until the last ride has ended, for `reporting`.
    pub(crate) fn table(&self, ordering: Duration, reporting: Duration) -> String {
        let mut noted = self.noted();
        let mut table = format!(
            "{:<14}{:>9}{:>9}{:>9}{:>9}{:>9}\n",
            "request", "taken", "a second", "p50 ms", "p99 ms", "max ms"
        );
        for (kind, name) in KINDS {
            let times = &mut noted.taken[kind as usize];
            times.sort_unstable();
            let quantile = |percent: usize| {
                let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
                times.get(at).map_or(0.0, |took| took.as_secs_f64() * 1_000.0)
            };
            let over = if kind == Kind::Reports { reporting } else { ordering };
            // Joining is over before the load begins.
            let rate = if kind == Kind::Join { 0.0 } else { times.len() as f64 / over.as_secs_f64() };
            // Writing to a string cannot fail.
            _ = writeln!(
                table,
                "{name:<14}{:>9}{rate:>9.1}{:>9.1}{:>9.1}{:>9.1}",
                times.len(),
                quantile(50),
                quantile(99),
                quantile(100)
            );
        }
        let reports = noted.reports as f64;
        _ = write!(table, "{:<14}{reports:>9}{:>9.1}", "reports", reports / reporting.as_secs_f64());
        if let Some(why) = &noted.first_refusal {
            _ = write!(table, "\nfirst refusal {why}");
        }
        table
    }
}
