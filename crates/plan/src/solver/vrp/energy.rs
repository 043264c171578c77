//! Batteries: which stations a leg may lead over, and what driving and charging do to a vehicle's state.
//!
//! The search keeps sequences of places. Each leg may lead over one of a few stations; `labels` keeps for each stop what
//! the choices before it and behind it amount to. Here is what one leg does to a label, in either direction.
//! Left out on purpose: two stations on one leg.

use super::grid::{DEPOT, Grid, Ticks, ticks, ticks_down, ticks_up};
use super::labels::{Label, Labels};
use super::problem::{Energy, PlaceIdx, Problem};

/// Stations that a leg may lead over.
pub(super) const CHOICES: usize = 4;
/// No station.
const NONE: u16 = u16::MAX;

/// Stations and batteries; energy is measured in the time that it takes to charge it.
#[derive(Debug)]
pub(super) struct Stations {
    places: usize,
    full: Ticks,
    windows: Vec<(Ticks, Ticks)>,
    services: Vec<Ticks>,
    /// Place x place: what driving there uses.
    usage: Vec<i32>,
    /// Place x station, the same both ways.
    ways: Vec<Way>,
    place_services: Vec<Ticks>,
    /// Place x place: stations on the way, the least detour first.
    choices: Vec<[u16; CHOICES]>,
}

#[derive(Clone, Copy, Debug)]
struct Way {
    distance: Ticks,
    drive: Ticks,
    usage: Ticks,
}

/// A stop of a route with its stations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charged {
    pub(super) place: PlaceIdx,
    /// Time spent charging.
    pub(super) charge: Ticks,
}

/// From one stop to the next, straight or over a station.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    from: u32,
    to: u32,
    via: u16,
}

impl Stations {
    pub(super) fn new(problem: &Problem, energy: &Energy) -> Self {
        let time = |distance: f64| ticks_up(distance * energy.per_distance * energy.charge_time);
        let way = |distance: f64| Way {
            distance: ticks(distance),
            drive: ticks_up(distance / problem.fleet.speed),
            usage: time(distance),
        };
        let window =
            |place: &super::Place| (ticks_up(place.window.earliest), ticks_down(place.window.latest));
        let places = &problem.places;
        let mut stations = Self {
            places: places.len(),
            full: ticks_down(energy.capacity * energy.charge_time),
            windows: energy.stations.iter().map(window).collect(),
            services: energy.stations.iter().map(|station| ticks_up(station.service)).collect(),
            usage: vec![0; places.len().pow(2)],
            ways: Vec::with_capacity(places.len() * energy.stations.len()),
            place_services: places.iter().map(|place| ticks_up(place.service)).collect(),
            choices: Vec::new(),
        };
        for place in places {
            let ways = energy.stations.iter().map(|station| way(place.point.distance(station.point)));
            stations.ways.extend(ways);
        }
        stations.choices = vec![[NONE; CHOICES]; stations.places.pow(2)];
        for from in 0..stations.places {
            for to in from..stations.places {
                let usage = time(places[from].point.distance(places[to].point)).min(i32::MAX.into()) as i32;
                let choices = stations.choose(from, to);
                for leg in [from * stations.places + to, to * stations.places + from] {
                    stations.usage[leg] = usage;
                    stations.choices[leg] = choices;
                }
            }
        }
        stations
    }

    /// Straight, and over each station that the leg may lead over.
    pub(super) fn hops(&self, from: u32, to: u32) -> impl Iterator<Item = Hop> + Clone + use<> {
        let choices = self.choices[self.leg(from, to)].into_iter().filter(|&via| via != NONE);
        std::iter::once(NONE).chain(choices).map(move |via| Hop { from, to, via })
    }

