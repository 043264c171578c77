//! The region's world against the books, and what must be so once nothing is under way.

use super::Books;
use super::stations::{Believed, StationBook};
use paceline_engine::bikes::{Bikes, StationRow};
use paceline_model::Instant;
use paceline_model::bikes::{OrderPhase, StationId, StockReading, Task, VanState};

impl Books {
    /// Where the world is another than what was published makes it.
    pub(crate) fn differs(&self, world: &Bikes) -> Option<String> {
        let counts = (world.station_count(), world.van_count());
        let known = (self.stations.0.len(), self.vans.all.len());
        if counts != known {
            return Some(format!("{counts:?} stations and vans, where {known:?} are known"));
        }
        world
            .stations()
            .find_map(|row| self.station_differs(row))
            .or_else(|| self.a_van_differs(world))
            .or_else(|| self.an_order_differs(world))
    }

    fn station_differs(&self, row: &StationRow) -> Option<String> {
        let id = &row.spec.id;
        let Some(book) = self.stations.0.get(id) else { return Some(format!("{id} is not known")) };
        let stands = match row.stock.believed() {
            StockReading::Known(stock) => {
                Some(Believed { bikes: stock.bikes.total(), free: stock.room.bikes() })
            }
            StockReading::Unknown(_) => None,
        };
        let low = (row.stock.low_batteries(), row.stock.batteries.flat());
        let same = stands == book.believed()
            && low == book.low_batteries()
            && row.closed == book.closed
            && *row.spec == *book.spec;
        (!same).then(|| format!("{id} has {stands:?} and by counts and words {:?}", book.believed()))
    }

    fn a_van_differs(&self, world: &Bikes) -> Option<String> {
        world.vans().find_map(|row| {
            let id = &row.spec.id;
            let Some(book) = self.vans.all.get(id) else { return Some(format!("{id} is not known")) };
            let is = (row.aboard, row.batteries, row.state, &row.orders);
            let known = (book.aboard, book.batteries, book.state, &book.orders);
            (is != known).then(|| format!("{id} is {is:?}, and by what was said {known:?}"))
        })
    }

    fn an_order_differs(&self, world: &Bikes) -> Option<String> {
        let open = self.orders.values().filter(|order| order.is_open()).count();
        if open != world.open_orders() {
            return Some(format!("{} orders are open, and {open} should be", world.open_orders()));
        }
        world.orders().find_map(|row| {
            let Some(book) = self.orders.get(&row.id) else {
                return Some(format!("{} is not known", row.id));
            };
            let (is, known) = ((row.phase, &row.van, row.bikes), (book.phase, &book.van, book.bikes));
            (is != known).then(|| format!("{} is {is:?}, and by what was said {known:?}", row.id))
        })
    }

    /// What is not as it must be once all has been looked at: a shortage that is known and has no order, a van that is to do what it cannot, or
    /// has work and does none.
    pub(crate) fn unsettled(&self, now: Instant) -> Option<String> {
        let lacks = self.stations.0.iter().find_map(|(id, book)| self.lacks(now, id, book));
        lacks.or_else(|| self.vans.all.keys().find_map(|van| self.cannot(van)))
    }

    fn lacks(&self, now: Instant, id: &StationId, book: &StationBook) -> Option<String> {
        let has = |task: Task| self.open_at(id).any(|(_, order)| order.task == task);
        let stands = book.believed().filter(|_| book.is_fresh(now, self.options.stale_after));
        let few = stands.filter(|stands| stands.bikes < book.spec.wanted().least && stands.free != Some(0));
        let wants = few.is_some() && book.is_open_both_ways() && book.takes().is_some_and(|most| most > 0);
        // Where none are given somebody looks first.
        if wants && !has(Task::Deliver) && !has(Task::Inspect) {
            return Some(format!("{few:?} stand at {id}, and nobody is to bring any"));
        }
        let least = self.options.batteries.map_or(u32::MAX, |rules| rules.bikes_min);
        let is_open = book.is_open_at_all() && book.is_fresh(now, self.options.stale_after);
        if is_open && book.low_batteries().0 >= least && !has(Task::SwapBattery) {
            return Some(format!(
                "{:?} batteries are low at {id}, and nobody is to change them",
                book.low_batteries()
            ));
        }
        if book.is_to_mend() && !has(Task::Repair) {
            return Some(format!("docks of {id} are broken or hold bikes back, and nobody is to mend them"));
        }
        None
    }

    fn cannot(&self, id: &paceline_model::bikes::VanId) -> Option<String> {
        let book = self.vans.all.get(id)?;
        if book.state == VanState::BrokenDown && !book.orders.is_empty() {
            return Some(format!("{id} has broken down and has {:?}", book.orders));
        }
        let orders = book.orders.iter().filter_map(|order| Some((order, self.orders.get(order)?)));
        let mut ahead = orders.filter(|(_, order)| order.phase != OrderPhase::UnderWay);
        let beyond = ahead.find(|(at, order)| order.bikes.most > self.can(book, at, order.task));
        beyond.map(|(order, _)| format!("{id} is to do {order}, which it cannot after what comes before"))
    }
}
