//! Crews: they go where they are told, one stop after the other, move as many bikes as there are and fit, and say so.

use super::heard::Heard;
use super::jams::{Jams, LOOKING};
use super::town::Town;
use paceline_model::bikes::{
    CrewReport, CrewWord, DoneWork, Found, ReportId, StationId, Task, VanId, WorkOrderId,
};
use paceline_model::{Instant, Millis, Position};
use paceline_plan::bikes::Drives;
use paceline_road::Leg;
use std::collections::{BTreeMap, VecDeque};

/// An order as its crew knows it.
#[derive(Clone, Debug)]
struct Told {
    order: WorkOrderId,
    station: usize,
    task: Task,
    most: u32,
}

/// What a crew is doing.
#[derive(Clone, Debug)]
enum Doing {
    Nothing,
    /// On the way to the first of its orders.
    Driving {
        from: Position,
        left: Instant,
        leg: Leg,
    },
    /// At work at it, having moved so many bikes by the end.
    Working {
        told: Told,
        bikes: u32,
        ends: Instant,
    },
}

/// A van with its crew.
#[derive(Clone, Debug)]
pub(super) struct Van {
    id: VanId,
    pub(super) position: Position,
    pub(super) aboard: u32,
    capacity: u32,
    queue: VecDeque<Told>,
    doing: Doing,
    words: u64,
}

/// What vans drove.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Driven {
    pub(super) metres: f64,
    /// Without a bike aboard, and not to fetch any.
    pub(super) idle_metres: f64,
    pub(super) moved: u64,
    pub(super) stops: u64,
}

/// How long crews need.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) bike: Millis,
    pub(super) stop: Millis,
}

/// All crews.
pub(super) struct Crews {
    pub(super) vans: Vec<Van>,
    numbers: BTreeMap<VanId, usize>,
    stations: BTreeMap<StationId, usize>,
    /// Orders that were proposed and are not over: at which station, and what is to be done.
    orders: BTreeMap<WorkOrderId, (usize, Task)>,
    pace: Pace,
    drives: Drives,
    pub(super) driven: Driven,
}

