//! The watch: one thread in the process that moves the coarse clock and looks over all contracts. A thread, not a task,
//! because it must see also when every worker of the runtime is held by a poll.

use crate::clock;
use crate::recorder::{self, What};
use crate::registry;
use crate::report::{Breach, Report};
use crate::scope::Inner;
use crate::slab::{self, Slot};
use crate::stuck;
use std::sync::{Arc, Once};
use std::time::Duration;
use tokio::task::AbortHandle;

/// Time between two looks at all contracts: an eighth of the 2 s within which a breach must be reported.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A look may take at most this share of the time: with very many tasks it comes less often.
const LOOK_SHARE: u64 = 50;

/// Starts the thread unless it runs already.
pub(crate) fn start() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        clock::move_on();
        let thread = std::thread::Builder::new().name("supervise-watch".into());
        if let Err(error) = thread.spawn(watch) {
            tracing::error!(%error, "no watch thread: contracts are not looked after");
        }
    });
}

#[expect(clippy::disallowed_methods, reason = "this thread is the clock of those that must not sleep")]
fn watch() {
    let mut next = 0;
    loop {
        std::thread::sleep(clock::COARSE);
        let began = clock::move_on();
        if began >= next {
            look(began);
            let took = clock::move_on() - began;
            next = began + (LOOK_EVERY.as_nanos() as u64).max(took * LOOK_SHARE);
        }
    }
}

/// A breach that was found, to be reported when no slot is locked.
struct Found {
    scope: Arc<Inner>,
    report: Report,
    abort: Option<AbortHandle>,
}

fn look(now: u64) {
    let found: Vec<Found> = slab::slots().filter_map(|slot| look_at(slot, now)).collect();
    for Found { scope, report, abort } in found {
        scope.shared.report(report);
        if let Some(abort) = abort {
            abort.abort();
        }
    }
    for (scope, report) in stuck::look(now) {
        scope.shared.report(report);
    }
}

fn look_at(slot: &'static Slot, now: u64) -> Option<Found> {
    let mut born = slot.born();
    let born = born.as_mut()?;
    let overdue = !born.told && born.due_ns().is_some_and(|due| now > due);
    let blocks = !born.told_blocked && !born.blocking && registry::poll_too_long(slot, born, now);
    if !overdue && !blocks {
        return None;
    }
    let (breach, abort) = if overdue {
        born.told = true;
        let contain = born.scope.shared.options.contain;
        (Breach::Outlived, born.abort.clone().filter(|_| contain))
    } else {
        born.told_blocked = true;
        (Breach::BlockedPoll, None)
    };
    recorder::record(now, born, What::Blocked);
    let row = registry::row(slot, born, now);
    let report = born.scope.reported(breach, Some(row), String::new());
    Some(Found { scope: born.scope.clone(), report, abort })
}
