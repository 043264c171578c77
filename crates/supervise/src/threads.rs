//! The threads that poll: each has a number, and by it the watch asks the system whether the thread could run. A poll that
//! stands still because its thread may not run is not at fault.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// The number that no thread has.
pub(crate) const NONE: u32 = 0;

/// Where the system reports on each thread; `None` where it does not.
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
    known.push(folder.map(|folder| PathBuf::from("/proc").join(folder)));
    let number = known.len() as u32;
    drop(known);
    // A thread that is ending has lost its cells: it gets a new number for each of its last polls.
    _ = NUMBER.try_with(|cell| cell.set(number));
    number
}

/// A thread, as the system reports it for one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ThreadSample {
    /// Time that it has had a processor since it began.
    pub(crate) ran_ns: u64,
    /// It runs, or would if it had a processor. Otherwise it sleeps, or waits for a lock or a disk.
    pub(crate) ready: bool,
}

/// Samples a thread; `None` where the system does not say.
pub(crate) fn sample(number: u32) -> Option<ThreadSample> {
    let folder = {
        let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.get((number as usize).checked_sub(1)?)?.clone()?
    };
    // Time on a processor, time ready and waiting for one, and how often it was put on one. The second is known only when
    // a wait has ended, which is too late here.
    let times = std::fs::read_to_string(folder.join("schedstat")).ok()?;
    let ran_ns = times.split(' ').next()?.parse().ok()?;
    // Its name, in brackets, may hold anything; its state comes after that.
    let status = std::fs::read_to_string(folder.join("stat")).ok()?;
    let ready = status.rsplit_once(") ")?.1.starts_with('R');
    Some(ThreadSample { ran_ns, ready })
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
    fn the_system_tells_a_thread_that_sleeps_from_one_that_runs() {
        assert!(sample(mine()).expect("Linux says").ready, "it runs now");
        let (to, number) = std::sync::mpsc::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let sleeper = std::thread::spawn(move || {
            to.send(mine()).expect("it is waited for");
            ended.recv().expect_err("nothing is sent");
        });
        let number = number.recv().expect("it has one");
        while sample(number).expect("Linux says").ready {
            std::thread::yield_now();
        }
        drop(end);
        sleeper.join().expect("it does not panic");
        assert_eq!(sample(number), None, "it is gone");
        assert_eq!(sample(u32::MAX), None);
    }
}
