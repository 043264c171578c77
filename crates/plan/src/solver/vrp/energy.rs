//! Batteries: which stations a leg may lead over, and what driving and charging do to a vehicle's state.
//!
//! The search keeps sequences of places. Each leg may lead over one of a few stations; `labels` keeps for each stop what
//! the choices before it and behind it amount to. Here is what one leg does to a label, in either direction.
//! Left out on purpose: two stations on one leg.

use super::grid::{DEPOT, Grid, Ticks, ticks, ticks_down, ticks_up};
use super::label::EnergyLabel;
use super::problem::{Energy, Place, VrpProblem};

/// Stations that a leg may lead over.
pub(super) const CHOICES: usize = 4;
/// No station.
pub(super) const NONE: u16 = u16::MAX;

/// Stations and batteries; energy is measured in the time that it takes to charge it.
#[derive(Debug)]
pub(super) struct Stations {
    pub(super) places: usize,
    full: Ticks,
    pub(super) windows: Vec<(Ticks, Ticks)>,
    pub(super) services: Vec<Ticks>,
    /// Place x place: what driving there uses.
    usage: Vec<i32>,
    /// Place x station, the same both ways.
    station_legs: Vec<StationLeg>,
    pub(super) place_services: Vec<Ticks>,
    /// Place x place: stations on the way, the least detour first.
    choices: Vec<[u16; CHOICES]>,
}

/// Between a place and a station.
#[derive(Clone, Copy, Debug)]
pub(super) struct StationLeg {
    distance: Ticks,
    pub(super) drive: Ticks,
    pub(super) usage: Ticks,
}

/// From one stop to the next, straight or over a station.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) via: u16,
}

