//! Small moves by the million: a station is drawn, and one near it that it is to stand behind; one of four moves makes them
//! neighbours. Most are refused by their cost, which is known in constant time before any load is looked at.
//!
//! Source: the moves are those of the field (relocation and exchange of strings, 2-opt, 2-opt*; Savelsbergh, ORSA Journal
//! on Computing 4(2), 1992). What ruin and recreate cannot do, they do: turn a stretch round, exchange the ends of two
//! routes, and move strings through a load that is at its limit on the way.

use super::instance::Instance;
use super::patchwork::{Patchwork, Piece};
use super::state::SearchState;
use crate::rng::Rng;
use crate::solver::annealing;

/// Near stations of which one is drawn.
const NEAR: usize = 12;
/// The longest string that is moved, most of the time, and now and then.
const STRING_MAX: [usize; 2] = [3, 12];
/// How often a longer string is moved.
const LONG_SHARE: f64 = 0.2;
/// How often a string is turned round on the way.
const TURN_SHARE: f64 = 0.3;
/// How often, of the times that a station is to come first, that is in a new route.
const NEW_SHARE: f64 = 0.3;

/// One or two routes as they would be.
type Move = (Patchwork, Option<Patchwork>);

/// A stop: its route's slot, its index, and how many stops the route has.
#[derive(Clone, Copy, Debug)]
struct Place {
    slot: usize,
    at: usize,
    count: usize,
}

/// Room to write routes in.
#[derive(Debug, Default)]
pub(super) struct Moves([Vec<u32>; 2]);

impl Moves {
    /// Draws a move and makes it if loads allow it and if it is no dearer than the annealing takes at `temperature`.
    /// Whether it was made.
    pub(super) fn attempt(
        &mut self,
        instance: &Instance,
        state: &mut SearchState,
        temperature: f64,
        rng: &mut Rng,
    ) -> bool {
        let Some((first, second)) = draw(instance, state, rng) else { return false };
        let second_delta = second.map_or(0, |second| second.delta(instance, state));
        let delta = first.delta(instance, state) + second_delta;
        let taken = delta != 0
            && delta as f64 <= annealing::slack(temperature, rng)
            && first.fits(instance, state)
            && second.is_none_or(|second| second.fits(instance, state));
        if taken {
            let [first_vertices, second_vertices] = &mut self.0;
            first.write(state, first_vertices);
            if let Some(second) = second {
                second.write(state, second_vertices);
                state.replace(instance, second.slot, second_vertices);
            }
            state.replace(instance, first.slot, first_vertices);
        }
        taken
    }
}

fn draw(instance: &Instance, state: &mut SearchState, rng: &mut Rng) -> Option<Move> {
    let station = 1 + rng.below(instance.vertices() - 1) as u32;
    let near = instance.near(station);
    // One of the near ones, or, as often as any of them, the depot.
    let near = &near[..near.len().min(NEAR)];
    let behind = match near.get(rng.below(near.len() + 1)) {
        Some(&other) => state.place_of(other)?,
        None if rng.chance(NEW_SHARE) => (state.empty_slot(), 0),
        None => (rng.below(state.routes.len()), 0),
    };
    let place = |(slot, at): (usize, usize)| Place { slot, at, count: state.routes[slot].stops.len() };
    let (behind, moved) = (place(behind), place(state.place_of(station)?));
    match rng.below(8) {
        0..4 => relocate(behind, moved, rng),
        4..6 if behind.slot != moved.slot => Some(cross(behind, moved)),
        4..6 => turn(behind, moved),
        _ => exchange(behind, moved, rng),
    }
}

/// A string that begins with `moved`, or ends with it and is turned round, goes behind `behind`.
fn relocate(behind: Place, moved: Place, rng: &mut Rng) -> Option<Move> {
    let [short_max, long_max] = STRING_MAX;
    let length_max = if rng.chance(LONG_SHARE) { long_max } else { short_max };
    let length = 1 + rng.below(length_max);
    let reversed = length > 1 && rng.chance(TURN_SHARE);
    let (from, until) = if reversed {
        ((moved.at + 1).saturating_sub(length).max(1), moved.at + 1)
    } else {
        (moved.at, (moved.at + length).min(moved.count - 1))
    };
    let string = Piece { slot: moved.slot, from, until, reversed };
    let (slot, cut) = (behind.slot, behind.at + 1);
    if slot != moved.slot {
        let first = [Piece::new(slot, 0, cut), string, Piece::new(slot, cut, behind.count)];
        let second = [Piece::new(moved.slot, 0, from), Piece::new(moved.slot, until, moved.count)];
        return Some((Patchwork::new(slot, &first), Some(Patchwork::new(moved.slot, &second))));
    }
    let (head, tail) = (Piece::new(slot, 0, cut.min(from)), Piece::new(slot, cut.max(until), behind.count));
    if cut <= from {
        Some((Patchwork::new(slot, &[head, string, Piece::new(slot, cut, from), tail]), None))
    } else if cut > until {
        Some((Patchwork::new(slot, &[head, Piece::new(slot, until, cut), string, tail]), None))
    } else {
        None
    }
}

/// Two routes exchange their ends: the one from `moved` on follows `behind`. Makes one of two, or two of one, if a depot's
/// stop is among these.
fn cross(behind: Place, moved: Place) -> Move {
    let cut = behind.at + 1;
    let first = [Piece::new(behind.slot, 0, cut), Piece::new(moved.slot, moved.at, moved.count)];
    let second = [Piece::new(moved.slot, 0, moved.at), Piece::new(behind.slot, cut, behind.count)];
    (Patchwork::new(behind.slot, &first), Some(Patchwork::new(moved.slot, &second)))
}

/// The stretch between the two is turned round.
fn turn(behind: Place, moved: Place) -> Option<Move> {
    let (from, until) = match behind.at < moved.at {
        true => (behind.at + 1, moved.at + 1),
        false => (moved.at, behind.at + 1),
    };
    if until - from < 2 {
        return None;
    }
    let slot = moved.slot;
    let turned = Piece { slot, from, until, reversed: true };
    let pieces = [Piece::new(slot, 0, from), turned, Piece::new(slot, until, moved.count)];
    Some((Patchwork::new(slot, &pieces), None))
}

/// One or two stops from `moved` on and one or two of those that follow `behind` change places.
fn exchange(behind: Place, moved: Place, rng: &mut Rng) -> Option<Move> {
    let other = Place { at: behind.at + 1, ..behind };
    if other.at >= other.count - 1 {
        return None;
    }
    let mut string = |place: Place| {
        let until = (place.at + 1 + rng.below(2)).min(place.count - 1);
        (
            Piece::new(place.slot, 0, place.at),
            Piece::new(place.slot, place.at, until),
            Piece::new(place.slot, until, place.count),
        )
    };
    let ((head, own, tail), (other_head, others, other_tail)) = (string(moved), string(other));
    if moved.slot != other.slot {
        let first = Patchwork::new(moved.slot, &[head, others, tail]);
        return Some((first, Some(Patchwork::new(other.slot, &[other_head, own, other_tail]))));
    }
    let (head, early, late, tail) = if own.from < others.from {
        (head, own, others, other_tail)
    } else {
        (other_head, others, own, tail)
    };
    if early.until > late.from {
        return None;
    }
    let midst = Piece::new(own.slot, early.until, late.from);
    Some((Patchwork::new(own.slot, &[head, late, midst, early, tail]), None))
}