    /// A vehicle that leaves the depot.
    pub(super) fn leaving(&self, grid: &Grid) -> Label {
        let time = grid.site(DEPOT).earliest;
        Label { detour: 0, time, lack: 0, both: time }
    }
    /// What a vehicle must keep to that comes back to the depot.
    pub(super) fn returning(&self, grid: &Grid) -> Label {
        let time = grid.site(DEPOT).latest;
        Label { detour: 0, time, lack: self.full, both: time + self.full }
    }

    /// A vehicle at the hop's end, from one at its beginning. `None`: late, or the battery does not last.
    pub(super) fn ahead(&self, grid: &Grid, label: Label, hop: Hop) -> Option<Label> {
        let Hop { from, to, via } = hop;
        let site = grid.site(to);
        let window = (site.earliest, site.latest);
        if via == NONE {
            return self.arrive(label, grid.time(from, to), self.usage(from, to), window);
        }
        let (into, out) = (self.way(from, via), self.way(to, via));
        let drive = self.place_services[from as usize] + into.drive;
        let mut there = self.arrive(label, drive, into.usage, self.windows[via as usize])?;
        there.lack = 0;
        there.detour += into.distance + out.distance - grid.distance(from, to);
        self.arrive(there, self.services[via as usize] + out.drive, out.usage, window)
    }

    /// What must hold at the hop's beginning, from what must hold at its end. `None`: nothing that could hold would do.
    pub(super) fn behind(&self, grid: &Grid, label: Label, hop: Hop) -> Option<Label> {
        let Hop { from, to, via } = hop;
        let (site, opens) = (grid.site(from), grid.site(to).earliest);
        let window = (site.earliest, site.latest);
        if via == NONE {
            return depart(label, grid.time(from, to), self.usage(from, to), opens, window);
        }
        let (into, out) = (self.way(from, via), self.way(to, via));
        let drive = self.services[via as usize] + out.drive;
        let mut there = depart(label, drive, out.usage, opens, ALWAYS)?;
        there.detour += into.distance + out.distance - grid.distance(from, to);
        let there = self.charging(there, self.windows[via as usize])?;
        let drive = self.place_services[from as usize] + into.drive;
        depart(there, drive, into.usage, self.windows[via as usize].0, window)
    }

    /// What must hold on coming to a station, from what must hold on leaving it: whatever lacks may be charged, but
    /// time and lack together stay the same.
    fn charging(&self, label: Label, window: (Ticks, Ticks)) -> Option<Label> {
        let time = label.time.min(window.1);
        (time >= window.0).then_some(Label { time, lack: self.full, ..label })
    }

    /// Moves a vehicle along a leg. It waits for the window to open, if need be at the last station, charging; it has
    /// charged on there for what the battery would otherwise lack.
    fn arrive(&self, label: Label, time: Ticks, usage: Ticks, window: (Ticks, Ticks)) -> Option<Label> {
        let both = label.both + time + usage;
        let time = (label.time + time).max(window.0).max(both - self.full);
        let lack = (label.lack + usage).max(both - window.1);
        let sound = time <= window.1 && lack <= self.full;
        sound.then_some(Label { time, lack, both: both.max(time + lack), ..label })
    }

    /// The sequence of least detour with its stations and charges, without the depots.
    pub(super) fn charges(&self, grid: &Grid, stops: &[u32]) -> Option<Vec<Charged>> {
        let mut labels = Labels::default();
        let hops = labels.follow(grid, self, stops).then(|| labels.hops(grid, self))?;
        let nodes: Vec<Node> = hops.iter().flat_map(|&hop| self.nodes(grid, hop)).collect();
        // What must hold on leaving each node but the last, from the last to the first.
        let mut leaving = Vec::with_capacity(nodes.len());
        let mut coming = self.returning(grid);
        for (node, next) in nodes.iter().zip(&nodes[1..]).rev() {
            let label = depart(coming, next.time, next.usage, next.window.0, ALWAYS)?;
            leaving.push(label);
            coming = if node.station {
                self.charging(label, node.window)?
            } else {
                Label { time: label.time.min(node.window.1), ..label }
            };
        }
        leaving.reverse();
        let (mut time, mut lack) = (grid.site(DEPOT).earliest, 0);
        let mut charged = Vec::with_capacity(leaving.len());
        for (node, leaving) in nodes.iter().zip(&leaving) {
            time = (time + node.time).max(node.window.0);
            lack += node.usage;
            // No more than what is to come asks for.
            let charge = if node.station { (lack - leaving.lack).max(0) } else { 0 };
            (time, lack) = (time + charge, lack - charge);
            charged.push(Charged { place: node.place, charge });
        }
        Some(charged)
    }

