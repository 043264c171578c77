//! `waiting("recv rounds")`: says where a blocking function waits.

use crate::clock;
use crate::current;
use crate::point;
use std::panic::Location;

/// A thread that waits at a named place, for functions that block. Made by [`waiting`].
#[derive(Debug)]
pub struct Waiting {
    before: (u32, u64),
}

/// Names the place where a blocking function waits, until the guard is dropped.
///
/// ```
/// # use paceline_supervise::waiting;
/// # let (sender, receiver) = std::sync::mpsc::channel(); sender.send(1).unwrap();
/// let at = waiting("recv rounds");
/// let round = receiver.recv();
/// drop(at);
/// ```
#[track_caller]
pub fn waiting(name: &'static str) -> Waiting {
    waiting_at(point::number(name, Location::caller()))
}

/// As [`waiting`], for a point that is known.
pub(crate) fn waiting_at(number: u32) -> Waiting {
    Waiting { before: current::move_to(number, clock::coarse_ns()) }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        current::move_to(self.before.0, self.before.1);
    }
}
