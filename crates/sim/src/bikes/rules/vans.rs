//! What is aboard vans, and what their crews were told and said.

use super::{Judged, bikes, orders};
use paceline_model::Instant;
use paceline_model::bikes::{
    BatteryLoad, CrewReport, CrewWord, Event, ReportId, StopMade, Task, VanId, VanSpec, VanState, VanTrigger,
    WorkOrderId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A van as it is known from what was published.
#[derive(Debug)]
pub(super) struct VanBook {
    pub(super) spec: Arc<VanSpec>,
    pub(super) state: VanState,
    pub(super) aboard: u32,
    pub(super) batteries: BatteryLoad,
    /// What it has been told and has not ended, in the order in which it was told.
    pub(super) orders: Vec<WorkOrderId>,
    words: BTreeSet<ReportId>,
    pub(super) last_word: Option<CrewWord>,
}

impl VanBook {
    /// Whether its shift is over.
    pub(super) fn is_off(&self, now: Instant) -> bool {
        self.spec.shift_ends.is_some_and(|end| end <= now)
    }

    /// What it can load or unload after all of these, by what it has been told.
    pub(super) fn can_after(&self, told: impl Iterator<Item = (Task, u32)>, task: Task) -> u32 {
        let capacity = self.spec.capacity;
        if task == Task::SwapBattery {
            let told = told.filter(|(task, _)| *task == Task::SwapBattery).map(|(_, most)| most);
            return told.fold(self.batteries.charged, u32::saturating_sub);
        }
        let aboard = told.fold(self.aboard, |aboard, (task, most)| match task {
            Task::Collect => (aboard + most).min(capacity),
            Task::Deliver => aboard.saturating_sub(most),
            Task::Inspect | Task::SwapBattery | Task::Repair => aboard,
        });
        match task {
            Task::Collect => capacity - aboard.min(capacity),
            Task::Deliver => aboard,
            Task::Inspect | Task::SwapBattery | Task::Repair => u32::MAX,
        }
    }
}

/// All vans.
#[derive(Debug, Default)]
pub(super) struct Vans {
    pub(super) all: BTreeMap<VanId, VanBook>,
    /// A word that something must follow from at once.
    pending: Option<Arc<CrewReport>>,
    /// All words that were ever taken, of vans that have left too.
    ever: BTreeSet<(VanId, ReportId)>,
}

impl Vans {
    /// What follows from the word before must be this, and what only follows from a word must not come without one.
    pub(super) fn follows(&mut self, event: &Event) -> Judged {
        let word = self.pending.take();
        let said = word.as_ref().map(|report| (&report.van, &report.word));
        let so = match (said, event) {
            (Some((by, CrewWord::Done(order, done))), Event::StopMade(made)) => {
                let at = word.as_ref().map(|report| report.done_at);
                *by == made.van
                    && *order == made.order
                    && made.loaded + made.unloaded == done.bikes
                    && at == Some(made.done_at)
            }
            (Some((by, CrewWord::Done(order, done))), Event::BatteriesChanged(swap)) => {
                let at = word.as_ref().map(|report| report.done_at);
                let same = (by, order, done.bikes) == (&swap.van, &swap.order, swap.bikes);
                same && at == Some(swap.done_at)
            }
            (Some((by, CrewWord::BatteriesCounted(count))), Event::VanBatteries { van, load }) => {
                by == van && *count == load.charged
            }
            (Some((by, CrewWord::Inspected(order, found))), Event::StationInspected(inspection)) => {
                let at = word.as_ref().map(|report| report.done_at);
                *by == inspection.van
                    && *order == inspection.order
                    && *found == inspection.found
                    && at == Some(inspection.done_at)
            }
            (Some((by, CrewWord::BrokenDown(_))), Event::VanChanged { van, trigger }) => {
                by == van && *trigger == VanTrigger::BreakDown
            }
            (Some((by, CrewWord::Recovered)), Event::VanChanged { van, trigger }) => {
                by == van && *trigger == VanTrigger::Recover
            }
            (Some((by, CrewWord::Counted(count))), Event::VanCounted { van, aboard }) => {
                by == van && count == aboard
            }
            (Some(_), _)
            | (
                None,
                Event::StopMade(_)
                | Event::StationInspected(_)
                | Event::BatteriesChanged(_)
                | Event::VanChanged { .. },
            ) => false,
            (None, _) => true,
        };
        bikes(so, || format!("{event:?} follows from {said:?}"))
    }

    pub(super) fn put(&mut self, spec: &Arc<VanSpec>) -> Judged {
        let book = self.all.entry(spec.id.clone()).or_insert_with(|| VanBook {
            spec: spec.clone(),
            state: VanState::Working,
            aboard: 0,
            batteries: BatteryLoad::default(),
            orders: Vec::new(),
            words: BTreeSet::new(),
            last_word: None,
        });
        book.spec = spec.clone();
        bikes(book.aboard <= spec.capacity, || {
            format!("{} carries {} and has {} aboard", spec.id, spec.capacity, book.aboard)
        })
    }

    pub(super) fn remove(&mut self, id: &VanId) -> Judged {
        let Some(book) = self.all.remove(id) else {
            return orders(false, || format!("{id} is removed and not known"));
        };
        bikes(book.aboard == 0, || format!("{id} leaves with {} bikes", book.aboard))?;
        orders(book.orders.is_empty(), || format!("{id} leaves with {:?}", book.orders))
    }

    pub(super) fn count(&mut self, id: &VanId, aboard: u32) -> Judged {
        let Some(book) = self.all.get_mut(id) else {
            return bikes(false, || format!("{id} is counted and not known"));
        };
        book.aboard = aboard;
        bikes(aboard <= book.spec.capacity, || format!("{aboard} are aboard {id}: too many"))
    }

    /// Charged batteries are aboard, no more than it carries.
    pub(super) fn equip(&mut self, id: &VanId, load: BatteryLoad) -> Judged {
        let known = self.all.get_mut(id).map(|book| book.batteries = load);
        bikes(known.is_some() && load.charged <= load.most, || format!("{id} has {load:?}"))
    }

    /// Batteries are changed: no more than are aboard.
    pub(super) fn use_batteries(&mut self, id: &VanId, changed: u32) -> Judged {
        let charged = self.all.get(id).map_or(0, |book| book.batteries.charged);
        bikes(changed <= charged, || format!("{id} changes {changed} of {charged}"))?;
        self.all.entry(id.clone()).and_modify(|book| book.batteries.charged -= changed);
        Ok(())
    }

    /// The van was at a depot.
    pub(super) fn fill_up(&mut self, id: &VanId) {
        self.all.entry(id.clone()).and_modify(|book| book.batteries.charged = book.batteries.most);
    }

    pub(super) fn change(&mut self, id: &VanId, trigger: VanTrigger) -> Judged {
        let book = self.all.get_mut(id);
        let after = book.as_ref().and_then(|book| book.state.after(trigger));
        if let (Some(book), Some(after)) = (book, after) {
            book.state = after;
        }
        orders(after.is_some(), || format!("{id} cannot go the step {trigger:?}"))
    }

    /// A word counts once, by its name, and is of a time that has been.
    pub(super) fn hear(&mut self, at: Instant, report: &Arc<CrewReport>) -> Judged {
        let Some(book) = self.all.get_mut(&report.van) else {
            return orders(false, || format!("{} speaks and is not known", report.van));
        };
        let is_new = book.words.insert(report.id.clone());
        self.ever.insert((report.van.clone(), report.id.clone()));
        book.last_word = Some(report.word.clone());
        let must = matches!(
            report.word,
            CrewWord::Done(..)
                | CrewWord::Inspected(..)
                | CrewWord::BrokenDown(_)
                | CrewWord::Recovered
                | CrewWord::Counted(_)
                | CrewWord::BatteriesCounted(_)
        );
        self.pending = must.then(|| report.clone());
        bikes(is_new, || format!("{} of {} counts twice", report.id, report.van))?;
        bikes(report.done_at <= at, || format!("{} was done in the future", report.id))
    }

    /// Bikes come into a van or leave it.
    pub(super) fn stop(&mut self, made: &StopMade) -> Judged {
        let Some(book) = self.all.get_mut(&made.van) else {
            return bikes(false, || format!("{} stops and is not known", made.van));
        };
        let had = book.aboard + made.loaded;
        bikes(made.unloaded <= had, || format!("{} unloads {} of {had}", made.van, made.unloaded))?;
        book.aboard = had - made.unloaded;
        let capacity = book.spec.capacity;
        bikes(book.aboard <= capacity, || format!("{} has {} of {capacity}", made.van, book.aboard))
    }

    /// Whether this word was ever taken.
    pub(super) fn has_said(&self, report: &CrewReport) -> bool {
        self.ever.contains(&(report.van.clone(), report.id.clone()))
    }
}
