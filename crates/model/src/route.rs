//! A shared route: where a vehicle that carries several orders stops next, and what its riders have been promised.

use crate::{Instant, OrderId};
use serde::{Deserialize, Serialize};

/// What happens at a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopKind {
    /// Riders get in.
    PickUp,
    /// Riders get out.
    DropOff,
}

/// One stop for one order. Two orders at one corner are two stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop<O = OrderId> {
    /// For whom.
    pub order: O,
    /// What for.
    pub kind: StopKind,
    /// The promise: not later than this. A later plan may bring it forward and never puts it off.
    pub due: Instant,
}

/// The stops that a vehicle still has before it, first one next.
///
/// An order whose pick-up is among them is not aboard yet; one that has only its drop-off there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route<O = OrderId> {
    stops: Vec<Stop<O>>,
    /// So many of the first stops are pick-ups at which the vehicle has arrived.
    arrived: u8,
}

impl<O> Default for Route<O> {
    fn default() -> Self {
        Self { stops: Vec::new(), arrived: 0 }
    }
}

impl<O> Stop<O> {
    /// The same with another reference to its order; `None` if it leads nowhere.
    pub fn map<O2>(&self, order: impl Fn(&O) -> Option<O2>) -> Option<Stop<O2>> {
        Some(Stop { order: order(&self.order)?, kind: self.kind, due: self.due })
    }
}

impl<O: PartialEq> Route<O> {
    /// The same with other references to its orders; `None` if one of them leads nowhere.
    pub fn map<O2>(&self, order: impl Fn(&O) -> Option<O2>) -> Option<Route<O2>> {
        let stops = self.stops.iter().map(|stop| stop.map(&order)).collect::<Option<_>>()?;
        Some(Route { stops, arrived: self.arrived })
    }
    /// A route as planned; the first `arrived` stops are pick-ups at which the vehicle stands.
    pub fn new(stops: Vec<Stop<O>>, arrived: u8) -> Self {
        Self { stops, arrived }
    }
    /// The stops ahead.
    pub fn stops(&self) -> &[Stop<O>] {
        &self.stops
    }
    /// How many of the first stops are pick-ups at which the vehicle stands.
    pub fn arrived(&self) -> u8 {
        self.arrived
    }
    /// Whether nothing is left to do.
    pub fn is_empty(&self) -> bool {
        self.stops.is_empty()
    }
    /// Its orders, each once, in the order in which they leave.
    pub fn orders(&self) -> impl Iterator<Item = &O> {
        self.stops.iter().filter(|stop| stop.kind == StopKind::DropOff).map(|stop| &stop.order)
    }
    /// Whether an order's riders are in the vehicle.
    pub fn is_aboard(&self, order: &O) -> bool {
        self.place_of(order, StopKind::PickUp).is_none() && self.place_of(order, StopKind::DropOff).is_some()
    }
    /// Whether any riders are in the vehicle.
    pub fn has_riders(&self) -> bool {
        self.orders().any(|order| self.is_aboard(order))
    }
    /// The promise for a stop, if it is among those ahead.
    pub fn due(&self, order: &O, kind: StopKind) -> Option<Instant> {
        self.place_of(order, kind).map(|place| self.stops[place].due)
    }
    /// The vehicle stands at the pick-up of `order`, whichever stop was to be the next.
    pub fn arrive(&mut self, order: &O) {
        let Some(place) = self.place_of(order, StopKind::PickUp) else { return };
        if place >= usize::from(self.arrived) {
            let stop = self.stops.remove(place);
            self.stops.insert(usize::from(self.arrived), stop);
            self.arrived += 1;
        }
    }
    /// The riders of `order` are in.
    pub fn pick_up(&mut self, order: &O) {
        if let Some(place) = self.place_of(order, StopKind::PickUp) {
            self.stops.remove(place);
            self.arrived -= u8::from(place < usize::from(self.arrived));
        }
    }
    /// Takes an order out, done or not.
    pub fn remove(&mut self, order: &O) {
        self.pick_up(order);
        self.stops.retain(|stop| stop.order != *order);
    }
    fn place_of(&self, order: &O, kind: StopKind) -> Option<usize> {
        self.stops.iter().position(|stop| stop.kind == kind && stop.order == *order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(stops: &str) -> Route {
        let stop = |word: &str| {
            let kind = if word.starts_with('+') { StopKind::PickUp } else { StopKind::DropOff };
            Stop { order: OrderId::new(&word[1..]).expect("a name"), kind, due: Instant(0) }
        };
        Route::new(stops.split_whitespace().map(stop).collect(), 0)
    }
    fn shown(route: &Route) -> String {
        let sign = |stop: &Stop| if stop.kind == StopKind::PickUp { '+' } else { '-' };
        let stops = route.stops().iter().map(|stop| format!("{}{}", sign(stop), stop.order));
        format!("{} at {}", stops.collect::<Vec<_>>().join(" "), route.arrived())
    }
    fn name(text: &str) -> OrderId {
        OrderId::new(text).expect("a name")
    }

    #[test]
    fn a_vehicle_may_arrive_at_another_stop_than_the_next() {
        let mut route = route("+a -a +b -b");
        route.arrive(&name("b"));
        assert_eq!(shown(&route), "+b +a -a -b at 1");
        route.arrive(&name("b"));
        route.arrive(&name("a"));
        assert_eq!(shown(&route), "+b +a -a -b at 2");
        route.pick_up(&name("b"));
        assert_eq!(shown(&route), "+a -a -b at 1");
        assert!(route.is_aboard(&name("b")) && !route.is_aboard(&name("a")) && route.has_riders());
    }

    #[test]
    fn an_order_that_is_called_off_takes_its_stops_with_it() {
        let mut route = route("+a +b -a -b");
        route.arrive(&name("a"));
        route.remove(&name("a"));
        assert_eq!(shown(&route), "+b -b at 0");
        route.remove(&name("nobody"));
        assert!(!route.is_empty() && !route.has_riders());
    }
}
