//! Vehicles that can be dispatched, kept up as they move, become free and set out: by what they offer, and by where they are.
//!
//! A round of a large fleet looks at the vehicles near its orders and not at all of them. Cells are a plain grid of degrees, so
//! that a reading costs no search on the road; which of the vehicles near an order is the nearest is the solver's question.

use super::cell::{Cell, Entry};
use super::row::Vehicle;
use paceline_model::{Charge, OrderSpec, Tag, VehicleIdx};
use std::collections::BTreeSet;

#[expect(clippy::disallowed_types, reason = "looked up by cell and never iterated; its hash has a fixed key")]
type ByCell = std::collections::HashMap<Cell, Vec<VehicleIdx>, foldhash::fast::FixedState>;

/// Rings of cells around a place that are looked through, 3.6 km; where vehicles are sparser all of them are taken.
const RINGS_MAX: i32 = 64;
/// An order looks at all vehicles within so many times the distance within which enough of them stand: roads make detours.
const DETOUR_RINGS: i32 = 2;

/// Vehicles that offer the same.
#[derive(Clone, Debug)]
struct Kind {
    seats: u8,
    attributes: BTreeSet<Tag>,
    rows: BTreeSet<VehicleIdx>,
    cells: ByCell,
}

impl Kind {
    fn serves(&self, order: &OrderSpec) -> bool {
        self.seats >= order.party && order.attributes.is_subset(&self.attributes)
    }
}

/// The index.
#[derive(Clone, Debug, Default)]
pub(super) struct Available {
    rows: BTreeSet<VehicleIdx>,
    /// Those that were not in it when this was last asked for.
    joined: Vec<VehicleIdx>,
    kinds: Vec<Kind>,
    /// At and below this charge a vehicle may want to charge, and is in `wanting_charge`.
    want_charge_at: Charge,
    wanting_charge: BTreeSet<VehicleIdx>,
    /// Those on whose position no round counts.
    unlocated: BTreeSet<VehicleIdx>,
}