impl Crews {
    pub(super) fn new(
        vans: impl Iterator<Item = (VanId, u32, Position)>,
        stations: BTreeMap<StationId, usize>,
        (pace, drives): (Pace, Drives),
    ) -> Self {
        let van = |(id, capacity, position)| Van {
            id,
            position,
            aboard: 0,
            capacity,
            queue: VecDeque::new(),
            doing: Doing::Nothing,
            words: 0,
        };
        let vans: Vec<Van> = vans.map(van).collect();
        let numbers = vans.iter().enumerate().map(|(number, van)| (van.id.clone(), number)).collect();
        Self { vans, numbers, stations, orders: BTreeMap::new(), pace, drives, driven: Driven::default() }
    }
    /// When a crew next has something to say.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.vans.iter().filter_map(Van::next_at).min()
    }
    /// The number of a station.
    pub(super) fn station(&self, id: &StationId) -> Option<usize> {
        self.stations.get(id).copied()
    }
    /// Where one of them is now. `None`: there is none of that name.
    pub(super) fn position(&self, van: &VanId, now: Instant, town: &Town) -> Option<Position> {
        self.numbers.get(van).map(|&number| self.vans[number].position_at(now, town))
    }
    /// Where vans are now: on the way, as far as the drive has led.
    pub(super) fn positions(&self, now: Instant, town: &Town) -> Vec<(VanId, Position, Instant)> {
        self.vans.iter().map(|van| (van.id.clone(), van.position_at(now, town), now)).collect()
    }
    /// Hears what the region says; what crews answer.
    pub(super) fn hear(&mut self, now: Instant, heard: &Heard, town: &Town) -> Vec<CrewReport> {
        match heard {
            Heard::Proposed(order, station, task) => {
                if let Some(&station) = self.stations.get(station) {
                    self.orders.insert(order.clone(), (station, *task));
                }
            }
            Heard::Issued(order, van, most) => return self.told(now, (order, van, *most), town),
            Heard::Cut(order, most) => self.cut(order, *most),
            Heard::Returned(order, van) => self.called_back(now, order, Some(van), town),
            Heard::Withdrawn(order, van) => {
                self.called_back(now, order, van.as_ref(), town);
                self.orders.remove(order);
            }
            Heard::Done(order) => _ = self.orders.remove(order),
        }
        Vec::new()
    }
    fn told(
        &mut self,
        now: Instant,
        (order, van, most): (&WorkOrderId, &VanId, u32),
        town: &Town,
    ) -> Vec<CrewReport> {
        let (Some(&number), Some(&(station, task))) = (self.numbers.get(van), self.orders.get(order)) else {
            return Vec::new();
        };
        let told = Told { order: order.clone(), station, task, most };
        self.vans[number].queue.push_back(told);
        let word = self.vans[number].word(now, CrewWord::Accepted(order.clone()));
        self.set_out(now, number, town);
        vec![word]
    }
    fn cut(&mut self, order: &WorkOrderId, most: u32) {
        let queued = self.vans.iter_mut().flat_map(|van| van.queue.iter_mut());
        queued.filter(|told| told.order == *order).for_each(|told| told.most = most);
    }
    /// An order is nobody's, or another's: whoever is on the way turns round.
    fn called_back(&mut self, now: Instant, order: &WorkOrderId, van: Option<&VanId>, town: &Town) {
        let Some(&number) = van.and_then(|van| self.numbers.get(van)) else { return };
        let goes_there = self.vans[number].queue.front().is_some_and(|told| told.order == *order);
        if goes_there && matches!(self.vans[number].doing, Doing::Driving { .. }) {
            self.stop_driving(now, number, town);
        }
        self.vans[number].queue.retain(|told| told.order != *order);
        self.set_out(now, number, town);
    }
    /// Sets out for the next stop, if nothing else is to be done.
    fn set_out(&mut self, now: Instant, number: usize, town: &Town) {
        let van = &mut self.vans[number];
        if let (Doing::Nothing, Some(told)) = (&van.doing, van.queue.front()) {
            let leg = self.drives.leg(van.position, town.stands[told.station].position);
            van.doing = Doing::Driving { from: van.position, left: now, leg };
        }
    }
    /// Comes to where the drive has led so far.
    fn stop_driving(&mut self, now: Instant, number: usize, town: &Town) {
        let van = &mut self.vans[number];
        let (Doing::Driving { leg, .. }, Some(told)) = (&van.doing, van.queue.front()) else { return };
        let metres = leg.distance.as_metres() * van.share_driven(now);
        self.driven.metres += metres;
        if van.aboard == 0 && told.task != Task::Collect {
            self.driven.idle_metres += metres;
        }
        van.position = van.position_at(now, town);
        van.doing = Doing::Nothing;
    }
    /// Does the next thing that is due now; what its crew says. `None`: nothing is due.
    pub(super) fn step(&mut self, now: Instant, (town, jams): (&mut Town, &mut Jams)) -> Option<CrewReport> {
        loop {
            let is_due = |van: &Van| van.next_at().is_some_and(|at| at <= now);
            let number = self.vans.iter().position(is_due)?;
            let said = match self.vans[number].doing {
                Doing::Driving { .. } => self.arrive(now, number, town),
                _ => self.finish(now, number, (town, &mut *jams)),
            };
            if said.is_some() {
                return said;
            }
        }
    }
    fn arrive(&mut self, now: Instant, number: usize, town: &mut Town) -> Option<CrewReport> {
        self.stop_driving(now, number, town);
        let pace = self.pace;
        let van = &mut self.vans[number];
        let told = van.queue.pop_front()?;
        let stand = &town.stands[told.station];
        let bikes = match told.task {
            Task::Collect if stand.jammed.is_some() => 0,
            Task::Collect => told.most.min(stand.bikes).min(van.capacity - van.aboard),
            Task::Deliver => told.most.min(van.aboard).min(stand.room()),
            Task::Inspect | Task::SwapBattery | Task::Repair => 0,
        };
        // What is loaded is gone from the racks at once; what is unloaded stands there when all of it does.
        if told.task == Task::Collect {
            van.aboard += town.change(now, told.station, -(bikes as i32));
        }
        let looks = if told.task == Task::Inspect { LOOKING } else { Millis::ZERO };
        let ends = now + Millis(pace.bike.0 * bikes).saturating_add(pace.stop).saturating_add(looks);
        let word = van.word(now, CrewWord::Arrived(told.order.clone()));
        van.doing = Doing::Working { told, bikes, ends };
        Some(word)
    }
    fn finish(
        &mut self,
        now: Instant,
        number: usize,
        (town, jams): (&mut Town, &mut Jams),
    ) -> Option<CrewReport> {
        let van = &mut self.vans[number];
        let Doing::Working { told, mut bikes, .. } = std::mem::replace(&mut van.doing, Doing::Nothing) else {
            return None;
        };
        if told.task == Task::Deliver {
            bikes = town.change(now, told.station, bikes as i32);
            van.aboard -= bikes;
        }
        self.driven.moved += u64::from(bikes);
        self.driven.stops += 1;
        // Riders were there first.
        let word = match told.task {
            Task::Inspect => {
                let found = if jams.mend(now, told.station, town) { Found::Repaired } else { Found::Well };
                CrewWord::Inspected(told.order, found)
            }
            Task::Collect | Task::Deliver if bikes == 0 => {
                CrewWord::Declined(told.order, "nothing is left to do there".to_owned())
            }
            _ => CrewWord::Done(told.order, DoneWork { bikes, docks_broken: 0 }),
        };
        let word = van.word(now, word);
        self.set_out(now, number, town);
        Some(word)
    }
}

impl Van {
    pub(super) fn id(&self) -> &VanId {
        &self.id
    }
    /// When what it does is over.
    fn next_at(&self) -> Option<Instant> {
        match self.doing {
            Doing::Nothing => None,
            Doing::Driving { left, leg, .. } => Some(left + leg.time),
            Doing::Working { ends, .. } => Some(ends),
        }
    }
    /// The share of its way that it has come by `now`; all of it, if it does not drive.
    fn share_driven(&self, now: Instant) -> f64 {
        let Doing::Driving { left, leg, .. } = self.doing else { return 1.0 };
        (f64::from(now.since(left).0) / f64::from(leg.time.0.max(1))).min(1.0)
    }
    /// Where it is at `now`.
    fn position_at(&self, now: Instant, town: &Town) -> Position {
        let (Doing::Driving { from, .. }, Some(told)) = (&self.doing, self.queue.front()) else {
            return self.position;
        };
        let (to, share) = (town.stands[told.station].position, self.share_driven(now));
        let at = |from: f64, to: f64| from + (to - from) * share;
        let between = Position::new(at(from.lat(), to.lat()), at(from.lon(), to.lon()));
        if share >= 1.0 { to } else { between.unwrap_or(to) }
    }
    fn word(&mut self, done_at: Instant, word: CrewWord) -> CrewReport {
        self.words += 1;
        let id = ReportId::new(&format!("w{}", self.words)).expect("a letter and digits, short");
        CrewReport { id, van: self.id.clone(), done_at, word }
    }
}
