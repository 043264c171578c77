//! Solomon's format: a name, `VEHICLE` with number and capacity, `CUSTOMER` with a line for each place
//! `number x y demand ready due service`. Every customer is a pick-up for the depot; with one depot that is the same
//! as a delivery from it.

use super::super::problem::{Objective, Request, VrpProblem};
use super::fields::{self, PlaceColumns};
use crate::solver::text::{TextError, TextLine};

pub(super) fn parse(lines: &[TextLine]) -> Result<VrpProblem, TextError> {
    let numeric = |line: &TextLine| line.words().all(|word| word.parse::<f64>().is_ok());
    let heading = lines.iter().position(|line| line.text.eq_ignore_ascii_case("VEHICLE")).unwrap_or(0);
    let rows: Vec<TextLine> = lines[heading..].iter().copied().filter(numeric).collect();
    let Some(fleet) = rows.first() else {
        return Err(lines[heading].error(
            "VEHICLE",
            lines[heading].text,
            "is followed by number and capacity",
        ));
    };
    let odd = lines[heading..]
        .iter()
        .skip(1)
        .find(|line| line.number > fleet.number && !numeric(line) && !is_title(line));
    if let Some(line) = odd {
        return Err(line.error("customer", line.text, "seven numbers"));
    }
    let (vehicles, capacity) = (fleet.index(0, "number of vehicles")?, fleet.positive(1, "capacity")?);
    let places = fields::numbered(&rows[1..], &PlaceColumns([1, 2, 3, 4, 5, 6]))?;
    let requests = (1..places.len()).map(|pickup| Request { pickup, delivery: None }).collect();
    Ok(VrpProblem {
        name: if heading > 0 { lines[0].text.to_owned() } else { String::new() },
        places,
        requests,
        fleet: fields::fleet(vehicles, capacity),
        ride_max: None,
        energy: None,
        objective: Objective::VehiclesThenDistance,
    })
}

fn is_title(line: &TextLine) -> bool {
    line.text.starts_with(|letter: char| letter.is_ascii_alphabetic())
}
