//! Li and Lim's format: `vehicles capacity speed`, then for each place
//! `number x y demand earliest latest service pickup delivery`, where 0 stands for "this is one itself".
//! The speed is not used, as the keepers of the set say.

use super::super::problem::{Objective, Place, Request, VrpProblem};
use super::fields::{self, PlaceColumns};
use crate::solver::text::{TextError, TextLine};

pub(super) fn parse(lines: &[TextLine]) -> Result<VrpProblem, TextError> {
    let (vehicles, capacity) = (lines[0].index(0, "vehicles")?, lines[0].positive(1, "capacity")?);
    let places = fields::numbered(&lines[1..], &PlaceColumns([1, 2, 3, 4, 5, 6]))?;
    let mut requests = Vec::new();
    for (row, line) in lines.iter().enumerate().skip(2) {
        requests.extend(request(*line, row - 1, &places, lines)?);
    }
    Ok(VrpProblem {
        name: String::new(),
        places,
        requests,
        fleet: fields::fleet(vehicles, capacity),
        ride_max: None,
        energy: None,
        objective: Objective::VehiclesThenDistance,
    })
}

/// The request that begins at `place`, if one does.
fn request(
    line: TextLine,
    place: usize,
    places: &[Place],
    lines: &[TextLine],
) -> Result<Option<Request>, TextError> {
    let (pickup, delivery) = (line.index(7, "pickup")?, line.index(8, "delivery")?);
    let partner = pickup.max(delivery);
    let wrong = |rule: &str| Err(line.error("pickup and delivery", &format!("{pickup} {delivery}"), rule));
    if (pickup == 0) == (delivery == 0) {
        return wrong("exactly one of the two is 0");
    }
    if partner >= places.len() || partner == place {
        return wrong("names another place of this instance");
    }
    let back = lines[partner + 1].index(if pickup == 0 { 7 } else { 8 }, "pickup and delivery")?;
    if back != place {
        return wrong("the place that it names must name it in turn");
    }
    Ok((pickup == 0).then_some(Request { pickup: place, delivery: Some(delivery) }))
}
