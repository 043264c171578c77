//! What is asked: places and the way between them, sites and what another stock is worth there, vans and what their crews have
//! been told. The solver and `check` read these; neither reads the other's insides.

use paceline_model::Millis;
use std::sync::Arc;

/// A row and a column of [`TravelTimes`].
pub type PlaceIdx = usize;
/// An index into [`TourProblem::sites`].
pub type SiteIdx = usize;
/// An index into [`TourProblem::vans`].
pub type VanIdx = usize;

/// How long it takes by road. Shape: places x places, row = from, column = to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TravelTimes {
    places: usize,
    spans: Vec<Millis>,
}

impl TravelTimes {
    /// Asks `span` for each pair. [`Millis::MAX`] means that there is no way.
    pub fn of(places: usize, mut span: impl FnMut(PlaceIdx, PlaceIdx) -> Millis) -> Self {
        let pairs = (0..places).flat_map(|from| (0..places).map(move |to| (from, to)));
        Self { places, spans: pairs.map(|(from, to)| span(from, to)).collect() }
    }
    /// How many places there are.
    pub fn places(&self) -> usize {
        self.places
    }
    /// From one place to another.
    pub fn get(&self, from: PlaceIdx, to: PlaceIdx) -> Millis {
        self.spans[from * self.places + to]
    }
}

/// A few bikes: about half of what a van takes at a stop.
const FEW: u16 = 4;

/// Rides that a change of a site's stock saves, by when the change comes and how many bikes it is.
///
/// Shape: slots x (take_max + 1 + bring_max). Unit: rides expected until the end of the horizon. No change saves nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Gains {
    slot: Millis,
    /// How long ago the first slot began.
    began: Millis,
    take_max: u16,
    bring_max: u16,
    rides: Arc<[f64]>,
}

impl Gains {
    /// Asks `rides` for each slot and each change, from taking `take_max` bikes away (negative) to bringing `bring_max`.
    ///
    /// Panics if there is no slot, or a slot has no length.
    pub fn of(
        slot: Millis,
        slots: usize,
        (take_max, bring_max): (u16, u16),
        mut rides: impl FnMut(usize, i32) -> f64,
    ) -> Self {
        assert!(slots > 0 && slot > Millis::ZERO, "gains of no time");
        let changes = -i32::from(take_max)..=i32::from(bring_max);
        let pairs = (0..slots).flat_map(|slot| changes.clone().map(move |change| (slot, change)));
        let rides = pairs.map(|(slot, change)| if change == 0 { 0.0 } else { rides(slot, change) });
        Self { slot, began: Millis::ZERO, take_max, bring_max, rides: rides.collect() }
    }
    /// The same with a first slot that began so long ago.
    pub fn began(self, ago: Millis) -> Self {
        Self { began: ago, ..self }
    }
    /// The same with `more` rides for each change, whenever it comes.
    pub fn with(self, more: impl Fn(i32) -> f64) -> Self {
        let width = self.width();
        let change = |column: usize| (column % width) as i32 - i32::from(self.take_max);
        let rides = self.rides.iter().enumerate().map(|(column, rides)| rides + more(change(column)));
        Self { rides: rides.collect(), ..self }
    }
    /// The most that may be taken away.
    pub fn take_max(&self) -> u16 {
        self.take_max
    }
    /// The most that may be brought.
    pub fn bring_max(&self) -> u16 {
        self.bring_max
    }
    /// By change, from `-take_max` on, when the change comes at `at` from now.
    pub fn at(&self, at: Millis) -> &[f64] {
        let (width, slot) = (self.width(), self.slot_at(at));
        &self.rides[slot * width..(slot + 1) * width]
    }
    /// The most that a change saves at `at`; nothing where each costs some.
    pub fn best(&self, at: Millis) -> f64 {
        self.at(at).iter().copied().fold(0.0, f64::max)
    }
    /// What it saves to take a few bikes away at `at`, below nothing where they are missed: what donors are judged by. Nothing where there are none.
    pub fn of_few_taken(&self, at: Millis) -> f64 {
        self.of_change(at, -i32::from(self.take_max.min(FEW))).unwrap_or(0.0)
    }
    /// What changes save at each slot that an arrival from `from` to `until` falls into.
    pub(super) fn slots_between(&self, from: Millis, until: Millis) -> impl Iterator<Item = &[f64]> {
        let [first, end] = [from, until].map(|at| self.slot_at(at));
        self.rides.chunks_exact(self.width()).skip(first).take((end + 1).saturating_sub(first))
    }
    fn width(&self) -> usize {
        usize::from(self.take_max) + 1 + usize::from(self.bring_max)
    }
    fn slot_at(&self, at: Millis) -> usize {
        let last = self.rides.len() / self.width() - 1;
        ((at.saturating_add(self.began).0 / self.slot.0) as usize).min(last)
    }
    /// Rides that `change` saves at `at`; `None` if so many may not be moved.
    pub fn of_change(&self, at: Millis, change: i32) -> Option<f64> {
        let column = usize::try_from(change + i32::from(self.take_max)).ok()?;
        self.at(at).get(column).copied()
    }
}

