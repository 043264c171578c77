//! Demand out of nothing but streets. It is made up, and says nothing of a city but how its streets lie: people begin and end where
//! there are many streets that one may stop in, want near places rather than far ones, and are out by day rather than by night.
//!
//! Destinations by a gravity model with exponential deterrence: Wilson, "A statistical theory of spatial distribution models",
//! Transportation Research 1(3), 1967, here with a mean that suits short rides in a city, not fitted to anything.

use paceline_model::Position;
use paceline_plan::Rng;
use paceline_road::{EdgeId, RoadPoint, Roads};

/// The day of the example: a Tuesday.
pub(super) const DAY: &str = "2026-03-03";
pub(super) const NEXT_DAY: &str = "2026-03-04";
/// What a plug of the example gives.
pub(super) const PLUG_KW: f64 = 50.0;
/// Plugs at a site of the example.
pub(super) const SITE_PLUGS: u32 = 4;
/// Vehicles to a site: a quarter of them can be plugged in at once where half of a day's driving is to be charged.
const VEHICLES_PER_SITE: u32 = 16;

/// Where one may stop: streets that are driven at more than this have no doors.
const STOP_KMH_MAX: f64 = 65.0;
/// The distance over which a place becomes 2.7 times less wanted.
const FAR_M: f64 = 3_000.0;
/// Ends that are nearer than this, people walk.
const WALK_M: f64 = 500.0;
/// A vehicle of the example is there within a few minutes.
const NEAR_M: f64 = 1_500.0;
/// Places from which one is chosen.
const CHOICE: usize = 12;
/// Shares of the hours of a day: two peaks, and little at night.
const HOURS: [u32; 24] = [2, 1, 1, 1, 1, 2, 4, 7, 9, 7, 5, 5, 6, 6, 5, 6, 7, 9, 10, 9, 7, 6, 5, 3];
/// Parties of one, two, three and four.
const PARTIES: [u32; 4] = [70, 20, 6, 4];

/// A made-up trip.
pub(super) struct MadeUp {
    /// Since midnight.
    pub(super) second: u32,
    pub(super) from: Position,
    pub(super) to: Position,
    pub(super) party: u8,
}

/// A made-up day.
pub(super) struct Drawn {
    pub(super) trips: Vec<MadeUp>,
    /// Where each stands, and which share of its battery is full.
    pub(super) vehicles: Vec<(Position, f64)>,
    pub(super) chargers: Vec<Position>,
}

impl Drawn {
    /// Where a vehicle stands, and the ends of a trip that is near to it.
    pub(super) fn example(&self) -> [Position; 3] {
        let MadeUp { from, to, .. } = self.trips[0];
        let near = self
            .vehicles
            .iter()
            .map(|(place, _)| *place)
            .min_by(|one, other| one.distance_m(from).total_cmp(&other.distance_m(from)));
        [near.filter(|place| place.distance_m(from) < NEAR_M).unwrap_or(from), from, to]
    }
}

/// Draws places on streets, in proportion to their lengths.
pub(super) struct Sketch<'a> {
    roads: &'a Roads,
    edges: Vec<EdgeId>,
    /// Metres of street up to and with each edge.
    metres: Vec<u64>,
    rng: Rng,
}

impl<'a> Sketch<'a> {
    /// `roads` have at least one street; where all are fast, all of them count.
    pub(super) fn new(roads: &'a Roads, seed: u64) -> Self {
        let all = || roads.street_polylines().map(|(edge, _)| edge);
        let stops = |edge: &EdgeId| {
            let leg = roads.free_flow(*edge);
            leg.distance.as_km() <= STOP_KMH_MAX * leg.time.as_secs_f64() / 3_600.0
        };
        let slow: Vec<EdgeId> = all().filter(stops).collect();
        let edges = if slow.is_empty() { all().collect() } else { slow };
        let mut sum = 0;
        let metres = edges.iter().map(|edge| {
            sum += 1 + u64::from(roads.free_flow(*edge).distance.0) / 100;
            sum
        });
        Self { metres: metres.collect(), roads, edges, rng: Rng::of(seed, "own city") }
    }

    pub(super) fn draw(mut self, vehicles: u32, trips: u32) -> Drawn {
        let mut trips: Vec<MadeUp> = (0..trips).map(|_| self.trip()).collect();
        trips.sort_by_key(|trip| trip.second);
        let vehicle = |sketch: &mut Self| (sketch.place(), 0.5 + 0.5 * sketch.rng.unit());
        Drawn {
            trips,
            vehicles: (0..vehicles).map(|_| vehicle(&mut self)).collect(),
            chargers: (0..vehicles.div_ceil(VEHICLES_PER_SITE)).map(|_| self.place()).collect(),
        }
    }

    fn trip(&mut self) -> MadeUp {
        let from = self.place();
        let choice: Vec<Position> = (0..CHOICE).map(|_| self.place()).collect();
        let wanted = |place: &Position| {
            let far = from.distance_m(*place);
            let walks = if far < WALK_M { 1e-6 } else { 1.0 };
            ((walks * (-far / FAR_M).exp() * 1e9) as u32).max(1)
        };
        let shares: Vec<u32> = choice.iter().map(wanted).collect();
        let to = choice[self.share(&shares)];
        let second = self.share(&HOURS) as u32 * 3_600 + self.rng.below(3_600) as u32;
        MadeUp { second, from, to, party: 1 + self.share(&PARTIES) as u8 }
    }

    /// A number, as often as its share.
    fn share(&mut self, shares: &[u32]) -> usize {
        let all: u64 = shares.iter().map(|&share| u64::from(share)).sum();
        let mut left = (self.rng.unit() * all as f64) as u64;
        for (number, &share) in shares.iter().enumerate() {
            if left < u64::from(share) {
                return number;
            }
            left -= u64::from(share);
        }
        shares.len() - 1
    }

    /// Any place of a street, to a metre.
    fn place(&mut self) -> Position {
        let all = self.metres.last().copied().unwrap_or(1);
        let at = (self.rng.unit() * all as f64) as u64;
        let edge = self.edges[self.metres.partition_point(|&sum| sum <= at).min(self.edges.len() - 1)];
        let fraction = (self.rng.unit() * f64::from(u16::MAX)) as u16;
        let place = self.roads.position(RoadPoint { edge, fraction });
        let round = |degrees: f64| (degrees * 1e5).round() / 1e5;
        Position::new(round(place.lat()), round(place.lon())).unwrap_or(place)
    }
}
