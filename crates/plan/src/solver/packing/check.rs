//! Does a selection keep the rules? Written from the rules and not from the solver.

use super::{Problem, Selection};

/// A rule that a selection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// There must be one entry per vehicle.
    #[error("{entries} entries for {vehicles} vehicles")]
    Shape {
        /// Entries of the selection.
        entries: usize,
        /// Vehicles of the problem.
        vehicles: u32,
    },
    /// The column does not exist.
    #[error("vehicle {vehicle} takes column {column}, which does not exist")]
    NoColumn {
        /// The vehicle.
        vehicle: u32,
        /// What it takes.
        column: u32,
    },
    /// The column is another vehicle's.
    #[error("vehicle {vehicle} takes column {column}, which is another vehicle's")]
    NotOwn {
        /// The vehicle.
        vehicle: u32,
        /// What it takes.
        column: u32,
    },
    /// A request is in two taken columns.
    #[error("request {request} is served twice, by vehicle {vehicle} too")]
    Twice {
        /// The request.
        request: u32,
        /// The second vehicle that serves it.
        vehicle: u32,
    },
}

/// Checks a selection against its problem. Empty if all rules are kept.
pub fn check(problem: &Problem, selection: &Selection) -> Vec<Note> {
    let (vehicles, entries) = (problem.vehicles, selection.column_of.len());
    let mut notes = Vec::new();
    if entries != vehicles as usize {
        notes.push(Note::Shape { entries, vehicles });
    }
    let mut served = vec![false; problem.outside.len()];
    for (vehicle, column) in (0..).zip(&selection.column_of) {
        let Some(column) = *column else { continue };
        if column as usize >= problem.columns.len() {
            notes.push(Note::NoColumn { vehicle, column });
            continue;
        }
        let own = problem.columns.get(column);
        if own.vehicle != vehicle {
            notes.push(Note::NotOwn { vehicle, column });
        }
        for &request in own.requests {
            if std::mem::replace(&mut served[request as usize], true) {
                notes.push(Note::Twice { request, vehicle });
            }
        }
    }
    notes
}
