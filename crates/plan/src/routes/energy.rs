//! Batteries: where on a sequence of places to charge, and how much, at the least detour.
//!
//! The search keeps sequences of places. Here each leg may lead over one of a few stations, and a label for each choice
//! says in constant time how early the vehicle can be there, how much it then lacks, and how far it could have charged
//! on. Labels that another one beats in all three fall away.
//! Source of the label: Desaulniers, Errico, Irnich and Schneider, Operations Research 64(6), 2016, section 3.3.
//! Left out on purpose: two stations on one leg.

use super::grid::{DEPOT, Grid, Ticks, ticks, ticks_down, ticks_up};
use super::problem::{Energy, PlaceIdx, Problem};

/// Stations that a leg may lead over.
const CHOICES: usize = 4;
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

/// How a vehicle may stand at a stop.
#[derive(Clone, Copy, Debug, Default)]
struct Label {
    detour: Ticks,
    /// Earliest begin of service, having charged as little as possible.
    begin: Ticks,
    /// Latest of the begins that come from having charged more.
    begin_max: Ticks,
    /// What is lacking at `begin`; one less for each tick up to `begin_max`.
    lack: Ticks,
    /// What was charged since the label before: at the last station,
    charged: Ticks,
    /// and, where that is `via`, at the one before it.
    charged_before: Ticks,
    parent: u32,
    via: u16,
}

/// A stop of a route with its stations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charged {
    pub(super) place: PlaceIdx,
    /// Time spent charging.
    pub(super) charge: Ticks,
}

impl Stations {
    pub(super) fn new(problem: &Problem, energy: &Energy) -> Self {
        let time = |distance: f64| ticks_up(distance * energy.per_distance * energy.charge_time);
        let way = |distance: f64| Way {
            distance: ticks(distance),
            drive: ticks_up(distance / problem.fleet.speed),
            usage: time(distance),
        };
        let pairs = |to: &[super::Place]| -> Vec<f64> {
            let from = problem.places.iter();
            from.flat_map(|from| to.iter().map(|to| from.point.distance(to.point)).collect::<Vec<f64>>())
                .collect()
        };
        let window =
            |place: &super::Place| (ticks_up(place.window.earliest), ticks_down(place.window.latest));
        let mut stations = Self {
            places: problem.places.len(),
            full: ticks_down(energy.capacity * energy.charge_time),
            windows: energy.stations.iter().map(window).collect(),
            services: energy.stations.iter().map(|station| ticks_up(station.service)).collect(),
            usage: pairs(&problem.places)
                .into_iter()
                .map(|distance| time(distance).min(i32::MAX.into()) as i32)
                .collect(),
            ways: pairs(&energy.stations).into_iter().map(way).collect(),
            place_services: problem.places.iter().map(|place| ticks_up(place.service)).collect(),
            choices: Vec::new(),
        };
        stations.choices = (0..stations.places.pow(2))
            .map(|leg| stations.choose(leg / stations.places, leg % stations.places))
            .collect();
        stations
    }

    /// The least that stations add to the length of a sequence, depots included. `None`: the battery does not last,
    /// windows do not allow the charging, or it is no less than `limit`.
    ///
    /// Time: linear in the stops, times the few labels that a stop keeps.
    pub(super) fn detour(&self, grid: &Grid, stops: &[u32], limit: Ticks) -> Option<Ticks> {
        let used: Ticks = stops.windows(2).map(|leg| self.usage(leg[0], leg[1])).sum();
        if used <= self.full {
            return (0 < limit).then_some(0);
        }
        let labels = self.labels(grid, stops, limit)?;
        labels.last().map(|label| label.detour)
    }

    /// The sequence of least detour with its stations and charges, without the depots.
    pub(super) fn charges(&self, grid: &Grid, stops: &[u32]) -> Option<Vec<Charged>> {
        let labels = self.labels(grid, stops, Ticks::MAX)?;
        let mut charged = Vec::new();
        let (mut at, mut charge) = (labels.len() - 1, 0);
        for &place in stops[1..].iter().rev() {
            let label = labels[at];
            if place != DEPOT {
                charged.push(Charged { place: place as usize, charge: 0 });
            }
            charge += label.charged;
            if label.via != NONE {
                charged.push(Charged { place: self.places + label.via as usize, charge });
                charge = label.charged_before;
            }
            at = label.parent as usize;
        }
        charged.reverse();
        Some(charged)
    }

