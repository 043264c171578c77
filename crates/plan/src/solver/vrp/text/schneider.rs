//! Schneider, Stenger and Goeke's electric format: a heading, `id type x y demand ready due service` for each place
//! (type d depot, f station, c customer), and five lines that end in `/value/`.
//! Charging is partial: the best known values in the set are for that rule too.

use super::super::problem::{Energy, Objective, Place, Request, VrpProblem};
use super::fields::{self, PlaceColumns};
use crate::solver::text::{TextError, TextLine};
use std::collections::BTreeSet;

pub(super) fn parse(lines: &[TextLine]) -> Result<VrpProblem, TextError> {
    let columns = PlaceColumns([2, 3, 4, 5, 6, 7]);
    let (mut depots, mut stations, mut customers): (Vec<Place>, Vec<Place>, Vec<Place>) = Default::default();
    let mut names = BTreeSet::new();
    for line in lines[1..].iter().filter(|line| !line.text.ends_with('/')) {
        let place = columns.place(*line, line.word(0, "StringID")?)?;
        if !names.insert(place.name.clone()) {
            return Err(line.error("StringID", &place.name, "the id of no line before"));
        }
        match line.word(1, "Type")? {
            "d" => depots.push(place),
            "f" => stations.push(place),
            "c" => customers.push(place),
            other => return Err(line.error("Type", other, "d, f or c")),
        }
    }
    if depots.len() != 1 {
        return Err(lines[0].error("Type", &depots.len().to_string(), "exactly one place is a depot"));
    }
    let mut fleet = fields::fleet(customers.len(), value(lines, 'C')?);
    fleet.speed = value(lines, 'v')?;
    let requests = (1..=customers.len()).map(|pickup| Request { pickup, delivery: None }).collect();
    let energy = Energy {
        capacity: value(lines, 'Q')?,
        per_distance: value(lines, 'r')?,
        charge_time: value(lines, 'g')?,
        stations,
    };
    Ok(VrpProblem {
        name: String::new(),
        places: depots.into_iter().chain(customers).collect(),
        requests,
        fleet,
        ride_max: None,
        energy: Some(energy),
        objective: Objective::VehiclesThenDistance,
    })
}

/// The number between slashes on the line that begins with `letter` and a blank.
fn value(lines: &[TextLine], letter: char) -> Result<f64, TextError> {
    let field = match letter {
        'Q' => "Q, battery capacity",
        'C' => "C, load capacity",
        'r' => "r, consumption rate",
        'g' => "g, inverse charging rate",
        _ => "v, velocity",
    };
    let own = |line: &&TextLine| line.text.ends_with('/') && line.words().next() == Some(&letter.to_string());
    let last = lines[lines.len() - 1];
    let line =
        lines.iter().find(own).ok_or_else(|| last.error(field, "", "a line for it, ending in /value/"))?;
    let word = line.text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let value = line.read(word, field)?;
    if value > 0.0 { Ok(value) } else { Err(line.error(field, word, "greater than 0")) }
}