/// What else a crew can do while it is at a site: take broken bikes along, swap batteries, look at a jammed station.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errand {
    /// What it is worth, in rides.
    pub rides: f64,
    /// How long it takes.
    pub handling: Millis,
    /// Bikes that come aboard for it and stay until the depot.
    pub load: u16,
    /// Whether it takes a crew that mends things.
    pub mends: bool,
    /// Charged batteries that it takes.
    pub batteries: u16,
}

/// Where something can be done. A tour visits it at most once.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Where it is.
    pub place: PlaceIdx,
    /// What another stock is worth.
    pub gains: Gains,
    /// What else there is to do; it is done by whoever comes, can do it and has room.
    pub errand: Option<Errand>,
}

/// How long a crew needs once it has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handling {
    /// To park and to leave again.
    pub stop: Millis,
    /// For each bike that is taken or brought.
    pub bike: Millis,
}

/// A van with its crew.
#[derive(Clone, Debug, PartialEq)]
pub struct Van {
    /// Where it is, or will be when it is free.
    pub place: PlaceIdx,
    /// When it is free to drive on, from now.
    pub free_in: Millis,
    /// Bikes that it holds at most.
    pub capacity: u16,
    /// Bikes aboard that are fit for hire.
    pub load: u16,
    /// Bikes aboard that are not; they stay until the depot.
    pub broken: u16,
    /// Where its shift ends.
    pub depot: PlaceIdx,
    /// When it has to be there, from now.
    pub shift_ends_in: Millis,
    /// How long its crew needs.
    pub handling: Handling,
    /// Whether its crew mends things.
    pub mends: bool,
    /// Charged batteries aboard.
    pub batteries: u16,
    /// What its crew has been told, in order.
    pub told: Vec<SiteIdx>,
    /// What it is not to be told: its crew has declined it.
    pub declined: Vec<SiteIdx>,
}

impl Van {
    /// Whether its crew can do an errand.
    pub fn does(&self, errand: &Errand) -> bool {
        (self.mends || !errand.mends) && self.batteries >= errand.batteries
    }
}

/// What driving and changes cost, in rides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prices {
    /// For an hour of driving.
    pub hour: f64,
    /// For each stop, whatever is done there: parking, and a crew's while.
    pub stop: f64,
    /// For each stop that a crew has been told and is not to make any more, and for another next stop than the one told.
    pub change: f64,
}

/// One round of vans.
#[derive(Clone, Debug, PartialEq)]
pub struct TourProblem {
    /// By road.
    pub times: TravelTimes,
    /// Where something can be done.
    pub sites: Vec<Site>,
    /// Who can do it.
    pub vans: Vec<Van>,
    /// What it costs.
    pub prices: Prices,
    /// Nobody arrives at a stop later than this from now.
    pub horizon: Millis,
}

/// One stop of a tour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TourStop {
    /// Where.
    pub site: SiteIdx,
    /// When the van arrives, from now.
    pub arrives_in: Millis,
    /// Bikes brought; negative: taken.
    pub change: i32,
    /// Whether the site's errand is done too.
    pub errand: bool,
}

/// What each van does, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TourPlan {
    /// By van, as in [`TourProblem::vans`].
    pub tours: Vec<Vec<TourStop>>,
}
