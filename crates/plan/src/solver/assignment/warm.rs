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
use super::assign::{Unsearched, WIDE_ENOUGH, finish, from_nothing, read};
use super::cold::{Sides, reduce_twice, settle_all};
use super::graph::{Edge, Graph, Rows, Sorting};
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
}

/// Kept in the width in which it was solved. A tick of another width starts from nothing.
#[derive(Debug)]
enum Kept {
    Narrow(Last<i32>),
    Wide(Last<i64>),
}

/// What the last tick left, and the memory that it needed.
#[derive(Debug)]
struct Last<N> {
    /// Orders are the rows; `None` if starting from nothing is cheaper than repairing.
    sides: Option<Sides<N>>,
    by_order: Graph<N>,
    /// What `by_order` becomes with the next tick, when this one's is still needed.
    next_by_order: Graph<N>,
    by_vehicle: Graph<N>,
    sorting: Sorting<N>,
    /// Steps that the last tick from nothing took; what repairing must stay below.
    cold_steps: u64,
    /// Whether to repair even where starting from nothing is cheaper.
    always: bool,
}

impl<O, V> Default for Matcher<O, V> {
    fn default() -> Self {
        Self { orders: Vec::new(), vehicles: Vec::new(), kept: Kept::Narrow(Last::default()) }
    }
}

/// Repairing looks at all pairs about so often, and starting from nothing at few of them where vehicles abound.
const LOOKS_TO_REPAIR: u64 = 3;

impl<O: Ord + Clone, V: Ord + Clone> Matcher<O, V> {
    /// One that repairs on every tick. By default a tick that is cheaper from nothing, as where vehicles abound, starts
    /// from nothing. The answers are as cheap either way.
    pub fn always_warm() -> Self {
        Self { kept: Kept::Narrow(Last { always: true, ..Last::default() }), ..Self::default() }
    }

    /// Finds the cheapest matching, or, if `budget` ends first, completes greedily what it has: at first the last tick's
    /// matching as far as it holds, or nothing if the budget ends before the pairs are sorted.
    ///
    /// Shape: `orders` and `vehicles` name the rows of `problem`, both strictly ascending.
    /// Panics if they do not fit the problem.
    pub fn solve(
        &mut self,
        problem: &Problem,
        orders: &[O],
        vehicles: &[V],
        budget: &mut Budget,
    ) -> Matching {
        assert_eq!((orders.len(), vehicles.len()), (problem.outside.len(), problem.vehicles));
        debug_assert!(orders.is_sorted_by(|a, b| a < b) && vehicles.is_sorted_by(|a, b| a < b));
        let same = Same { order: same(&self.orders, orders), vehicle: same(&self.vehicles, vehicles) };
        match self.in_its_width(problem, &same, budget) {
            Ok(matching) => {
                orders.clone_into(&mut self.orders);
                vehicles.clone_into(&mut self.vehicles);
                matching
            }
            // What was kept stays for the next tick.
            Err(Unsearched::Ended(matching)) => matching,
            Err(Unsearched::TooWide) => panic!("{WIDE_ENOUGH}"),
        }
    }

