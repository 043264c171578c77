//! From tick to tick: keeps prices and partners by lasting names, and repairs only what has changed.
//!
//! Between two ticks a few orders come and go, some vehicles have moved, and what waiting costs has grown for all. A kept
//! price is worth most where it is still right, so each kind of change touches the prices that it is about:
//!
//! 1. all gains of an order shifted by the same amount: its price shifts with them;
//! 2. a vehicle of which gains changed otherwise has moved: its price is forgotten and found anew from its orders;
//! 3. a new order, or one that lost its vehicle: the least price that covers its pairs with the vehicles that stayed;
//! 4. then each vehicle takes the least price that covers its pairs; a pair that is not tight any more is undone.
//!
//! After that all prices cover all pairs, and what is unsettled is about as many nodes as have changed. Each is settled
//! by one search, vehicles first: they take up again the orders that they have just lost.
//!
//! The answer is optimal on every tick, whatever was kept; among several optimal ones it may be another than the cold
//! solver's. What is kept is therefore an argument of the round, and a run that repeats its inputs repeats its answers.
//!
//! Source: Mills-Tettey, Stentz and Dias, CMU-RI-TR-07-27, 2007, for repairing prices after changes.

use super::amount::Amount;
use super::assign::finish;
use super::cold::{self, Sides, settle_all};
use super::graph::{Graph, Rows, Survey};
use super::problem::{Matching, Problem};
use super::search::{NOBODY, Node, Scratch, View};
use crate::Budget;

/// Solves one tick after the other, each from where the last one ended.
///
/// `O` and `V` are the lasting names of orders and vehicles.
#[derive(Debug)]
pub struct Matcher<O, V> {
    orders: Vec<O>,
    vehicles: Vec<V>,
    kept: Kept,
    /// Steps that the last tick from nothing took; what repairing must stay below.
    cold_steps: u64,
}

/// Kept in the width in which it was solved. A tick of another width starts from nothing.
#[derive(Debug)]
enum Kept {
    Nothing,
    Narrow(Last<i32>),
    Wide(Last<i64>),
}

/// What the last tick left.
#[derive(Debug)]
struct Last<N> {
    by_order: Graph<N>,
    orders: Vec<Node<N>>,
    vehicles: Vec<Node<N>>,
}

impl<O, V> Default for Matcher<O, V> {
    fn default() -> Self {
        Self { orders: Vec::new(), vehicles: Vec::new(), kept: Kept::Nothing, cold_steps: 0 }
    }
}

/// Repairing looks at all pairs about so often, and starting from nothing at few of them where vehicles abound.
const LOOKS_TO_REPAIR: u64 = 3;

impl<O: Ord + Clone, V: Ord + Clone> Matcher<O, V> {
    /// Finds the cheapest matching, or, if `budget` ends first, completes greedily what it has: at first the last tick's
    /// matching as far as it holds.
    ///
    /// Shape: `orders` and `vehicles` name the rows of `problem`, both strictly ascending.
    /// Panics if they do not fit the problem.
    pub fn solve(&mut self, problem: &Problem, orders: &[O], vehicles: &[V], budget: &mut Budget) -> Matching {
        assert_eq!((orders.len(), vehicles.len()), (problem.outside.len(), problem.vehicles));
        debug_assert!(orders.is_sorted_by(|a, b| a < b) && vehicles.is_sorted_by(|a, b| a < b));
        let survey = Survey::new(problem);
        let same = Same { order: same(&self.orders, orders), vehicle: same(&self.vehicles, vehicles) };
        let kept = std::mem::replace(&mut self.kept, Kept::Nothing);
        let (matching, kept) = if survey.gain_max <= i32::MOST {
            let last = if let Kept::Narrow(last) = kept { Some(last) } else { None };
            let (matching, last) = tick(problem, survey.scarcer, last, &same, &mut self.cold_steps, budget);
            (matching, last.map(Kept::Narrow))
        } else {
            let last = if let Kept::Wide(last) = kept { Some(last) } else { None };
            let (matching, last) = tick(problem, survey.scarcer, last, &same, &mut self.cold_steps, budget);
            (matching, last.map(Kept::Wide))
        };
        self.kept = kept.unwrap_or(Kept::Nothing);
        orders.clone_into(&mut self.orders);
        vehicles.clone_into(&mut self.vehicles);
        matching
    }
}

