//! Points: a name and a line of source code, such as where a task waits or was spawned, as a small number in its row.

use std::cell::RefCell;
use std::panic::Location;
use std::sync::{PoisonError, RwLock};

/// A name and a place in the source, each fixed when the program was compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) name: &'static str,
    pub(crate) location: &'static Location<'static>,
}

/// All points there ever were. It grows only by lines of source code.
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
    looked_up.unwrap_or_else(|_| intern(point))
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

/// The point of a number that [`number`] gave.
pub(crate) fn known(number: u32) -> Point {
    point(number).expect("points are never removed")
}
