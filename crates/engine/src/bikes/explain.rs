//! Why an order is with whom it is, or with nobody, and why a station has one or none.

use super::row::{OrderRow, StationRow};
use super::world::Bikes;
use paceline_model::Instant;
use paceline_model::bikes::{
    Found, Hotspot, OrderPhase, StationId, StockReading, Task, VanRule, WorkOrderId,
};

/// An order, with why it stands as it does.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderExplained {
    /// How it stands.
    pub order: OrderRow,
    /// In words.
    pub words: String,
}

/// A station, with why it has orders or none.
#[derive(Clone, Debug, PartialEq)]
pub struct StationExplained {
    /// How it stands.
    pub station: StationRow,
    /// In words.
    pub words: String,
}

impl Bikes {
    /// Why an order stands as it does; `None`: it is not known, or no longer.
    pub fn explain_order(&self, id: &WorkOrderId) -> Option<OrderExplained> {
        let order = self.order(id)?.clone();
        let words = self.words_of_order(&order);
        Some(OrderExplained { order, words })
    }

    /// Why a station has the orders that it has; `None`: it is not known.
    pub fn explain_station(&self, id: &StationId) -> Option<StationExplained> {
        let station = self.station(id)?.clone();
        let words = self.words_of_station(&station);
        Some(StationExplained { station, words })
    }

    fn words_of_order(&self, order: &OrderRow) -> String {
        let OrderRow { id, cause, .. } = order;
        let what = order.in_words();
        let mut words = format!("{id} ({what}) is {}: {cause}.", order.phase);
        let steps: Vec<String> = order.steps.iter().map(|(at, step)| format!("{at} {step}")).collect();
        words.push_str(&format!(" {}.", steps.join("; ")));
        if let (Some(van), Some(decision)) = (&order.van, &order.decision) {
            let minutes = decision.arrives_in.0.div_ceil(60_000);
            words.push_str(&format!(
                " {van} does most good there, in {minutes} min, with {} bikes aboard",
                decision.aboard
            ));
            if let Some((next, at)) = &decision.next_best {
                words.push_str(&format!("; {next} could be there in {} min", at.0.div_ceil(60_000)));
            }
            words.push_str(&format!("; of {} vans {}.", decision.considered, in_words(&decision.excluded)));
        }
        if order.phase == OrderPhase::Proposed {
            words.push_str(&self.words_of_nobody(order));
        }
        words
    }

    fn words_of_nobody(&self, order: &OrderRow) -> String {
        if self.options.is_quiet(self.now) {
            return " No van has it: it is quiet hours, and no crew is sent out.".to_owned();
        }
        match order.why_not() {
            None => " No van has it yet: the next round looks.".to_owned(),
            Some(why) if why.considered == 0 => " No van has it: there is none.".to_owned(),
            Some(why) => {
                format!(" No van has it: of {} {}.", why.considered, in_words(&why.excluded))
            }
        }
    }

    fn words_of_station(&self, row: &StationRow) -> String {
        let mut words = standing(row, self.now);
        if row.closed {
            words.push_str(" An operator has closed it.");
        } else if !row.is_depot() && !row.may_be_fetched_from() {
            words.push_str(" Its feed says that it is closed: nothing is brought there, and nothing taken.");
        } else if !row.is_depot() && !row.may_be_brought_to() {
            words.push_str(" Its feed says that it is half closed: nothing is brought there.");
        }
        if row.is_stale(self.now, self.options.stale_after) {
            words.push_str(" Nothing was heard of it for too long: nothing new is ordered by what is known.");
        }
        let target = row.spec.wanted();
        match row.hotspot {
            Some((hotspot, since)) => words.push_str(&format!(" It is {hotspot} since {since}.")),
            None if row.is_depot() => {}
            None if row.is_cell() && row.spec.target.is_none() => {
                words.push_str(" Nobody asks for bikes there: vans bring some if riders take them.");
            }
            None if row.is_cell() => words.push_str(&format!(
                " Nothing is wrong there: {} bikes at least is what is asked.",
                target.least
            )),
            None => words.push_str(&format!(
                " Nothing is wrong there: {} bikes at least and a free dock is what is asked.",
                target.least
            )),
        }
        let orders: Vec<String> = self.orders_at(row).map(|order| self.words_of_order(order)).collect();
        if orders.is_empty() {
            words.push_str(&no_order(row));
        }
        orders.iter().for_each(|order| words.push_str(&format!("\n{order}")));
        words
    }
}