    fn in_its_width(
        &mut self,
        problem: &Problem,
        same: &Same,
        budget: &mut Budget,
    ) -> Result<Matching, Unsearched> {
        let always = match &mut self.kept {
            // Gains that were too large for the narrow width may have shrunk; that can wait for the next start.
            Kept::Wide(last) => return last.tick(problem, same, budget),
            Kept::Narrow(last) => match last.tick(problem, same, budget) {
                Err(Unsearched::TooWide) => last.always,
                read => return read,
            },
        };
        let mut wide = Last { always, ..Last::default() };
        let matching = wide.tick(problem, same, budget)?;
        self.kept = Kept::Wide(wide);
        Ok(matching)
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

impl<N: Amount> Default for Last<N> {
    fn default() -> Self {
        Self {
            sides: None,
            by_order: Graph::default(),
            next_by_order: Graph::default(),
            by_vehicle: Graph::default(),
            sorting: Sorting::default(),
            cold_steps: 0,
            always: false,
        }
    }
}

impl<N: Amount> Last<N> {
    /// One tick in this width, and what the next may start from.
    fn tick(&mut self, problem: &Problem, same: &Same, budget: &mut Budget) -> Result<Matching, Unsearched> {
        read(&mut self.next_by_order, problem, budget)?;
        let (before, by_order) = (budget.used(), &self.next_by_order);
        let (rows, sides, pays) = if let Some(sides) = &self.sides
            && self.by_vehicle.turn(by_order, &mut self.sorting, budget)
            && let Some(mut sides) = repair(&self.by_order, sides, same, by_order, &self.by_vehicle, budget)
        {
            settle_both(&mut sides, by_order, &self.by_vehicle, budget);
            // Where repairing has become dearer than starting from nothing was, the next tick starts from nothing.
            let pays = budget.used() - before <= self.cold_steps;
            // What the budget leaves open is completed from the smaller side.
            let fewer_orders = by_order.rows() <= self.by_vehicle.rows();
            if fewer_orders { (Rows::Orders, sides, pays) } else { (Rows::Vehicles, sides.turned(), pays) }
        } else {
            let (rows, sides) =
                from_nothing(problem, by_order, &mut self.by_vehicle, &mut self.sorting, budget)?;
            self.cold_steps = if budget.is_over() { u64::MAX } else { budget.used() - before };
            (rows, sides, self.cold_steps > LOOKS_TO_REPAIR * by_order.pairs() as u64)
        };
        // What is kept is what the searches left, without what is added greedily. Orders are the rows.
        let keep = pays || budget.is_over() || self.always;
        self.sides = keep.then(|| if rows == Rows::Orders { sides.clone() } else { sides.clone().turned() });
        let graph = if rows == Rows::Orders { by_order } else { &self.by_vehicle };
        let matching = finish(graph, rows, sides);
        std::mem::swap(&mut self.by_order, &mut self.next_by_order);
        Ok(matching)
    }
}

/// Prices that cover all pairs, and of the last matching what is tight under them; `None` if the budget ended first.
fn repair<N: Amount>(
    was_by_order: &Graph<N>,
    was: &Sides<N>,
    same: &Same,
    by_order: &Graph<N>,
    by_vehicle: &Graph<N>,
    budget: &mut Budget,
) -> Option<Sides<N>> {
    let mut sides = Sides {
        own: vec![Node::new(N::default()); by_order.rows()],
        other: vec![Node::new(N::default()); by_vehicle.rows()],
    };
    let mut moved: Vec<bool> = same.vehicle.iter().map(|&old| old == NOBODY).collect();
    let partner_gain = carry_orders(was_by_order, was, same, by_order, &mut sides, &mut moved, budget)?;
    for (node, (&old, &moved)) in sides.other.iter_mut().zip(same.vehicle.iter().zip(&moved)) {
        if !moved {
            node.price = was.other[old as usize].price;
        }
    }
    cover_open_orders(by_order, &mut sides, &moved);
    cover_vehicles(by_vehicle, &mut sides, &partner_gain, budget)?;
    Some(sides)
}

/// Kept orders shift their prices with their gains and keep their partners for now; vehicles of which a gain changed
/// otherwise are marked. Returns for each order its gain with its partner, or `None` if the budget ended first.
fn carry_orders<N: Amount>(
    was_by_order: &Graph<N>,
    was: &Sides<N>,
    same: &Same,
    by_order: &Graph<N>,
    sides: &mut Sides<N>,
    moved: &mut [bool],
    budget: &mut Budget,
) -> Option<Vec<N>> {
    let mut now_of = vec![NOBODY; was.other.len()];
    for (now, &old) in (0..).zip(&same.vehicle) {
        if old != NOBODY {
            now_of[old as usize] = now;
        }
    }
    let mut gains = Gains::new(same.vehicle.len());
    let mut partner_gain = vec![N::default(); same.order.len()];
    for (order, &old) in (0..).zip(&same.order) {
        if old == NOBODY {
            continue;
        }
        let (before, row) = (was.own[old as usize], by_order.row(order));
        budget.spend(row.len() as u64).then_some(())?;
        gains.note(order, was_by_order.row(old), &now_of);
        gains.compare(order, row);
        let node = &mut sides.own[order as usize];
        node.price = (before.price + gains.common_change(moved)).max(N::default());
        let mate = if before.mate == NOBODY { NOBODY } else { now_of[before.mate as usize] };
        if let Some(with_mate) = row.iter().find(|edge| edge.column == mate) {
            (node.mate, partner_gain[order as usize]) = (mate, with_mate.gain);
            sides.other[mate as usize].mate = order;
        }
    }
    Some(partner_gain)
}

/// How many of an order's best pairs are compared with those of the last tick, which are looked for among twice as many.
/// A vehicle that has moved is among the best of some order. One that is missed keeps a price that is a worse guess, which
/// costs less than comparing all pairs (measured on four cities).
const COMPARED: usize = 6;

/// Scratch in which the gains of one order are compared with those of the last tick.
struct Gains<N> {
    /// Per vehicle: the order that last noted a gain here, and the gain.
    noted: Vec<(u32, N)>,
    /// Vehicles of the order at hand that it had in the last tick too, and by how much their gain changed.
    changes: Vec<(u32, N)>,
}

impl<N: Amount> Gains<N> {
    fn new(vehicles: usize) -> Self {
        Self { noted: vec![(NOBODY, N::default()); vehicles], changes: Vec::new() }
    }
    fn note(&mut self, order: u32, before: &[Edge<N>], now_of: &[u32]) {
        for edge in before.iter().take(2 * COMPARED) {
            let now = now_of[edge.column as usize];
            if now != NOBODY {
                self.noted[now as usize] = (order, edge.gain);
            }
        }
    }
    fn compare(&mut self, order: u32, now: &[Edge<N>]) {
        self.changes.clear();
        for edge in now.iter().take(COMPARED) {
            let (by, gain) = self.noted[edge.column as usize];
            if by == order {
                self.changes.push((edge.column, edge.gain - gain));
            }
        }
    }
    /// By how much most gains changed, by majority vote; the vehicles that differ are marked.
    fn common_change(&self, moved: &mut [bool]) -> N {
        let (mut common, mut votes) = (N::default(), 0);
        for &(_, change) in self.changes.iter().filter(|(vehicle, _)| !moved[*vehicle as usize]) {
            if votes == 0 {
                common = change;
            }
            votes += if change == common { 1 } else { -1 };
        }
        for &(vehicle, change) in &self.changes {
            moved[vehicle as usize] |= change != common;
        }
        common
    }
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

/// All vehicles take the least price that covers their pairs; partners that are not tight are parted. `None` if the
/// budget ended first.
fn cover_vehicles<N: Amount>(
    by_vehicle: &Graph<N>,
    sides: &mut Sides<N>,
    partner_gain: &[N],
    budget: &mut Budget,
) -> Option<()> {
    for vehicle in 0..sides.other.len() {
        budget.spend(by_vehicle.row(vehicle as u32).len() as u64).then_some(())?;
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
    Some(())
}

/// Settles the unsettled vehicles, then the unsettled orders.
fn settle_both<N: Amount>(
    sides: &mut Sides<N>,
    by_order: &Graph<N>,
    by_vehicle: &Graph<N>,
    budget: &mut Budget,
) {
    let mut scratch = Scratch::default();
    let (orders, vehicles) = (&mut sides.own[..], &mut sides.other[..]);
    let mut view = View { graph: by_vehicle, own: vehicles, other: orders, scratch: &mut scratch };
    let open = unsettled(view.own);
    let open = reduce_twice(&mut view, open, budget);
    settle_all(&mut view, open, budget);
    let View { own: vehicles, other: orders, scratch, .. } = view;
    let mut view = View { graph: by_order, own: orders, other: vehicles, scratch };
    let open = unsettled(view.own);
    settle_all(&mut view, open, budget);
}

fn unsettled<N: Amount>(nodes: &[Node<N>]) -> Vec<u32> {
    (0..).zip(nodes).filter(|(_, node)| node.is_unsettled()).map(|(row, _)| row).collect()
}
