//! What riders, crews and operators can hold a bikes region to, entered event by event as they are published: every bike that a crew moved is
//! counted once, no van carries more than fit, a work order rests on what is so, has one van at a time and ends once.
//!
//! Written from the rules (`docs/bikes/README.md`) and from nothing that the engine works out: stocks are summed from counts and words, loads
//! from stops. `stations`, `vans` and `orders` are the three books; what an event says is judged by all of them before it is entered.

mod books;
mod differs;
mod needed;
mod orders;
mod stations;
mod vans;

pub(crate) use books::Books;

/// A rule that was broken, and how.
#[derive(Debug)]
pub(crate) enum Breach {
    /// A bike is in two places, is lost, or is one too many for its van.
    Bikes(String),
    /// A work order is with two vans, is told twice, has a reason that is not so, or does not end once.
    Orders(String),
}

pub(crate) type Judged = Result<(), Breach>;

/// Errors: a rule of bikes does not hold.
fn bikes(holds: bool, what: impl FnOnce() -> String) -> Judged {
    if holds { Ok(()) } else { Err(Breach::Bikes(what())) }
}

/// Errors: a rule of orders does not hold.
fn orders(holds: bool, what: impl FnOnce() -> String) -> Judged {
    if holds { Ok(()) } else { Err(Breach::Orders(what())) }
}
