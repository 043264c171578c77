//! The books together: what an event says is held against all of them, and entered.

use super::orders::OrderBook;
use super::stations::{StationBook, Stations};
use super::vans::{VanBook, Vans};
use super::{Breach, Judged, bikes, orders};
use paceline_engine::bikes::BikesOptions;
use paceline_model::bikes::{
    BatterySwap, BikeInterval, Command, Event, Inspection, NewWorkOrder, OrderPhase, OrderTrigger,
    ReturnReason, StationId, StopMade, Task, VanId, VanState, WithdrawReason, WorkOrderId,
};
use paceline_model::{Instant, Millis};
use std::collections::{BTreeMap, BTreeSet};

/// What a crew takes for all that it is told, at most.
const TAKES_MAX: Millis = Millis::from_secs(180);

/// What is known of a bikes region from what was published.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(super) options: BikesOptions,
    pub(super) stations: Stations,
    pub(super) vans: Vans,
    pub(super) orders: BTreeMap<WorkOrderId, OrderBook>,
    /// Stations and vans that there ever were.
    ever: (BTreeSet<StationId>, BTreeSet<VanId>),
    /// When the newest event was.
    newest: Instant,
    /// Bikes for another order, which go to a van at once or to none.
    supply: Option<WorkOrderId>,
}

impl Books {
    /// Books of a region that is run so.
    pub(crate) fn new(options: BikesOptions) -> Self {
        Self { options, ..Self::default() }
    }

    /// Enters one event. Errors: a rule that it breaks.
    pub(crate) fn enter(&mut self, at: Instant, event: &Event) -> Judged {
        self.newest = self.newest.max(at);
        self.vans.follows(event)?;
        self.supply_goes_out(event)?;
        match event {
            Event::StationPut(spec) => {
                self.ever.0.insert(spec.id.clone());
                self.stations.put(spec);
                Ok(())
            }
            Event::StationRemoved(id) => self.remove_station(id),
            Event::StationClosed(id) => self.stations.close(id, true),
            Event::StationOpened(id) => self.stations.close(id, false),
            Event::StockRead(reports) => self.stations.read(at, reports),
            Event::VanPut(spec) => {
                self.ever.1.insert(spec.id.clone());
                self.vans.put(spec)
            }
            Event::VanRemoved(van) => self.vans.remove(van),
            Event::VanCounted { van, aboard } => self.vans.count(van, *aboard),
            Event::VanChanged { van, trigger } => self.vans.change(van, *trigger),
            Event::WordTaken(report) => self.vans.hear(at, report),
            Event::StopMade(made) => self.stop(at, made),
            Event::StationInspected(inspection) => self.inspect(inspection),
            Event::BatteriesRead(reports) => self.stations.read_batteries(at, reports),
            Event::BatteriesChanged(swap) => self.change_batteries(at, swap),
            Event::VanBatteries { van, load } => self.vans.equip(van, *load),
            Event::OrderProposed(new) => self.propose(at, new),
            Event::OrderIssued { order, van, bikes, .. } => self.issue(at, order, (van, *bikes)),
            Event::OrderAccepted { order, van } => self.step(order, Some(van), OrderTrigger::Accept),
            Event::OrderUnderWay { order, van } => self.step(order, Some(van), OrderTrigger::Arrive),
            Event::OrderCut { order, van, bikes } => self.cut(order, (van.as_ref(), *bikes)),
            Event::OrderDone { order, van } => self.finish(order, van),
            Event::OrderReturned { order, van, why } => self.give_back(at, order, (van, why)),
            Event::OrderWithdrawn { order, van, why } => self.withdraw(order, (van.as_ref(), why)),
        }
    }

    /// Orders that a crew has had for longer than any takes, and has not ended. Others are no sign of anything: there is always a bike that does
    /// more good elsewhere.
    pub(crate) fn stuck(&self) -> usize {
        let is_stuck = |order: &&OrderBook| order.is_out() && self.newest.since(order.issued_at) > TAKES_MAX;
        self.orders.values().filter(is_stuck).count()
    }

    /// What a command that was acknowledged should have brought about, if it is not there.
    pub(crate) fn missing(&self, command: &Command) -> Option<String> {
        let missing = |there: bool, what: String| (!there).then_some(what);
        match command {
            Command::PutStation(spec) => missing(self.ever.0.contains(&spec.id), spec.id.to_string()),
            Command::PutVan(spec, _) | Command::EquipVan(spec, ..) => {
                missing(self.ever.1.contains(&spec.id), spec.id.to_string())
            }
            Command::Report(report) => missing(self.vans.has_said(report), format!("{report:?}")),
            Command::Withdraw(order, _) => {
                let open = self.orders.get(order).is_some_and(OrderBook::is_open);
                missing(!open, format!("the end of {order}"))
            }
            _ => None,
        }
    }

