//! The day that a scenario's files describe: trips, vehicles and chargers, scaled by a seeded bootstrap if asked.
//!
//! Demand at scale x is x times as many trips, drawn with replacement from the file, each moved a little in time and
//! place so that no two are the same. A fleet of a size that no file has is drawn from the largest file the same way.
//! Source: Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7(1), 1979; smoothed.

mod chargers;
mod columns;
mod draw;
mod fleet;
mod left_out;
mod named_places;
#[cfg(feature = "parquet")]
mod parquet;
mod rows;
mod trips;

pub use draw::Draw;
pub use fleet::{Shift, Starting};
pub use left_out::{LeftOut, LeftOutCount, counted};
pub use trips::Trip;

use crate::battery::PowerCurve;
use crate::error::SimError;
use crate::scenario::{Outside, Scenario, VehicleKind};
use draw::{NEAR_M, jittered, near, on_the_map};
use jiff::civil::{DateTime, Time};
use paceline_model::limits::{VEHICLES_MAX, within};
use paceline_model::{ChargerSpec, Instant, Invalid, OrderId, Rule};
use paceline_plan::Rng;
use paceline_road::Roads;
use trips::TripReader;

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
    pub vehicles: Vec<Starting>,
    /// What the scenario's kinds of vehicles draw and take; `[vehicle]` is the first.
    pub kinds: Vec<KindOfDay>,
    /// Where they charge.
    pub chargers: Vec<ChargerSpec>,
    /// What was changed or left out on the way.
    pub notes: Notes,
}

/// What vehicles of a kind draw and take.
#[derive(Clone, Debug)]
pub struct KindOfDay {
    /// While one stands without a plug.
    pub idle_watts: f64,
    /// What a battery takes by how full it is.
    pub curve: PowerCurve,
}

/// What was changed or left out on reading the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Trips with an end so far from any road that it was moved to the nearest one.
    pub moved_trips: u32,
    /// Trips that are not played.
    pub left_out: Vec<LeftOut>,
    /// Charger sites of kinds that the scenario does not name, or off its roads.
    pub left_out_chargers: u32,
}

/// Spread of a drawn trip's time around its model.
const JITTER_MS: f64 = 300_000.0;

impl Day {
    /// Reads the scenario's files and draws from them. Errors: files missing or malformed, values out of bounds.
    pub fn draw(scenario: &Scenario, roads: &Roads, draw: &Draw) -> Result<Self, SimError> {
        let invalid = |invalid| SimError::Invalid { path: scenario.path.clone(), invalid };
        within("demand_scale", draw.demand_scale, (0.001, 1_000.0)).map_err(invalid)?;
        let vehicles = f64::from(draw.vehicles.unwrap_or(scenario.vehicles));
        within("vehicles", vehicles, (0.0, VEHICLES_MAX as f64)).map_err(invalid)?;
        named_places::check(scenario, roads).map_err(invalid)?;
        let day = scenario.start.date();
        let clock = |time: Option<Time>, otherwise: DateTime| {
            scenario.instant(time.map_or(otherwise, |time| day.to_datetime(time)))
        };
        let (start, end) = (clock(draw.from, scenario.start), clock(draw.until, scenario.end));
        if end <= start {
            let rule = Rule::NotBefore { than: "from".into() };
            return Err(invalid(Invalid::new("until", end.0, rule)));
        }
        let (mut models, left_out) = TripReader::new(scenario)?.read()?;
        let mut notes = Notes { left_out, ..Notes::default() };
        if scenario.outside == Outside::LeaveOut {
            models.retain(|trip| lies_on(roads, trip, &mut notes.left_out));
        }
        let mut trips = scale(models, draw, (start, end));
        trips.retain(|trip| (start..end).contains(&trip.at));
        trips.sort_by_key(|trip| trip.at);
        for trip in &mut trips {
            let near = [trip.pickup, trip.dropoff].map(|place| near(roads, place, scenario.far_m_max));
            notes.moved_trips += u32::from(near != [trip.pickup, trip.dropoff]);
            [trip.pickup, trip.dropoff] = near;
        }
        if trips.is_empty() {
            let why = format!("not one of its trips is played: {}", left_out::in_words(&notes.left_out));
            return Err(SimError::line(&scenario.file(&scenario.trips.file), 2, why));
        }
        let vehicles = fleet::draw_fleet(scenario, roads, draw, start)?;
        let (chargers, left_out_chargers) = chargers::read(scenario, roads)?;
        notes.left_out_chargers = left_out_chargers;
        let kinds = fleet::kinds(scenario).map(|kind| KindOfDay::read(scenario, kind));
        let kinds = kinds.collect::<Result<_, _>>()?;
        Ok(Self { start, end, trips, vehicles, kinds, chargers, notes })
    }
}

impl KindOfDay {
    fn read(scenario: &Scenario, kind: &VehicleKind) -> Result<Self, SimError> {
        let kw = kind.charge_kw_max;
        let curve = match &kind.power_curve {
            Some(path) => PowerCurve::read(&scenario.file(path), kw)?,
            None => PowerCurve::flat(kw),
        };
        Ok(Self { idle_watts: kind.idle_kw * 1_000.0, curve })
    }
}

/// Whether a trip lies on the roads, and if not, that it is left out.
fn lies_on(roads: &Roads, trip: &Trip, left_out: &mut Vec<LeftOut>) -> bool {
    let ends = [("pickup", trip.pickup), ("dropoff", trip.dropoff)];
    let Some((field, place)) = ends.into_iter().find(|(_, place)| !on_the_map(roads, *place)) else {
        return true;
    };
    let rule = Rule::Shape(format!("must lie within {NEAR_M} m of a road of this scenario"));
    let name = trip.id.as_ref().map(OrderId::as_str).unwrap_or_default();
    left_out.push(LeftOut::of(trip.line, name, Invalid::new(field, place, rule)));
    false
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
            attributes: model.attributes.clone(),
            id: None,
            line: model.line,
        }
    });
    drawn.collect()
}
