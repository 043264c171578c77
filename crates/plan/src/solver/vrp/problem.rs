//! What is asked and what is answered, in the instance's own units: places, requests, a fleet, and routes with times.
//! Both the solver and `check` read these; neither reads the other's insides.

/// A point on the plane; distances are Euclidean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Eastward, in the instance's unit of length.
    pub x: f64,
    /// Northward, in the instance's unit of length.
    pub y: f64,
}

impl Point {
    /// As the crow flies.
    pub fn distance(self, to: Point) -> f64 {
        (self.x - to.x).hypot(self.y - to.y)
    }
}

/// When service may begin, in the instance's unit of time. Arriving before `earliest` means waiting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Service begins here or later.
    pub earliest: f64,
    /// Service begins here or earlier.
    pub latest: f64,
}

/// Where something is done. Place 0 is the depot, where every route begins and ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// As the instance calls it.
    pub name: String,
    /// Where it lies.
    pub point: Point,
    /// What comes aboard here; negative where it leaves.
    pub load: f64,
    /// When service may begin.
    pub window: Window,
    /// How long service takes.
    pub service: f64,
}

/// An index into [`VrpProblem::places`].
pub type PlaceIdx = usize;
/// An index into [`VrpProblem::requests`].
pub type RequestIdx = usize;

/// What is to be carried: to the delivery, or, where there is none, to the depot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Where it comes aboard.
    pub pickup: PlaceIdx,
    /// Where it leaves, later and on the same vehicle.
    pub delivery: Option<PlaceIdx>,
}

/// Vehicles, all alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fleet {
    /// How many there are.
    pub vehicles: usize,
    /// What one can hold.
    pub capacity: f64,
    /// Units of length in a unit of time.
    pub speed: f64,
    /// The longest that a vehicle may be out, from leaving the depot to being back.
    pub duration_max: Option<f64>,
}

/// Batteries and where they are charged. A vehicle leaves the depot full and may charge as much as it likes at a station.
#[derive(Clone, Debug, PartialEq)]
pub struct Energy {
    /// What a full battery holds.
    pub capacity: f64,
    /// Energy for a unit of length.
    pub per_distance: f64,
    /// Time to charge a unit of energy.
    pub charge_time: f64,
    /// Where one may charge. Indices after the last of [`VrpProblem::places`] name them in a route.
    pub stations: Vec<Place>,
}

/// What is made small. Serving every request comes before either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// The number of vehicles, then the distance.
    VehiclesThenDistance,
    /// The distance, with any number of the vehicles that there are.
    Distance,
}

/// Pick-up and delivery with time windows, capacities, and where asked for ride times and batteries.
#[derive(Clone, Debug, PartialEq)]
pub struct VrpProblem {
    /// As the file calls it, or empty.
    pub name: String,
    /// The depot first.
    pub places: Vec<Place>,
    /// Each place but the depot belongs to exactly one.
    pub requests: Vec<Request>,
    /// The vehicles.
    pub fleet: Fleet,
    /// The longest from the end of a pick-up's service to the beginning of its delivery's.
    pub ride_max: Option<f64>,
    /// Batteries, for electric fleets.
    pub energy: Option<Energy>,
    /// What is made small.
    pub objective: Objective,
}

impl VrpProblem {
    /// The place or station that a route's stop names.
    pub fn place(&self, at: PlaceIdx) -> Option<&Place> {
        self.places.get(at).or_else(|| self.energy.as_ref()?.stations.get(at - self.places.len()))
    }
    /// Length of a route as the crow flies from stop to stop, depots included.
    pub fn distance(&self, route: &VrpRoute) -> f64 {
        let inner = route.stops.iter().map(|stop| stop.place);
        let points: Vec<Point> =
            [0].into_iter().chain(inner).chain([0]).filter_map(|at| Some(self.place(at)?.point)).collect();
        points.windows(2).map(|leg| leg[0].distance(leg[1])).sum()
    }
}

/// A place in a route.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VrpStop {
    /// Which place, or which station: see [`Energy::stations`].
    pub place: PlaceIdx,
    /// When service (or charging) begins.
    pub begin: f64,
    /// Energy taken on here; 0 but at stations.
    pub charge: f64,
}

/// What one vehicle does between leaving the depot and being back.
#[derive(Clone, Debug, PartialEq)]
pub struct VrpRoute {
    /// When it leaves the depot.
    pub leave: f64,
    /// In order, without the depot. Never empty.
    pub stops: Vec<VrpStop>,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VrpSolution {
    /// One for each vehicle in use.
    pub routes: Vec<VrpRoute>,
    /// Requests for which no room was found in time, ascending.
    pub unserved: Vec<RequestIdx>,
}

impl VrpSolution {
    /// Length of all routes, in the instance's unit.
    pub fn distance(&self, problem: &VrpProblem) -> f64 {
        // Not `sum`, which makes of no route a zero with a sign.
        self.routes.iter().fold(0.0, |sum, route| sum + problem.distance(route))
    }
}
