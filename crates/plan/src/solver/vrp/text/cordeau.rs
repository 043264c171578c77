//! Cordeau's dial-a-ride format: `vehicles places duration capacity ride`, then for each place
//! `number x y service load earliest latest`. Rider i gets in at place i and out at place i + half of the places.
//! Some files repeat the depot at the end.

use super::super::problem::{Objective, Request, VrpProblem};
use super::fields::{self, PlaceColumns};
use crate::solver::text::{TextError, TextLine};

pub(super) fn parse(lines: &[TextLine]) -> Result<VrpProblem, TextError> {
    let head = lines[0];
    let (vehicles, count) = (head.index(0, "vehicles")?, head.index(1, "places")?);
    let mut fleet = fields::fleet(vehicles, head.positive(3, "capacity")?);
    fleet.duration_max = Some(head.positive(2, "route duration")?);
    let mut places = fields::numbered(&lines[1..], &PlaceColumns([1, 2, 4, 5, 6, 3]))?;
    if places.len() % 2 == 0 && places.len() > 2 {
        places.pop();
    }
    let riders = places.len().saturating_sub(1) / 2;
    // The number in the head is that of the riders in some files and of the places in others.
    if count != riders && count != 2 * riders {
        let rule = format!("{riders} riders and {} places follow", 2 * riders);
        return Err(head.error("places", &count.to_string(), rule));
    }
    let requests = (1..=riders).map(|pickup| Request { pickup, delivery: Some(pickup + riders) }).collect();
    Ok(VrpProblem {
        name: String::new(),
        places,
        requests,
        fleet,
        ride_max: Some(head.positive(4, "ride time")?),
        energy: None,
        objective: Objective::Distance,
    })
}
