//! The day that a scenario's files describe: trips, vehicles and chargers, scaled by a seeded bootstrap if asked.
//!
//! Demand at scale x is x times as many trips, drawn with replacement from the file, each moved a little in time and
//! place so that no two are the same. A fleet of a size that no file has is drawn from the largest file the same way.
//! Source: Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7(1), 1979; smoothed.

use crate::battery::PowerCurve;
use crate::error::SimError;
use crate::files::rows;
use crate::scenario::{Outside, Scenario};
use jiff::civil::{DateTime, Time};
use paceline_model::{
    Charge, ChargerId, ChargerSpec, Instant, Invalid, Position, Reading, Rule, VehicleId, VehicleSpec,
};
use paceline_plan::Rng;
use paceline_road::Roads;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

/// How a day is drawn from its scenario.
#[derive(Clone, Debug)]
pub struct Draw {
    /// How many vehicles; the scenario's own number if not given.
    pub vehicles: Option<u32>,
    /// How many times the file's demand.
    pub demand_scale: f64,
    /// Fixes all chance.
    pub seed: u64,
    /// Orders before this time of day are left out.
    pub from: Option<Time>,
    /// Orders from this time of day on are left out.
    pub until: Option<Time>,
}

impl Default for Draw {
    fn default() -> Self {
        Self { vehicles: None, demand_scale: 1.0, seed: 1, from: None, until: None }
    }
}

/// A ride that somebody will ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Trip {
    /// When they ask.
    pub at: Instant,
    /// Where they wait.
    pub pickup: Position,
    /// Where they want to be.
    pub dropoff: Position,
    /// How many ride.
    pub party: u8,
}

/// Everything that a run starts from.
#[derive(Clone, Debug)]
pub struct Day {
    /// When it begins.
    pub start: Instant,
    /// When the last order is placed at the latest.
    pub end: Instant,
    /// Rides in the order of their times.
    pub trips: Vec<Trip>,
    /// Vehicles as they stand at the start.
    pub vehicles: Vec<(VehicleSpec, Reading)>,
    /// Where they charge.
    pub chargers: Vec<ChargerSpec>,
    /// What a battery takes by how full it is.
    pub curve: PowerCurve,
    /// What was changed or left out on the way.
    pub notes: Notes,
}

/// What was changed or left out on reading the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Trips with an end so far from any road that it was moved to the nearest one.
    pub moved_trips: u32,
    /// Trips that do not lie wholly on the roads of the scenario.
    pub left_out_trips: u32,
    /// Charger sites of kinds that the scenario does not name, or off its roads.
    pub left_out_chargers: u32,
}

/// Places this near to a road stay where they are; the engine snaps them itself.
const NEAR_M: f64 = 400.0;
/// Spread of a drawn trip's time around its model.
const JITTER_MS: f64 = 300_000.0;
/// Spread of a drawn place around its model, in degrees: about 100 m.
const JITTER_DEGREES: f64 = 0.001;

#[derive(Deserialize)]
struct TripLine {
    o_lat: f64,
    o_lon: f64,
    d_lat: f64,
    d_lon: f64,
    departure_time: String,
    passengers: u8,
}

#[derive(Deserialize)]
struct VehicleLine {
    lat: f64,
    lon: f64,
    initial_soc: f64,
}

#[derive(Deserialize)]
struct ChargerLine {
    station_id: String,
    lon: f64,
    lat: f64,
    charger_count: u16,
    charger_id: String,
}

impl Day {
    /// Reads the scenario's files and draws from them. Errors: files missing or malformed, values out of bounds.
    pub fn draw(scenario: &Scenario, roads: &Roads, draw: &Draw) -> Result<Self, SimError> {
        let invalid = |invalid| SimError::Invalid { path: scenario.path.clone(), invalid };
        paceline_model::limits::within("demand_scale", draw.demand_scale, (0.001, 1_000.0))
            .map_err(invalid)?;
        let day = scenario.start.date();
        let clock = |time: Option<Time>, otherwise: DateTime| {
            scenario.instant(time.map_or(otherwise, |time| day.to_datetime(time)))
        };
        let (start, end) = (clock(draw.from, scenario.start), clock(draw.until, scenario.end));
        if end <= start {
            let rule = Rule::NotBefore { than: "from".into() };
            return Err(invalid(Invalid::new("until", end.0, rule)));
        }
        let mut notes = Notes::default();
        let mut models = read_trips(scenario)?;
        if scenario.outside == Outside::LeaveOut {
            let before = models.len();
            models.retain(|trip| on_the_map(roads, trip.pickup) && on_the_map(roads, trip.dropoff));
            notes.left_out_trips = (before - models.len()) as u32;
        }
        let mut trips = scale(models, draw, (start, end));
        trips.retain(|trip| (start..end).contains(&trip.at));
        trips.sort_by_key(|trip| trip.at);
        for trip in &mut trips {
            let near = [trip.pickup, trip.dropoff].map(|place| near(roads, place, scenario.far_m_max));
            notes.moved_trips += u32::from(near != [trip.pickup, trip.dropoff]);
            [trip.pickup, trip.dropoff] = near;
        }
        let vehicles = draw_fleet(scenario, roads, draw, start)?;
        let chargers = read_chargers(scenario, roads, &mut notes)?;
        let kw = scenario.vehicle.charge_kw_max;
        let curve = match &scenario.vehicle.power_curve {
            Some(path) => PowerCurve::read(&scenario.file(path), kw)?,
            None => PowerCurve::flat(kw),
        };
        Ok(Self { start, end, trips, vehicles, chargers, curve, notes })
    }
}

fn on_the_map(roads: &Roads, place: Position) -> bool {
    roads.snap(place, NEAR_M).is_some()
}

