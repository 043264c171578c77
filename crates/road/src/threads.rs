//! Work shared out among threads. No result depends on how many there are.

use std::num::NonZeroUsize;

/// How many threads the machine has for one caller. No result depends on it.
pub fn threads() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Runs `work` for threads 0, 1, 2… at once; results in that order.
pub(crate) fn on_threads<T: Send>(threads: NonZeroUsize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = (1..threads.get()).map(|thread| scope.spawn(move || work(thread))).collect();
        std::iter::once(work(0)).chain(others.into_iter().map(join)).collect()
    })
}

/// What a thread returned; its panic continues in ours.
pub(crate) fn join<T>(handle: std::thread::ScopedJoinHandle<'_, T>) -> T {
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