/// Per row of this tick, its row in the last one, or [`NOBODY`].
struct Same {
    order: Vec<u32>,
    vehicle: Vec<u32>,
}

fn same<T: Ord>(before: &[T], now: &[T]) -> Vec<u32> {
    let mut row = 0;
    let find = |name: &T| {
        while before.get(row).is_some_and(|old| old < name) {
            row += 1;
        }
        if before.get(row) == Some(name) { row as u32 } else { NOBODY }
    };
    now.iter().map(find).collect()
}

/// One tick in one width, and what the next may start from, if that pays.
fn tick<N: Amount>(
    problem: &Problem,
    scarcer: Rows,
    last: Option<Last<N>>,
    same: &Same,
    cold_steps: &mut u64,
    budget: &mut Budget,
) -> (Matching, Option<Last<N>>) {
    let before = budget.used();
    if let Some(last) = last {
        let by_order = Graph::new(problem, Rows::Orders);
        let by_vehicle = by_order.turned();
        let mut sides = repair(&last, same, &by_order, &by_vehicle);
        settle_both(&mut sides, &by_order, &by_vehicle, budget);
        // Where repairing has become dearer than starting from nothing was, the next tick starts from nothing.
        let pays = budget.used() - before <= *cold_steps;
        return keep(sides, by_order, pays || budget.is_over());
    }
    let graph = Graph::new(problem, scarcer);
    let mut sides = cold::solve(&graph, budget);
    *cold_steps = if budget.is_over() { u64::MAX } else { budget.used() - before };
    if *cold_steps <= LOOKS_TO_REPAIR * graph.pairs() as u64 {
        return (finish(&graph, scarcer, &mut sides.own, &mut sides.other), None);
    }
    let by_order = match scarcer {
        Rows::Orders => graph,
        Rows::Vehicles => {
            std::mem::swap(&mut sides.own, &mut sides.other);
            graph.turned()
        }
    };
    keep(sides, by_order, true)
}

/// `sides` with orders as rows. What is kept is what the searches left, not what was added greedily.
fn keep<N: Amount>(
    mut sides: Sides<N>,
    by_order: Graph<N>,
    pays: bool,
) -> (Matching, Option<Last<N>>) {
    let (orders, vehicles) = if pays { (sides.own.clone(), sides.other.clone()) } else { Default::default() };
    let matching = finish(&by_order, Rows::Orders, &mut sides.own, &mut sides.other);
    (matching, pays.then_some(Last { by_order, orders, vehicles }))
}

/// Prices that cover all pairs, and of the last matching what is tight under them.
fn repair<N: Amount>(last: &Last<N>, same: &Same, by_order: &Graph<N>, by_vehicle: &Graph<N>) -> Sides<N> {
    let mut sides = Sides {
        own: vec![Node::new(N::default()); by_order.rows()],
        other: vec![Node::new(N::default()); by_vehicle.rows()],
    };
    let mut moved: Vec<bool> = same.vehicle.iter().map(|&old| old == NOBODY).collect();
    let partner_gain = carry_orders(last, same, by_order, &mut sides, &mut moved);
    for (node, (&old, &moved)) in sides.other.iter_mut().zip(same.vehicle.iter().zip(&moved)) {
        if !moved {
            node.price = last.vehicles[old as usize].price;
        }
    }
    cover_open_orders(by_order, &mut sides, &moved);
    cover_vehicles(by_vehicle, &mut sides, &partner_gain);
    sides
}