impl Stations {
    pub(super) fn new(problem: &VrpProblem, energy: &Energy) -> Self {
        let time = |distance: f64| ticks_up(distance * energy.per_distance * energy.charge_time);
        let leg = |distance: f64| StationLeg {
            distance: ticks(distance),
            drive: ticks_up(distance / problem.fleet.speed),
            usage: time(distance),
        };
        let window = |place: &Place| (ticks_up(place.window.earliest), ticks_down(place.window.latest));
        let places = &problem.places;
        let mut stations = Self {
            places: places.len(),
            full: ticks_down(energy.capacity * energy.charge_time),
            windows: energy.stations.iter().map(window).collect(),
            services: energy.stations.iter().map(|station| ticks_up(station.service)).collect(),
            usage: vec![0; places.len().pow(2)],
            station_legs: Vec::with_capacity(places.len() * energy.stations.len()),
            place_services: places.iter().map(|place| ticks_up(place.service)).collect(),
            choices: Vec::new(),
        };
        for place in places {
            let legs = energy.stations.iter().map(|station| leg(place.point.distance(station.point)));
            stations.station_legs.extend(legs);
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
    pub(super) fn leaving(&self, grid: &Grid) -> EnergyLabel {
        let time = grid.site(DEPOT).earliest;
        EnergyLabel { detour: 0, time, lack: 0, both: time }
    }
    /// What a vehicle must keep to that comes back to the depot.
    pub(super) fn returning(&self, grid: &Grid) -> EnergyLabel {
        let time = grid.site(DEPOT).latest;
        EnergyLabel { detour: 0, time, lack: self.full, both: time + self.full }
    }

    /// A vehicle at the hop's end, from one at its beginning. `None`: late, or the battery does not last.
    pub(super) fn ahead(&self, grid: &Grid, label: EnergyLabel, hop: Hop) -> Option<EnergyLabel> {
        let Hop { from, to, via } = hop;
        let site = grid.site(to);
        let window = (site.earliest, site.latest);
        if via == NONE {
            return self.arrive(label, grid.time(from, to), self.usage(from, to), window);
        }
        let (into, out) = (self.station_leg(from, via), self.station_leg(to, via));
        let drive = self.place_services[from as usize] + into.drive;
        let mut there = self.arrive(label, drive, into.usage, self.windows[via as usize])?;
        there.lack = 0;
        there.detour += into.distance + out.distance - grid.distance(from, to);
        self.arrive(there, self.services[via as usize] + out.drive, out.usage, window)
    }

    /// What must hold at the hop's beginning, from what must hold at its end. `None`: nothing that could hold would do.
    pub(super) fn behind(&self, grid: &Grid, label: EnergyLabel, hop: Hop) -> Option<EnergyLabel> {
        let Hop { from, to, via } = hop;
        let (site, opens) = (grid.site(from), grid.site(to).earliest);
        let window = (site.earliest, site.latest);
        if via == NONE {
            return depart(label, grid.time(from, to), self.usage(from, to), opens, window);
        }
        let (into, out) = (self.station_leg(from, via), self.station_leg(to, via));
        let drive = self.services[via as usize] + out.drive;
        let mut there = depart(label, drive, out.usage, opens, ALWAYS)?;
        there.detour += into.distance + out.distance - grid.distance(from, to);
        let there = self.charging(there, self.windows[via as usize])?;
        let drive = self.place_services[from as usize] + into.drive;
        depart(there, drive, into.usage, self.windows[via as usize].0, window)
    }

    /// What must hold on coming to a station, from what must hold on leaving it: whatever lacks may be charged, but
    /// time and lack together stay the same.
    pub(super) fn charging(&self, label: EnergyLabel, window: (Ticks, Ticks)) -> Option<EnergyLabel> {
        let time = label.time.min(window.1);
        (time >= window.0).then_some(EnergyLabel { time, lack: self.full, ..label })
    }

    /// Moves a vehicle along a leg. It waits for the window to open, if need be at the last station, charging; it has
    /// charged on there for what the battery would otherwise lack.
    fn arrive(
        &self,
        label: EnergyLabel,
        time: Ticks,
        usage: Ticks,
        window: (Ticks, Ticks),
    ) -> Option<EnergyLabel> {
        let both = label.both + time + usage;
        let time = (label.time + time).max(window.0).max(both - self.full);
        let lack = (label.lack + usage).max(both - window.1);
        let sound = time <= window.1 && lack <= self.full;
        sound.then_some(EnergyLabel { time, lack, both: both.max(time + lack), ..label })
    }

    pub(super) fn usage(&self, from: u32, to: u32) -> Ticks {
        self.usage[self.leg(from, to)].into()
    }
    fn leg(&self, from: u32, to: u32) -> usize {
        from as usize * self.places + to as usize
    }
    pub(super) fn station_leg(&self, place: u32, station: u16) -> StationLeg {
        self.station_legs[place as usize * self.windows.len() + station as usize]
    }

    /// The stations between two places that no other is nearer to both, the least detour first.
    fn choose(&self, from: usize, to: usize) -> [u16; CHOICES] {
        let legs =
            |station: u16| (self.station_leg(from as u32, station), self.station_leg(to as u32, station));
        let mut near: Vec<(Ticks, u16)> = (0..self.windows.len() as u16)
            .map(|station| (legs(station), station))
            .filter(|((into, out), _)| into.usage <= self.full && out.usage <= self.full)
            .map(|((into, out), station)| (into.distance + out.distance, station))
            .collect();
        let mut choices = [NONE; CHOICES];
        let mut count = 0;
        // A few are wanted of some dozens: sorting all would take longer.
        while count < CHOICES {
            let Some(least) = (0..near.len()).min_by_key(|&at| near[at]) else { break };
            let (_, station) = near.swap_remove(least);
            let own = legs(station);
            let beaten = choices[..count]
                .iter()
                .map(|&other| legs(other))
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
pub(super) const ALWAYS: (Ticks, Ticks) = (Ticks::MIN, Ticks::MAX);

/// What must hold at a leg's beginning, from what must hold at its end, where the window opens at `opens`.
pub(super) fn depart(
    label: EnergyLabel,
    time: Ticks,
    usage: Ticks,
    opens: Ticks,
    window: (Ticks, Ticks),
) -> Option<EnergyLabel> {
    let both = label.both - time - usage;
    let lack = label.lack.min(label.both - opens) - usage;
    let time = (label.time - time).min(window.1);
    let both = both.min(time + lack);
    let sound = lack >= 0 && time >= window.0 && both >= window.0;
    sound.then_some(EnergyLabel { time, lack, both, ..label })
}