/// A place as it is, or the nearest one on a road if it lies off the map; as it is again if even that is too far.
fn near(roads: &Roads, place: Position, far_m_max: u32) -> Position {
    if roads.snap(place, NEAR_M).is_some() {
        return place;
    }
    roads.snap(place, f64::from(far_m_max)).map_or(place, |snapped| snapped.position)
}

fn scale(models: Vec<Trip>, draw: &Draw, (start, end): (Instant, Instant)) -> Vec<Trip> {
    if draw.demand_scale == 1.0 || models.is_empty() {
        return models;
    }
    let mut rng = Rng::of(draw.seed, "demand");
    let count = (models.len() as f64 * draw.demand_scale).round() as usize;
    let drawn = (0..count).map(|_| {
        let model = &models[rng.below(models.len())];
        let at = Instant(model.at.0.saturating_add_signed(rng.around(JITTER_MS) as i64));
        // Folded back at the ends, so that the day keeps its number of orders.
        let inside = start <= model.at && model.at < end;
        let at = if inside { at.clamp(start, Instant(end.0 - 1)) } else { at };
        Trip {
            at,
            pickup: jittered(model.pickup, &mut rng),
            dropoff: jittered(model.dropoff, &mut rng),
            party: model.party,
        }
    });
    drawn.collect()
}

fn jittered(place: Position, rng: &mut Rng) -> Position {
    let (north, east) = (rng.around(JITTER_DEGREES), rng.around(JITTER_DEGREES));
    Position::new(place.lat() + north, place.lon() + east).unwrap_or(place)
}

fn read_trips(scenario: &Scenario) -> Result<Vec<Trip>, SimError> {
    let path = scenario.file(&scenario.trips);
    rows(&path, |line: TripLine| {
        let departure = line.departure_time.parse::<DateTime>().map_err(|error| error.to_string())?;
        Ok(Trip {
            at: scenario.instant(departure),
            pickup: Position::new(line.o_lat, line.o_lon)
                .map_err(|invalid| invalid.within("o").to_string())?,
            dropoff: Position::new(line.d_lat, line.d_lon)
                .map_err(|invalid| invalid.within("d").to_string())?,
            party: line.passengers,
        })
    })
}

fn read_chargers(
    scenario: &Scenario,
    roads: &Roads,
    notes: &mut Notes,
) -> Result<Vec<ChargerSpec>, SimError> {
    let path = scenario.file(&scenario.chargers.sites);
    let kinds = &scenario.chargers.kw;
    let sites = rows(&path, |line: ChargerLine| {
        let text = |invalid: Invalid| invalid.to_string();
        let Some(kw) = kinds.get(&line.charger_id) else { return Ok(None) };
        let place = Position::new(line.lat, line.lon).map_err(text)?;
        let id = ChargerId::new(&line.station_id).map_err(text)?;
        if scenario.outside == Outside::LeaveOut && !on_the_map(roads, place) {
            return Ok(None);
        }
        ChargerSpec::new(id, place, line.charger_count, *kw).map(Some).map_err(text)
    })?;
    notes.left_out_chargers = sites.iter().filter(|site| site.is_none()).count() as u32;
    let sites: Vec<ChargerSpec> = sites.into_iter().flatten().collect();
    let names: BTreeSet<&ChargerId> = sites.iter().map(|site| &site.id).collect();
    if names.len() < sites.len() {
        return Err(SimError::line(&path, 0, "two charger sites have one name"));
    }
    Ok(sites)
}

fn draw_fleet(
    scenario: &Scenario,
    roads: &Roads,
    draw: &Draw,
    at: Instant,
) -> Result<Vec<(VehicleSpec, Reading)>, SimError> {
    let size = draw.vehicles.unwrap_or(scenario.vehicles) as usize;
    let mut files = Vec::new();
    for path in &scenario.fleets {
        let mut file = read_fleet(scenario, path)?;
        file.retain(|(place, _)| scenario.outside == Outside::Move || on_the_map(roads, *place));
        files.push(file);
    }
    let same = files.iter().find(|file| file.len() == size).cloned();
    let largest = files.into_iter().max_by_key(Vec::len).unwrap_or_default();
    let mut rng = Rng::of(draw.seed, "fleet");
    let places = same.unwrap_or_else(|| {
        let mut drawn = || {
            let (place, charge) = largest[rng.below(largest.len())];
            (jittered(place, &mut rng), charge)
        };
        (0..if largest.is_empty() { 0 } else { size }).map(|_| drawn()).collect()
    });
    let numbered = places.into_iter().enumerate();
    let made = numbered.map(|(number, (place, charge))| {
        let position = near(roads, place, scenario.far_m_max);
        Ok((vehicle(scenario, number)?, Reading { position, heading: None, charge, at }))
    });
    made.collect::<Result<_, Invalid>>()
        .map_err(|invalid| SimError::Invalid { path: scenario.path.clone(), invalid })
}

fn read_fleet(scenario: &Scenario, path: &Path) -> Result<Vec<(Position, Charge)>, SimError> {
    rows(&scenario.file(path), |line: VehicleLine| {
        let place = Position::new(line.lat, line.lon).map_err(|invalid| invalid.to_string())?;
        let charge = Charge::from_percent(line.initial_soc * 100.0).map_err(|invalid| invalid.to_string())?;
        Ok((place, charge))
    })
}

/// Names are padded, so that their order is the file's.
fn vehicle(scenario: &Scenario, number: usize) -> Result<VehicleSpec, Invalid> {
    let spec = VehicleSpec {
        id: VehicleId::new(&format!("v{number:04}"))?,
        seats: scenario.vehicle.seats,
        powertrain: scenario.vehicle.powertrain()?,
        attributes: BTreeSet::new(),
        driver: scenario.drivers.driver(),
    };
    spec.validate()
}
