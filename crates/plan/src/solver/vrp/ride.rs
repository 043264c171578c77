//! Who rides from where to where in a sequence.

use super::grid::{DEPOT, Grid};

/// Where a rider gets in and out, counted in stops.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ride {
    pub(super) pickup: usize,
    pub(super) delivery: usize,
}

/// The rides of a sequence, the last delivery first.
pub(super) fn rides(grid: &Grid, stops: &[u32], into: &mut Vec<Ride>) {
    into.clear();
    for (delivery, &place) in stops.iter().enumerate().skip(1).rev() {
        let job = grid.site(place).request;
        if place != DEPOT && grid.jobs[job as usize].delivery == place {
            let pickup = grid.jobs[job as usize].pickup;
            let pickup = stops[..delivery].iter().rposition(|&stop| stop == pickup);
            into.extend(pickup.map(|pickup| Ride { pickup, delivery }));
        }
    }
}