    /// What a hop leads to: its station, if any, and its end.
    fn nodes(&self, grid: &Grid, hop: Hop) -> Vec<Node> {
        let Hop { from, to, via } = hop;
        let end = |time: Ticks, usage: Ticks| {
            let window = (grid.site(to).earliest, grid.site(to).latest);
            Node { place: to as usize, station: false, time, usage, window }
        };
        if via == NONE {
            return vec![end(grid.time(from, to), self.usage(from, to))];
        }
        let (into, out) = (self.way(from, via), self.way(to, via));
        let station = Node {
            place: self.places + via as usize,
            station: true,
            time: self.place_services[from as usize] + into.drive,
            usage: into.usage,
            window: self.windows[via as usize],
        };
        vec![station, end(self.services[via as usize] + out.drive, out.usage)]
    }

    fn usage(&self, from: u32, to: u32) -> Ticks {
        self.usage[self.leg(from, to)].into()
    }
    fn leg(&self, from: u32, to: u32) -> usize {
        from as usize * self.places + to as usize
    }
    fn way(&self, place: u32, station: u16) -> Way {
        self.ways[place as usize * self.windows.len() + station as usize]
    }

    /// The stations between two places that no other is nearer to both, the least detour first.
    fn choose(&self, from: usize, to: usize) -> [u16; CHOICES] {
        let ways = |station: u16| (self.way(from as u32, station), self.way(to as u32, station));
        let mut near: Vec<(Ticks, u16)> = (0..self.windows.len() as u16)
            .map(|station| (ways(station), station))
            .filter(|((into, out), _)| into.usage <= self.full && out.usage <= self.full)
            .map(|((into, out), station)| (into.distance + out.distance, station))
            .collect();
        let mut choices = [NONE; CHOICES];
        let mut count = 0;
        // A few are wanted of some dozens: sorting all would take longer.
        while count < CHOICES {
            let Some(least) = (0..near.len()).min_by_key(|&at| near[at]) else { break };
            let (_, station) = near.swap_remove(least);
            let own = ways(station);
            let beaten = choices[..count]
                .iter()
                .map(|&other| ways(other))
                .any(|other| other.0.distance <= own.0.distance && other.1.distance <= own.1.distance);
            if !beaten {
                choices[count] = station;
                count += 1;
            }
        }
        choices
    }
}

/// No window.
const ALWAYS: (Ticks, Ticks) = (Ticks::MIN, Ticks::MAX);

/// A stop or a station on the way.
struct Node {
    place: PlaceIdx,
    station: bool,
    /// From beginning at the node before, but for what is charged there.
    time: Ticks,
    usage: Ticks,
    window: (Ticks, Ticks),
}

/// What must hold at a leg's beginning, from what must hold at its end, where the window opens at `opens`.
fn depart(label: Label, time: Ticks, usage: Ticks, opens: Ticks, window: (Ticks, Ticks)) -> Option<Label> {
    let both = label.both - time - usage;
    let lack = label.lack.min(label.both - opens) - usage;
    let time = (label.time - time).min(window.1);
    let both = both.min(time + lack);
    let sound = lack >= 0 && time >= window.0 && both >= window.0;
    sound.then_some(Label { time, lack, both, ..label })
}