/// Kept orders shift their prices with their gains and keep their partners for now; vehicles of which a gain changed
/// otherwise are marked. Returns for each order its gain with its partner.
fn carry_orders<N: Amount>(
    last: &Last<N>,
    same: &Same,
    by_order: &Graph<N>,
    sides: &mut Sides<N>,
    moved: &mut [bool],
) -> Vec<N> {
    let mut now_of = vec![NOBODY; last.vehicles.len()];
    for (now, &old) in (0..).zip(&same.vehicle) {
        if old != NOBODY {
            now_of[old as usize] = now;
        }
    }
    // Per vehicle: the order that last noted a gain here, and the gain.
    let mut noted = vec![(NOBODY, N::default()); same.vehicle.len()];
    let mut partner_gain = vec![N::default(); same.order.len()];
    for (order, &old) in (0..).zip(&same.order) {
        if old == NOBODY {
            continue;
        }
        for edge in last.by_order.row(old) {
            let now = now_of[edge.column as usize];
            if now != NOBODY {
                noted[now as usize] = (order, edge.gain);
            }
        }
        let shift = common_shift(order, by_order, &noted, moved);
        let node = &mut sides.own[order as usize];
        node.price = (last.orders[old as usize].price + shift).max(N::default());
        let mate = last.orders[old as usize].mate;
        let mate = if mate == NOBODY { NOBODY } else { now_of[mate as usize] };
        let edge = by_order.row(order).iter().find(|edge| edge.column == mate);
        if let Some(edge) = edge {
            (node.mate, partner_gain[order as usize]) = (mate, edge.gain);
            sides.other[mate as usize].mate = order;
        }
    }
    partner_gain
}

/// By how much most gains of `order` changed, by majority vote; the vehicles that differ are marked.
fn common_shift<N: Amount>(order: u32, by_order: &Graph<N>, noted: &[(u32, N)], moved: &mut [bool]) -> N {
    let row = by_order.row(order);
    let changes = || {
        row.iter().filter_map(|edge| {
            let (by, gain) = noted[edge.column as usize];
            (by == order).then(|| (edge.column, edge.gain - gain))
        })
    };
    let (mut shift, mut votes) = (N::default(), 0);
    for (_, change) in changes().filter(|(column, _)| !moved[*column as usize]) {
        if votes == 0 {
            shift = change;
        }
        votes += if change == shift { 1 } else { -1 };
    }
    for (column, change) in changes() {
        moved[column as usize] |= change != shift;
    }
    shift
}

/// Orders without a partner take the least price that covers their pairs with vehicles that stayed.
fn cover_open_orders<N: Amount>(by_order: &Graph<N>, sides: &mut Sides<N>, moved: &[bool]) {
    for (order, node) in (0..).zip(&mut sides.own) {
        if node.mate != NOBODY {
            continue;
        }
        let mut least = N::default();
        for edge in by_order.row(order) {
            if edge.gain <= least {
                break;
            }
            if !moved[edge.column as usize] {
                least = least.max(edge.gain - sides.other[edge.column as usize].price);
            }
        }
        node.price = least;
    }
}

/// All vehicles take the least price that covers their pairs; partners that are not tight are parted.
fn cover_vehicles<N: Amount>(by_vehicle: &Graph<N>, sides: &mut Sides<N>, partner_gain: &[N]) {
    for vehicle in 0..sides.other.len() {
        let mut least = N::default();
        for edge in by_vehicle.row(vehicle as u32) {
            if edge.gain <= least {
                break;
            }
            least = least.max(edge.gain - sides.own[edge.column as usize].price);
        }
        let node = &mut sides.other[vehicle];
        node.price = least;
        if node.mate != NOBODY {
            let order = &mut sides.own[node.mate as usize];
            if order.price + least != partner_gain[node.mate as usize] {
                (order.mate, node.mate) = (NOBODY, NOBODY);
            }
        }
    }
}

/// Settles the unsettled vehicles, then the unsettled orders.
fn settle_both<N: Amount>(
    sides: &mut Sides<N>,
    by_order: &Graph<N>,
    by_vehicle: &Graph<N>,
    budget: &mut Budget,
) {
    let mut scratch = Scratch::default();
    budget.spend(2 * by_order.pairs() as u64);
    let (orders, vehicles) = (&mut sides.own[..], &mut sides.other[..]);
    let mut view = View { graph: by_vehicle, own: vehicles, other: orders, scratch: &mut scratch };
    let open = unsettled(view.own);
    settle_all(&mut view, open, budget);
    let View { own: vehicles, other: orders, scratch, .. } = view;
    let mut view = View { graph: by_order, own: orders, other: vehicles, scratch };
    let open = unsettled(view.own);
    settle_all(&mut view, open, budget);
}

fn unsettled<N: Amount>(nodes: &[Node<N>]) -> Vec<u32> {
    (0..).zip(nodes).filter(|(_, node)| node.is_unsettled()).map(|(row, _)| row).collect()
}