    /// All labels that were kept, the best one at the end of the sequence last.
    fn labels(&self, grid: &Grid, stops: &[u32], limit: Ticks) -> Option<Vec<Label>> {
        let earliest = grid.site(DEPOT).earliest;
        let begin = Label { begin: earliest, begin_max: earliest, ..Label::default() };
        let mut labels = Vec::with_capacity(4 * stops.len());
        labels.push(begin);
        let mut from = 0;
        for leg in stops.windows(2) {
            let until = labels.len();
            for parent in from..until {
                let label = Label { parent: parent as u32, ..labels[parent] };
                let choices = self.choices[self.leg(leg[0], leg[1])].into_iter().filter(|&via| via != NONE);
                for via in std::iter::once(NONE).chain(choices) {
                    let next =
                        self.reach(grid, label, leg[0], leg[1], via).filter(|next| next.detour < limit);
                    if let Some(next) = next {
                        offer(&mut labels, until, next);
                    }
                }
            }
            from = until;
        }
        let best = labels[from..].iter().min_by_key(|label| label.detour).copied()?;
        labels.push(best);
        Some(labels)
    }

    /// From stop to stop, straight or over a station.
    fn reach(&self, grid: &Grid, label: Label, from: u32, to: u32, via: u16) -> Option<Label> {
        let site = grid.site(to);
        let window = (site.earliest, site.latest);
        let fresh = Label { charged: 0, charged_before: 0, via, ..label };
        if via == NONE {
            return self.drive(fresh, grid.time(from, to), self.usage(from, to), window);
        }
        let (into, out) = (self.way(from, via), self.way(to, via));
        let service = self.place_services[from as usize];
        let mut there = self.drive(fresh, service + into.drive, into.usage, self.windows[via as usize])?;
        there.begin_max = there.begin + there.lack;
        (there.charged, there.charged_before) = (0, there.charged);
        there.detour += into.distance + out.distance - grid.distance(from, to);
        self.drive(there, self.services[via as usize] + out.drive, out.usage, window)
    }

    /// Moves a label along a leg: waits where it must, charges while it would have waited, and charges on for what the
    /// battery would otherwise lack.
    fn drive(&self, label: Label, time: Ticks, usage: Ticks, window: (Ticks, Ticks)) -> Option<Label> {
        let arrival = label.begin + time;
        let idle = (window.0 - arrival).min(label.begin_max - label.begin).max(0);
        let lack = (label.lack - idle).max(0) + usage;
        let more = (lack - self.full).max(0);
        let begin = arrival.max(window.0) + more;
        let begin_max = (label.begin_max + time).max(window.0).min(window.1);
        let sound = usage <= self.full && begin <= begin_max;
        let charged = label.charged + idle + more;
        sound.then_some(Label { begin, begin_max, lack: lack.min(self.full), charged, ..label })
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
        let mut near: Vec<u16> = (0..self.windows.len() as u16).collect();
        near.retain(|&station| ways(station).0.usage <= self.full && ways(station).1.usage <= self.full);
        near.sort_by_key(|&station| (ways(station).0.distance + ways(station).1.distance, station));
        let mut choices = [NONE; CHOICES];
        let mut count = 0;
        for station in near {
            let own = ways(station);
            let beaten = choices[..count]
                .iter()
                .map(|&other| ways(other))
                .any(|other| other.0.distance <= own.0.distance && other.1.distance <= own.1.distance);
            if !beaten && count < CHOICES {
                choices[count] = station;
                count += 1;
            }
        }
        choices
    }
}

/// Keeps `next` among the labels from `from` on, unless one of them is as good; drops those that it beats.
fn offer(labels: &mut Vec<Label>, from: usize, next: Label) {
    if labels[from..].iter().any(|label| beats(label, &next)) {
        return;
    }
    let mut at = from;
    while at < labels.len() {
        if beats(&next, &labels[at]) {
            labels.swap_remove(at);
        } else {
            at += 1;
        }
    }
    labels.push(next);
}

/// At no greater detour no later, and at every time from then on lacking no more.
fn beats(a: &Label, b: &Label) -> bool {
    let lack_then = a.lack - (b.begin.min(a.begin_max) - a.begin);
    let lack_least = |label: &Label| label.lack - (label.begin_max - label.begin);
    a.detour <= b.detour && a.begin <= b.begin && lack_then <= b.lack && lack_least(a) <= lack_least(b)
}