fn standing(row: &StationRow, now: Instant) -> String {
    let id = &row.spec.id;
    let (reported, believed) = (&row.stock.reported, row.stock.believed());
    match (reported, &believed) {
        (StockReading::Known(reported), StockReading::Known(believed)) => {
            let (bikes, age) = (believed.bikes.total(), now.since(reported.as_of.instant()));
            let room =
                believed.room.bikes().map_or("no limit".to_owned(), |free| format!("{free} free docks"));
            let mut words = format!("{id} is believed to have {bikes} bikes and {room}");
            let counted = reported.bikes.total();
            match row.stock.since() {
                0 => words.push_str(&format!(", counted {} s ago.", age.0 / 1_000)),
                since => words.push_str(&format!(
                    ": {counted} were counted {} s ago, and crews have moved {since:+} since.",
                    age.0 / 1_000
                )),
            }
            if row.stock.docks_broken > 0 {
                words.push_str(&format!(" {} docks are broken, says a crew.", row.stock.docks_broken));
            }
            if row.stock.locked_in > 0 {
                words.push_str(&format!(" {}, says a crew.", Found::LockedIn(row.stock.locked_in)));
            }
            words.push_str(&batteries(row, now));
            if let Some(since) = row.watch.silence.since.filter(|_| bikes > 0 && row.lends()) {
                let expected = row.watch.silence.expected;
                words.push_str(&format!(
                    " No bike was seen to go since {since}, where {expected:.1} were expected to."
                ));
            }
            words
        }
        (StockReading::Unknown(why), _) | (_, StockReading::Unknown(why)) => {
            format!("Nobody knows what stands at {id}: {why}.")
        }
    }
}

/// What is known of its batteries.
fn batteries(row: &StationRow, now: Instant) -> String {
    let batteries = &row.stock.batteries;
    let Some(counted) = batteries.counted().filter(|counted| counted.low > 0) else { return String::new() };
    let (low, flat) = (row.stock.low_batteries(), batteries.flat());
    let ago = now.since(counted.as_of).0 / 1_000;
    let mut words = format!(" {low} batteries are low, {flat} of them too low to ride on");
    words.push_str(&match batteries.changed() {
        0 => format!(", read {ago} s ago."),
        changed => {
            format!(": {} were read {ago} s ago, and crews have changed {changed} since.", counted.low)
        }
    });
    words
}

/// Why something is wrong and yet nothing is ordered.
fn no_order(row: &StationRow) -> String {
    match row.hotspot {
        Some((Hotspot::Full, _)) if row.bikes().is_some_and(|bikes| bikes <= row.spec.wanted().high) => {
            " No order: there are no more bikes than are wanted, and the docks are what is missing."
                .to_owned()
        }
        Some(_) => " No order.".to_owned(),
        None => String::new(),
    }
}

fn in_words(excluded: &[(VanRule, u32)]) -> String {
    if excluded.is_empty() {
        return "none was out".to_owned();
    }
    let one = |(rule, vans): &(VanRule, u32)| format!("{vans} {rule}");
    excluded.iter().map(one).collect::<Vec<_>>().join(", ")
}

impl OrderRow {
    /// What a crew is to do, in a few words.
    pub fn in_words(&self) -> String {
        match self.task {
            Task::Collect | Task::Deliver => {
                format!("{} {} bikes at {}", self.task, self.bikes, self.station)
            }
            Task::SwapBattery => format!("{} of {} bikes at {}", self.task, self.bikes, self.station),
            Task::Inspect | Task::Repair => format!("{} at {}", self.task, self.station),
        }
    }
}