/// Equal if the same vehicles are in it; where telemetry puts them does not count.
impl PartialEq for Available {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl Available {
    /// All of them, by row.
    pub(super) fn rows(&self) -> &BTreeSet<VehicleIdx> {
        &self.rows
    }
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }
    /// Those whose charge is so low that they may want to charge, by row.
    pub(super) fn wanting_charge(&self) -> &BTreeSet<VehicleIdx> {
        &self.wanting_charge
    }
    /// Those on whose position no round counts, by row.
    pub(super) fn unlocated(&self) -> &BTreeSet<VehicleIdx> {
        &self.unlocated
    }
    /// From now on a vehicle may want to charge at and below `charge`: each is to be followed once.
    pub(super) fn want_charge_at(&mut self, charge: Charge) {
        self.want_charge_at = charge;
    }
    /// Those that have become available since this was last asked.
    pub(super) fn take_joined(&mut self) -> Vec<VehicleIdx> {
        std::mem::take(&mut self.joined)
    }
    /// Whether any of them offers what an order asks for.
    pub(super) fn serves(&self, order: &OrderSpec) -> bool {
        self.kinds.iter().any(|kind| !kind.rows.is_empty() && kind.serves(order))
    }
    /// A vehicle has become available.
    pub(super) fn insert(&mut self, idx: VehicleIdx, vehicle: &mut Vehicle) {
        self.remove(idx, vehicle);
        let cell = Cell::of(vehicle.newest().position);
        let entry = Entry { kind: self.kind_of(vehicle), cell, wants_charge: false, unlocated: false };
        vehicle.sensed.entry = Some(entry);
        self.rows.insert(idx);
        self.joined.push(idx);
        let kind = &mut self.kinds[entry.kind];
        kind.rows.insert(idx);
        kind.cells.entry(entry.cell).or_default().push(idx);
        self.follow_reading(idx, vehicle);
    }
    fn follow_reading(&mut self, idx: VehicleIdx, vehicle: &mut Vehicle) {
        let (wants, unlocated) = (vehicle.newest().charge <= self.want_charge_at, !vehicle.fix().is_usable());
        let Some(entry) = &mut vehicle.sensed.entry else { return };
        if std::mem::replace(&mut entry.wants_charge, wants) != wants {
            list(&mut self.wanting_charge, idx, wants);
        }
        if std::mem::replace(&mut entry.unlocated, unlocated) != unlocated {
            list(&mut self.unlocated, idx, unlocated);
        }
    }
    /// A vehicle is no longer available.
    pub(super) fn remove(&mut self, idx: VehicleIdx, vehicle: &mut Vehicle) {
        let Some(entry) = vehicle.sensed.entry.take() else { return };
        self.rows.remove(&idx);
        self.wanting_charge.remove(&idx);
        self.unlocated.remove(&idx);
        let kind = &mut self.kinds[entry.kind];
        kind.rows.remove(&idx);
        leave(&mut kind.cells, entry.cell, idx);
    }
    /// A vehicle has said where it is and how full.
    pub(super) fn follow(&mut self, idx: VehicleIdx, vehicle: &mut Vehicle) {
        let Some(entry) = &mut vehicle.sensed.entry else { return };
        let (was, is) = (entry.cell, Cell::of(vehicle.sensed.newest.unwrap_or(vehicle.reading).position));
        if was != is {
            entry.cell = is;
            let cells = &mut self.kinds[entry.kind].cells;
            leave(cells, was, idx);
            cells.entry(is).or_default().push(idx);
        }
        self.follow_reading(idx, vehicle);
    }
    /// Vehicles near a pick-up that offer what the order asks for and pass `fits`: at least `wanted` if there are as many, by row.
    pub(super) fn near(
        &self,
        order: &OrderSpec,
        wanted: usize,
        mut fits: impl FnMut(VehicleIdx) -> bool,
    ) -> Vec<VehicleIdx> {
        let mut found = Vec::new();
        for kind in self.kinds.iter().filter(|kind| kind.serves(order)) {
            match kind.around(Cell::of(order.pickup), wanted, &mut fits) {
                Some(near) => found.extend(near),
                None => found.extend(kind.rows.iter().copied().filter(|idx| fits(*idx))),
            }
        }
        found
    }
    fn kind_of(&mut self, vehicle: &Vehicle) -> usize {
        let spec = &vehicle.spec;
        let same = |kind: &Kind| kind.seats == spec.seats && kind.attributes == spec.attributes;
        self.kinds.iter().position(same).unwrap_or_else(|| {
            self.kinds.push(Kind {
                seats: spec.seats,
                attributes: spec.attributes.clone(),
                rows: BTreeSet::new(),
                cells: ByCell::default(),
            });
            self.kinds.len() - 1
        })
    }
}

impl Kind {
    /// Vehicles around a cell; `None` if fewer than `wanted` stand in the rings that are looked through.
    fn around(
        &self,
        centre: Cell,
        wanted: usize,
        fits: &mut impl FnMut(VehicleIdx) -> bool,
    ) -> Option<Vec<VehicleIdx>> {
        if self.rows.len() <= wanted {
            return None;
        }
        let (mut found, mut last) = (Vec::new(), RINGS_MAX);
        let mut ring = 0;
        while ring <= last {
            let cells = centre.ring(ring).filter_map(|cell| self.cells.get(&cell));
            found.extend(cells.flatten().copied().filter(|idx| fits(*idx)));
            if last == RINGS_MAX && found.len() >= wanted {
                last = ring.max(1) * DETOUR_RINGS;
            }
            ring += 1;
        }
        (found.len() >= wanted).then_some(found)
    }
}

fn list(rows: &mut BTreeSet<VehicleIdx>, idx: VehicleIdx, member: bool) {
    if member {
        rows.insert(idx);
    } else {
        rows.remove(&idx);
    }
}

fn leave(cells: &mut ByCell, cell: Cell, idx: VehicleIdx) {
    if let Some(there) = cells.get_mut(&cell) {
        if let Some(at) = there.iter().position(|other| *other == idx) {
            there.swap_remove(at);
        }
        if there.is_empty() {
            cells.remove(&cell);
        }
    }
}