    fn supply_goes_out(&mut self, event: &Event) -> Judged {
        let Some(supply) = self.supply.take() else { return Ok(()) };
        let goes = matches!(event, Event::OrderIssued { order, .. } if *order == supply);
        orders(goes, || format!("{supply} fetches bikes for another, and {event:?} follows"))
    }

    fn remove_station(&mut self, id: &StationId) -> Judged {
        let open = self.open_at(id).count();
        orders(open == 0, || format!("{id} is removed with {open} orders"))?;
        orders(self.stations.0.remove(id).is_some(), || format!("{id} is removed and not known"))
    }

    pub(super) fn open_at<'a>(
        &'a self,
        station: &'a StationId,
    ) -> impl Iterator<Item = (&'a WorkOrderId, &'a OrderBook)> {
        self.orders.iter().filter(move |(_, order)| order.is_open() && order.station == *station)
    }

    pub(super) fn station(&self, id: &StationId) -> Result<&StationBook, Breach> {
        self.stations.0.get(id).ok_or_else(|| Breach::Orders(format!("station {id} is not known")))
    }

    fn van(&self, id: &VanId) -> Result<&VanBook, Breach> {
        self.vans.all.get(id).ok_or_else(|| Breach::Orders(format!("van {id} is not known")))
    }

    pub(super) fn order(&self, id: &WorkOrderId) -> Result<&OrderBook, Breach> {
        self.orders.get(id).ok_or_else(|| Breach::Orders(format!("order {id} is not known")))
    }

    /// A crew that was told of an order was at its station, once.
    fn stop(&mut self, at: Instant, made: &StopMade) -> Judged {
        let order = self.order(&made.order)?;
        let fits = match order.task {
            Task::Collect => made.unloaded == 0 && made.loaded > 0,
            Task::Deliver => made.loaded == 0 && made.unloaded > 0,
            Task::Repair => made.loaded + made.unloaded == 0,
            // What was found, or changed, is another thing than a stop.
            Task::Inspect | Task::SwapBattery => false,
        };
        bikes(fits && order.station == made.station, || format!("{made:?} is no {}", order.task))?;
        bikes(order.told.contains(&made.van), || format!("{} was never told {}", made.van, made.order))?;
        let mends = order.task == Task::Repair;
        self.vans.stop(made)?;
        if self.station(&made.station).is_ok_and(StationBook::is_depot) {
            self.vans.fill_up(&made.van);
        }
        self.stations.stop(at, made, mends);
        self.once(&made.van, &made.order)
    }

    /// A crew that was told to has changed batteries, once, and no more than were aboard.
    fn change_batteries(&mut self, at: Instant, swap: &BatterySwap) -> Judged {
        let BatterySwap { van, station, order: id, bikes: changed, .. } = swap;
        let order = self.order(id)?;
        let fits = order.task == Task::SwapBattery && order.station == *station && order.told.contains(van);
        orders(fits && *changed > 0, || format!("{swap:?} is no {} of {van}", order.task))?;
        self.vans.use_batteries(van, *changed)?;
        self.stations.change_batteries(at, swap);
        self.once(van, id)
    }

    /// A crew that was told to look has looked, once.
    fn inspect(&mut self, inspection: &Inspection) -> Judged {
        let Inspection { van, station, order: id, .. } = inspection;
        let order = self.order(id)?;
        let fits = order.task == Task::Inspect && order.station == *station && order.told.contains(van);
        orders(fits, || format!("{inspection:?} is no {} of {van}", order.task))?;
        self.stations.inspect(inspection);
        self.once(van, id)
    }

    fn once(&mut self, van: &VanId, id: &WorkOrderId) -> Judged {
        let again = self.orders.get_mut(id).is_some_and(|order| !order.made_by.insert(van.clone()));
        bikes(!again, || format!("{van} does {id} twice"))
    }

    /// One order for each thing that is wrong at a station, and for a reason that is so.
    fn propose(&mut self, at: Instant, new: &NewWorkOrder) -> Judged {
        let known = self.orders.contains_key(&new.id);
        orders(!known, || format!("{} is proposed twice", new.id))?;
        let own = OrderBook::new(new);
        let same = |order: &OrderBook| match &own.supplies {
            // A crew that is there is not called back, though what it fetches is for nobody any more.
            Some(needing) => order.supplies.as_ref() == Some(needing) && order.phase != OrderPhase::UnderWay,
            None => order.supplies.is_none() && order.task == new.task,
        };
        let other = self.open_at(&new.station).find(|(_, order)| same(order)).map(|(id, _)| id.clone());
        orders(other.is_none(), || format!("{new:?} is doubled by {other:?}"))?;
        self.is_needed(at, new)?;
        self.supply = own.supplies.is_some().then(|| new.id.clone());
        self.orders.insert(new.id.clone(), own);
        Ok(())
    }

    /// No visit brings a station above what is allowed there, or below it, and two never do it together.
    pub(super) fn may_move(&self, id: &StationId, (task, told): (Task, BikeInterval)) -> Judged {
        if task == Task::SwapBattery {
            let low = self.station(id)?.low_batteries().0;
            return bikes((1..=low).contains(&told.most) && told.least <= told.most, || {
                format!("{told} batteries are to be changed at {id}, where {low} are low")
            });
        }
        if !task.moves_bikes() {
            return orders(told == BikeInterval::NONE, || format!("{task} at {id} moves {told}"));
        }
        let station = self.station(id)?;
        let stands = station.believed().map_or(0, |believed| believed.bikes);
        let most = match task {
            Task::Deliver => station.takes().unwrap_or(0),
            _ => stands.saturating_sub(station.spec.allowed().0),
        };
        let other = self.open_at(id).find(|(_, order)| order.is_out() && order.task.moves_bikes());
        let alone = other.is_none_or(|(_, order)| order.phase == OrderPhase::UnderWay);
        orders(alone && told.most >= 1 && told.least <= told.most && told.most <= most, || {
            format!("{told} bikes at {id} to {task}, where {most} may be moved, beside {other:?}")
        })
    }

    /// One van, which can do it after what it was told before, and whose crew has not just said no.
    fn issue(&mut self, at: Instant, id: &WorkOrderId, (van, told): (&VanId, BikeInterval)) -> Judged {
        let (order, book) = (self.order(id)?, self.van(van)?);
        orders(order.phase == OrderPhase::Proposed && order.van.is_none(), || {
            format!("{id} is {:?} with {:?} and issued to {van}", order.phase, order.van)
        })?;
        let refused = order.declined.get(van).is_some_and(|then| *then + self.options.declined_for > at);
        let works = book.state == VanState::Working && !book.is_off(at) && !refused;
        let mends = order.task != Task::Repair || book.spec.repairs;
        let room = (book.orders.len() as u32) < self.options.stops_max;
        orders(works && mends && room && !self.options.is_quiet(at), || {
            format!("{id} goes to {van}: {:?}, {} orders, refused: {refused}", book.state, book.orders.len())
        })?;
        self.may_move(&order.station, (order.task, told))?;
        let can = self.can(book, id, order.task);
        bikes(told.most <= can, || format!("{van} is to {} {told} and can {can}", order.task))?;
        if let Some(order) = self.orders.get_mut(id) {
            (order.phase, order.van, order.bikes) = (OrderPhase::Issued, Some(van.clone()), told);
            order.issued_at = at;
            order.told.insert(van.clone());
        }
        self.vans.all.entry(van.clone()).and_modify(|book| book.orders.push(id.clone()));
        Ok(())
    }

    /// What a van can load or unload once it has done what comes before this order.
    pub(super) fn can(&self, van: &VanBook, before: &WorkOrderId, task: Task) -> u32 {
        let told = van.orders.iter().take_while(|id| *id != before).filter_map(|id| self.orders.get(id));
        van.can_after(told.map(|order| (order.task, order.bikes.most)), task)
    }

    /// A step that its van takes, along the lifecycle that is drawn at [`OrderPhase`].
    fn step(&mut self, id: &WorkOrderId, van: Option<&VanId>, trigger: OrderTrigger) -> Judged {
        let order = self.order(id)?;
        let after = order.phase.after(trigger);
        orders(after.is_some() && order.van.as_ref() == van, || {
            format!("{id} is {:?} with {:?}: no step {trigger:?} of {van:?}", order.phase, order.van)
        })?;
        if let (Some(order), Some(after)) = (self.orders.get_mut(id), after) {
            order.phase = after;
        }
        Ok(())
    }

    fn cut(&mut self, id: &WorkOrderId, (van, to): (Option<&VanId>, BikeInterval)) -> Judged {
        let order = self.order(id)?;
        let fewer = to.most >= 1 && to.most < order.bikes.most && order.phase != OrderPhase::UnderWay;
        orders(fewer && order.is_open() && order.van.as_ref() == van, || {
            format!("{id}, {:?} with {:?}, is cut from {} to {to}", order.phase, order.van, order.bikes)
        })?;
        self.orders.entry(id.clone()).and_modify(|order| order.bikes = to);
        Ok(())
    }

    fn finish(&mut self, id: &WorkOrderId, van: &VanId) -> Judged {
        let order = self.order(id)?;
        let theirs = order.van.as_ref().is_none_or(|with| with == van);
        orders(theirs && order.made_by.contains(van), || format!("{id} is done by {van}: {order:?}"))?;
        let with = order.van.clone();
        self.step(id, with.as_ref(), OrderTrigger::Finish)?;
        self.leave(id);
        Ok(())
    }

    fn give_back(&mut self, at: Instant, id: &WorkOrderId, (van, why): (&VanId, &ReturnReason)) -> Judged {
        let (order, book) = (self.order(id)?, self.van(van)?);
        let so = match why {
            ReturnReason::Declined(_) => {
                matches!(book.last_word, Some(paceline_model::bikes::CrewWord::Declined(..)))
            }
            ReturnReason::NoAnswer(after) => {
                *after == self.options.answer_within && at.since(order.issued_at) >= *after
            }
            ReturnReason::BrokenDown => book.state == VanState::BrokenDown,
            // Or it is taken out, which follows.
            ReturnReason::ShiftOver => true,
            // It cannot, or cannot fetch what it was to bring.
            ReturnReason::CannotAnyMore => {
                let mut fetched = self.orders.values().filter(|other| other.supplies.as_ref() == Some(id));
                self.can(book, id, order.task) == 0
                    || fetched.any(|other| other.phase == OrderPhase::Withdrawn && other.told.contains(van))
            }
            ReturnReason::DoneBy(other) => other != van && order.made_by.contains(other),
        };
        orders(so, || format!("{id} comes back from {van} for what is not so: {why:?}"))?;
        self.step(id, Some(van), OrderTrigger::Return)?;
        self.leave(id);
        if matches!(why, ReturnReason::Declined(_) | ReturnReason::NoAnswer(_)) {
            self.orders.entry(id.clone()).and_modify(|order| _ = order.declined.insert(van.clone(), at));
        }
        Ok(())
    }

    fn withdraw(&mut self, id: &WorkOrderId, (van, why): (Option<&VanId>, &WithdrawReason)) -> Judged {
        let order = self.order(id)?;
        let station = self.station(&order.station)?;
        let stands = station.believed();
        let (low, high) = (station.spec.wanted().low, station.spec.wanted().high);
        let is = |test: &dyn Fn(u32) -> bool| stands.is_some_and(|stands| test(stands.bikes));
        let enough = match order.task {
            Task::Deliver => is(&|bikes| bikes >= low),
            Task::Collect => is(&|bikes| bikes <= high),
            Task::SwapBattery => station.low_batteries().0 == 0,
            _ => !station.is_to_mend(),
        };
        let looks = self.open_at(&order.station).any(|(_, order)| order.task == Task::Inspect);
        let so = match why {
            WithdrawReason::FilledByRiders { bikes } => {
                enough && order.task == Task::Deliver && is(&|stands| stands == *bikes)
            }
            WithdrawReason::EmptiedByRiders { bikes } => {
                enough && order.task == Task::Collect && is(&|stands| stands == *bikes)
            }
            WithdrawReason::DoneOtherwise => enough,
            WithdrawReason::GivesNone => looks && order.task.moves_bikes(),
            WithdrawReason::RentedAgain => order.task == Task::Inspect,
            WithdrawReason::BatteriesFull => enough && order.task == Task::SwapBattery,
            WithdrawReason::StationClosed if order.task == Task::Inspect => !station.is_renting(),
            WithdrawReason::StationClosed if order.task == Task::Deliver => !station.is_open_both_ways(),
            WithdrawReason::StationClosed => !station.is_open_at_all(),
            WithdrawReason::NotNeeded(needing) => order.supplies.as_ref() == Some(needing),
            WithdrawReason::NothingToDo if order.task == Task::Deliver => station.takes() == Some(0),
            WithdrawReason::NothingToDo => is(&|bikes| bikes <= station.spec.allowed().0),
            WithdrawReason::SavesNothing => order.is_planned && order.phase == OrderPhase::Proposed,
            WithdrawReason::StationRemoved | WithdrawReason::Operator(_) => true,
        };
        orders(so, || format!("{id} is withdrawn for what is not so: {why:?}, {stands:?}"))?;
        self.step(id, van, OrderTrigger::Withdraw)?;
        self.leave(id);
        Ok(())
    }

    /// No van has an order any more.
    fn leave(&mut self, id: &WorkOrderId) {
        let van = self.orders.get_mut(id).and_then(|order| order.van.take());
        if let Some(book) = van.and_then(|van| self.vans.all.get_mut(&van)) {
            book.orders.retain(|known| known != id);
        }
    }
}
