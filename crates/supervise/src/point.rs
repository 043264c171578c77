//! Await points: the place where a task waits, as a small number in its row.

use crate::current;
use std::cell::RefCell;
use std::panic::Location;
use std::sync::{PoisonError, RwLock};

/// A name and a place in the source, each fixed when the program was compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) name: &'static str,
    pub(crate) location: &'static Location<'static>,
}

/// All points that were ever waited at. It grows only by lines of source code.
static POINTS: RwLock<Vec<Point>> = RwLock::new(Vec::new());

/// Points that each thread remembers, so that naming one takes no lock.
const REMEMBERED: usize = 64;

thread_local! {
    static KNOWN: RefCell<[Option<(Point, u32)>; REMEMBERED]> = const { RefCell::new([None; REMEMBERED]) };
}

/// The number of a point, from 1 on.
pub(crate) fn number(name: &'static str, location: &'static Location<'static>) -> u32 {
    let point = Point { name, location };
    // Sites are constants of 24 bytes: their addresses, less the bits that are always zero, spread well.
    let place = ((std::ptr::from_ref(location).addr() >> 3) ^ (name.as_ptr().addr() >> 2)) % REMEMBERED;
    let looked_up = KNOWN.try_with(|known| {
        let mut known = known.borrow_mut();
        match known[place] {
            Some((remembered, number)) if remembered == point => number,
            _ => {
                let number = intern(point);
                known[place] = Some((point, number));
                number
            }
        }
    });
    looked_up.unwrap_or(0)
}

fn intern(point: Point) -> u32 {
    let mut points = POINTS.write().unwrap_or_else(PoisonError::into_inner);
    let found = points.iter().position(|known| *known == point).unwrap_or(points.len());
    if found == points.len() {
        points.push(point);
    }
    found as u32 + 1
}

/// The point of a number.
pub(crate) fn point(number: u32) -> Option<Point> {
    let index = (number as usize).checked_sub(1)?;
    POINTS.read().unwrap_or_else(PoisonError::into_inner).get(index).copied()
}

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
    let number = number(name, Location::caller());
    Waiting { before: current::move_to(number, crate::clock::coarse_ns()) }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        current::move_to(self.before.0, self.before.1);
    }
}
