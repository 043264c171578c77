//! The threads that poll: each has a number, and by it the watch asks the system how long the thread was kept waiting for
//! a processor. A poll that stands still because its thread may not run blocks nobody by its own fault.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// The number that no thread has.
pub(crate) const NONE: u32 = 0;

/// Where the system tells of each thread; `None` where it does not.
static KNOWN: Mutex<Vec<Option<PathBuf>>> = Mutex::new(Vec::new());

thread_local! {
    static NUMBER: Cell<u32> = const { Cell::new(NONE) };
}

/// This thread's number.
#[inline]
pub(crate) fn mine() -> u32 {
    let number = NUMBER.try_with(Cell::get).unwrap_or(NONE);
    if number == NONE { enter() } else { number }
}

#[cold]
fn enter() -> u32 {
    // Linux: `/proc/thread-self` is a link to this thread's own folder.
    let folder = std::fs::read_link("/proc/thread-self").ok();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.push(folder.map(|folder| PathBuf::from("/proc").join(folder).join("schedstat")));
    let number = known.len() as u32;
    drop(known);
    // A thread that is ending has lost its cells: it gets a new number for each of its last polls.
    _ = NUMBER.try_with(|cell| cell.set(number));
    number
}

/// How long a thread has been ready and not run since it began, in nanoseconds; 0 where the system does not say.
pub(crate) fn kept_waiting_ns(number: u32) -> u64 {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(Some(file)) = (number as usize).checked_sub(1).and_then(|at| known.get(at)) else { return 0 };
    // Time on a processor, time ready and waiting for one, and how often it was put on one.
    let told = std::fs::read_to_string(file).unwrap_or_default();
    told.split(' ').nth(1).and_then(|waited| waited.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_keeps_its_number_and_another_has_another() {
        let number = mine();
        assert_ne!(number, NONE);
        assert_eq!(mine(), number);
        let other = std::thread::spawn(mine).join().expect("it does not panic");
        assert_ne!(other, number);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_system_tells_of_threads() {
        mine();
        let file = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux has it");
        assert_eq!(file.split(' ').count(), 3);
        assert_eq!(kept_waiting_ns(u32::MAX), 0);
    }
}
