//! Vehicles as they stand at the start: as a file of the size that is asked for has them, or drawn from the largest.

use super::columns::{Columns, Field, Line};
use super::draw::{Draw, jittered, near, on_the_map};
use super::trips::attributes;
use crate::error::SimError;
use crate::scenario::{Names, Outside, Scenario, VehicleKind};
use jiff::civil::Time;
use paceline_model::{Charge, Instant, Invalid, Position, Reading, Rule, Tag, VehicleId, VehicleSpec};
use paceline_plan::Rng;
use paceline_road::Roads;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const FIELDS: [Field; 9] = [
    Field { key: "id", names: &["vehicle_id"] },
    Field { key: "lat", names: &["lat", "latitude"] },
    Field { key: "lon", names: &["lon", "longitude"] },
    Field { key: "charge", names: &["initial_soc"] },
    Field { key: "kind", names: &["vehicle_kind"] },
    Field { key: "seats", names: &["seats"] },
    Field { key: "attributes", names: &["attributes"] },
    Field { key: "shift_start", names: &["shift_start"] },
    Field { key: "shift_end", names: &["shift_end"] },
];

/// A vehicle as it stands at the start.
#[derive(Clone, Debug)]
pub struct Starting {
    /// What it is.
    pub spec: VehicleSpec,
    /// Where it stands, and how full it is.
    pub reading: Reading,
    /// Which of [`super::Day::kinds`] it is of.
    pub kind: usize,
    /// When it comes and goes.
    pub shift: Shift,
}

/// When a vehicle comes, and from when on it takes no new order. `None`: with the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    /// It is not there before.
    pub from: Option<Instant>,
    /// It brings its riders home, and goes.
    pub until: Option<Instant>,
}

/// A line of a fleet's file.
#[derive(Clone)]
struct Listed {
    id: Option<VehicleId>,
    place: Position,
    charge: Charge,
    kind: usize,
    seats: Option<u8>,
    attributes: BTreeSet<Tag>,
    shift: Shift,
}

pub(super) fn draw_fleet(
    scenario: &Scenario,
    roads: &Roads,
    draw: &Draw,
    at: Instant,
) -> Result<Vec<Starting>, SimError> {
    let size = draw.vehicles.unwrap_or(scenario.vehicles) as usize;
    let mut files = Vec::new();
    for path in &scenario.fleets {
        let mut file = read(scenario, &scenario.file(path))?;
        file.retain(|listed| scenario.outside == Outside::Move || on_the_map(roads, listed.place));
        files.push(file);
    }
    let same = files.iter().find(|file| file.len() == size).cloned();
    let largest = files.into_iter().max_by_key(Vec::len).unwrap_or_default();
    let mut rng = Rng::of(draw.seed, "fleet");
    let listed = same.unwrap_or_else(|| {
        let mut drawn = || {
            let model = &largest[rng.below(largest.len())];
            Listed { id: None, place: jittered(model.place, &mut rng), ..model.clone() }
        };
        (0..if largest.is_empty() { 0 } else { size }).map(|_| drawn()).collect()
    });
    let made = listed.into_iter().enumerate().map(|(number, listed)| {
        let position = near(roads, listed.place, scenario.far_m_max);
        let reading = Reading { position, heading: None, charge: listed.charge, at };
        Ok(Starting {
            kind: listed.kind,
            shift: listed.shift,
            spec: vehicle(scenario, number, listed)?,
            reading,
        })
    });
    made.collect::<Result<_, Invalid>>()
        .map_err(|invalid| SimError::Invalid { path: scenario.path.clone(), invalid })
}

fn read(scenario: &Scenario, path: &Path) -> Result<Vec<Listed>, SimError> {
    let columns = Columns::open(path, &FIELDS, &BTreeMap::new(), &[&["lat", "lon", "charge"]])?;
    let mut names = BTreeSet::new();
    let read = columns.rows().map(|line| {
        let line = line?;
        let listed = listed(scenario, &line).and_then(|listed| match &listed.id {
            Some(id) if !names.insert(id.clone()) => {
                Err(line.refuse("id", id, "must be of no other vehicle"))
            }
            _ => Ok(listed),
        });
        listed.map_err(|invalid| SimError::line(path, line.number, invalid))
    });
    read.collect()
}

fn listed(scenario: &Scenario, line: &Line) -> Result<Listed, Invalid> {
    let share: f64 = line.need("charge", "must be a share of a full battery, from 0 to 1")?;
    let share = paceline_model::limits::within(&line.name("charge"), share, (0.0, 1.0))?;
    Ok(Listed {
        id: line
            .text("id")
            .filter(|_| scenario.names == Names::OfFile)
            .map(VehicleId::new)
            .transpose()
            .map_err(|invalid| invalid.within("vehicle"))?,
        place: line.place("lat", "lon")?,
        charge: Charge::from_percent(share * 100.0)?,
        kind: line.text("kind").map_or(Ok(0), |kind| number_of(scenario, line, kind))?,
        seats: line.read("seats", "must be a whole number of places for riders")?,
        attributes: attributes(line)?,
        shift: shift(scenario, line)?,
    })
}

/// Times of the scenario's first day by the city's own clock; an end that is not later than the beginning is the next day's.
fn shift(scenario: &Scenario, line: &Line) -> Result<Shift, Invalid> {
    let rule = "must be a time of day such as 06:30";
    let (from, until): (Option<Time>, Option<Time>) =
        (line.read("shift_start", rule)?, line.read("shift_end", rule)?);
    let day = scenario.start.date();
    let first = from.unwrap_or(scenario.start.time());
    let last_day = until.map(|until| if until <= first { day.tomorrow().unwrap_or(day) } else { day });
    Ok(Shift {
        from: from.map(|from| scenario.instant(day.to_datetime(from))),
        until: until.zip(last_day).map(|(until, day)| scenario.instant(day.to_datetime(until))),
    })
}

/// 0 is `[vehicle]`, then come `[kinds]` by name.
fn number_of(scenario: &Scenario, line: &Line, kind: &str) -> Result<usize, Invalid> {
    let number = scenario.kinds.keys().position(|known| known == kind).map(|number| number + 1);
    let known = || scenario.kinds.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    number.ok_or_else(|| {
        Invalid::new(line.name("kind"), kind, Rule::OneOf(format!("the scenario's kinds ({})", known())))
    })
}

/// All kinds of vehicles, in the order of their numbers.
pub(super) fn kinds(scenario: &Scenario) -> impl Iterator<Item = &VehicleKind> {
    std::iter::once(&scenario.vehicle).chain(scenario.kinds.values())
}

/// Names that no file gives are padded, so that their order is the file's.
fn vehicle(scenario: &Scenario, number: usize, listed: Listed) -> Result<VehicleSpec, Invalid> {
    let kind = kinds(scenario).nth(listed.kind).unwrap_or(&scenario.vehicle);
    let spec = VehicleSpec {
        id: listed.id.map_or_else(|| VehicleId::new(&format!("v{number:04}")), Ok)?,
        seats: listed.seats.unwrap_or(kind.seats),
        powertrain: kind.powertrain()?,
        attributes: kind.attributes.iter().cloned().chain(listed.attributes).collect(),
        driver: scenario.drivers.driver(),
    };
    spec.validate()
}
