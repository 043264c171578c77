//! What of a queue is kept for whom.
//!
//! ```text
//!   |--- anything ---|--- no reads ---|--- no new work ---|--- running trips only ---|
//!   0               1/2              3/4                15/16              queue_length
//! ```
//! So a flood of new orders turns away reads first and new orders next, and never a rider who is to be let out. A queue that stands
//! turns them away long before it is full: `backlog.rs`. Of new work only as much as a quarter of the queue is under way at once, from when
//! it is taken on until its answer is durable: by Little's law (J. D. C. Little, Operations Research 9(3), 1961) that bounds how long it
//! takes, and at once, while a delay shows only after it has passed.

use tokio::sync::Semaphore;

/// How much it matters that something gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matters {
    /// A ride under way: it goes on, whatever else waits.
    Trip,
    /// An order that was taken: it may be called off.
    Accepted,
    /// What nobody counts on yet.
    New,
    /// What only looks.
    Read,
}

impl Matters {
    /// How many places of a queue of this length stay free for what matters more.
    pub(crate) fn leaves_free(self, length: usize) -> usize {
        match self {
            Self::Trip => 0,
            Self::Accepted => length / 16,
            Self::New => length / 4,
            Self::Read => length / 2,
        }
    }
}

/// Places for new work that is under way, where the queue is so long.
pub(crate) fn new_work_places(queue_length: usize) -> Semaphore {
    Semaphore::new((queue_length / 4).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_more_has_places_that_what_matters_less_never_takes() {
        let free =
            [Matters::Trip, Matters::Accepted, Matters::New, Matters::Read].map(|of| of.leaves_free(4_096));
        assert_eq!(free, [0, 256, 1_024, 2_048]);
        assert_eq!(Matters::Read.leaves_free(1), 0, "the shortest queue is for everybody");
    }
}
