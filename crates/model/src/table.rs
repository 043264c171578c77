//! Tables of rows: dense, typed, and safe against stale references.
//!
//! Whatever has a lasting name (a vehicle, an order) lives in one row of one [`Table`]. Its name is looked up once, where it
//! comes in; inside, everything refers to the row by [`Idx`], a number with a generation, so that a reference to a row that
//! was given up is caught instead of meeting its successor. Rows are visited in the order of their slots, which repeats from
//! run to run; the name index hashes with a fixed key and is never iterated.

use crate::limits::{Invalid, Rule};
use crate::pages::Pages;
use crate::{ChargerId, OrderId, VehicleId};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

#[expect(clippy::disallowed_types, reason = "looked up by name and never iterated; its hash has a fixed key")]
type NameIndex<K> = std::collections::HashMap<K, u32, foldhash::fast::FixedState>;

/// A reference to one row of a table of `K`s: its slot, counted from 0, and how often the slot had been given up before.
/// Meaningless in any other table; the lasting name is the row's own.
pub struct Idx<K> {
    slot: u32,
    generation: u32,
    of: PhantomData<fn() -> K>,
}

/// A vehicle's row.
pub type VehicleIdx = Idx<VehicleId>;
/// An order's row.
pub type OrderIdx = Idx<OrderId>;
/// A charger site's row.
pub type ChargerIdx = Idx<ChargerId>;

impl<K> Idx<K> {
    /// A reference to the first tenant of a slot, for tables that are made by hand.
    pub const fn first(slot: u32) -> Self {
        Self { slot, generation: 0, of: PhantomData }
    }
    /// Where the row stands: dense, from 0, and reused after the row is given up.
    pub fn slot(self) -> usize {
        self.slot as usize
    }
    /// Slot and generation: what is written down of it.
    pub fn parts(self) -> (u32, u32) {
        (self.slot, self.generation)
    }
    /// A reference as it was written down; whether it leads anywhere is its table's to say.
    pub fn from_parts(slot: u32, generation: u32) -> Self {
        Self { slot, generation, of: PhantomData }
    }
}

// Written out: derived ones would ask the same of `K`, which is only a label.
impl<K> Clone for Idx<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Idx<K> {}
impl<K> PartialEq for Idx<K> {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}
impl<K> Eq for Idx<K> {}
impl<K> PartialOrd for Idx<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Idx<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.parts().cmp(&other.parts())
    }
}
impl<K> Hash for Idx<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}
impl<K> fmt::Debug for Idx<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.slot)?;
        if self.generation > 0 { write!(f, ".{}", self.generation) } else { Ok(()) }
    }
}

/// What stands in a table: something with a lasting name.
pub trait Row {
    /// The kind of name.
    type Id: Clone + Eq + Ord + Hash;
    /// The name, which never changes.
    fn id(&self) -> &Self::Id;
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Slot<R> {
    generation: u32,
    row: Option<R>,
}

/// All that is written down of a table. A copy shares its pages with the table and stays as it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Slots<R> {
    slots: Pages<Slot<R>>,
    /// Slots given up, the latest last; it is taken again first.
    vacant: Pages<u32>,
}

impl<R> Slots<R> {
    /// How many slots there are, free ones included: the length of a list with one entry a slot.
    pub fn len(&self) -> usize {
        self.slots.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
    /// What each slot holds, with its generation.
    pub fn tenants(&self) -> impl Iterator<Item = (u32, Option<&R>)> {
        self.slots.iter().map(|slot| (slot.generation, slot.row.as_ref()))
    }
    /// The slots without a row, in the order in which they were given up.
    pub fn vacant(&self) -> &Pages<u32> {
        &self.vacant
    }
}

/// Rows with their name index and the list of slots that are free.
#[derive(Clone, Debug)]
pub struct Table<R: Row> {
    held: Slots<R>,
    names: NameIndex<R::Id>,
}

impl<R: Row> Default for Table<R> {
    fn default() -> Self {
        Self {
            held: Slots { slots: Pages::default(), vacant: Pages::default() },
            names: NameIndex::default(),
        }
    }
}

impl<R: Row + PartialEq> PartialEq for Table<R> {
    fn eq(&self, other: &Self) -> bool {
        self.held == other.held
    }
}

impl<R: Row + Clone> Table<R> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
    /// What it holds, slot by slot: all that is written down of it.
    pub fn slots(&self) -> &Slots<R> {
        &self.held
    }
    /// A table as it was written down. Errors: two rows of one name, or vacant slots that are not those without a row, each once.
    pub fn from_parts(slots: Vec<(u32, Option<R>)>, vacant: Vec<u32>) -> Result<Self, Invalid> {
        let refused =
            |field: &str, value: usize, rule: &str| Invalid::new(field, value, Rule::Shape(rule.into()));
        let (mut names, mut open) = (NameIndex::default(), Vec::new());
        for (number, (_, row)) in (0..).zip(&slots) {
            match row {
                Some(row) if names.insert(row.id().clone(), number).is_some() => {
                    return Err(refused("slots", number as usize, "must hold rows of different names"));
                }
                Some(_) => {}
                None => open.push(number),
            }
        }
        let mut listed = vacant.clone();
        listed.sort_unstable();
        if listed != open {
            return Err(refused("vacant", vacant.len(), "must be the slots without a row, each once"));
        }
        let slots = slots.into_iter().map(|(generation, row)| Slot { generation, row }).collect();
        Ok(Self { held: Slots { slots, vacant: vacant.into_iter().collect() }, names })
    }
    /// The row of that name.
    pub fn find(&self, id: &R::Id) -> Option<Idx<R::Id>> {
        self.names.get(id).map(|&slot| self.idx(slot))
    }
    /// The row, unless it was given up.
    pub fn get(&self, idx: Idx<R::Id>) -> Option<&R> {
        let slot = self.held.slots.get(idx.slot())?;
        slot.row.as_ref().filter(|_| slot.generation == idx.generation)
    }
    /// The same, to change it. Its name must stay.
    pub fn get_mut(&mut self, idx: Idx<R::Id>) -> Option<&mut R> {
        let slot = self.held.slots.get_mut(idx.slot())?;
        slot.row.as_mut().filter(|_| slot.generation == idx.generation)
    }
    /// The lasting name of a row.
    pub fn id(&self, idx: Idx<R::Id>) -> Option<&R::Id> {
        self.get(idx).map(R::id)
    }
    /// The row that the next new name will be given.
    pub fn upcoming(&self) -> Idx<R::Id> {
        match self.held.vacant.last() {
            Some(&slot) => self.idx(slot),
            None => Idx::first(self.held.slots.len() as u32),
        }
    }
    /// Adds a row, or replaces the one of the same name in its place.
    pub fn insert(&mut self, row: R) -> Idx<R::Id> {
        if let Some(known) = self.find(row.id()) {
            self.put(known, row);
            return known;
        }
        let idx = self.upcoming();
        self.names.insert(row.id().clone(), idx.slot);
        if self.held.vacant.pop().is_some() {
            self.put(idx, row);
        } else {
            self.held.slots.push(Slot { generation: 0, row: Some(row) });
        }
        idx
    }
    /// Gives a row up: what still refers to it finds nothing from now on.
    pub fn remove(&mut self, idx: Idx<R::Id>) -> Option<R> {
        let slot = self.held.slots.get_mut(idx.slot()).filter(|slot| slot.generation == idx.generation)?;
        let row = slot.row.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.names.remove(row.id());
        self.held.vacant.push(idx.slot);
        Some(row)
    }
    /// All rows, by slot.
    pub fn iter(&self) -> impl Iterator<Item = (Idx<R::Id>, &R)> {
        let rows = (0..).zip(self.held.slots.iter());
        rows.filter_map(|(number, slot)| {
            let idx = Idx { slot: number, generation: slot.generation, of: PhantomData };
            Some((idx, slot.row.as_ref()?))
        })
    }
    /// All rows without their references, by slot.
    pub fn rows(&self) -> impl Iterator<Item = &R> {
        self.held.slots.iter().filter_map(|slot| slot.row.as_ref())
    }
    /// All rows, by name: for lists that people read.
    pub fn by_name(&self) -> Vec<&R> {
        let mut rows: Vec<&R> = self.rows().collect();
        rows.sort_by(|a, b| a.id().cmp(b.id()));
        rows
    }

    fn idx(&self, slot: u32) -> Idx<R::Id> {
        let generation = self.held.slots.get(slot as usize).map_or(0, |held| held.generation);
        Idx { slot, generation, of: PhantomData }
    }
    fn put(&mut self, idx: Idx<R::Id>, row: R) {
        if let Some(slot) = self.held.slots.get_mut(idx.slot()) {
            slot.row = Some(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Clone, Debug, PartialEq)]
    struct Named(VehicleId, u8);
    impl Row for Named {
        type Id = VehicleId;
        fn id(&self) -> &VehicleId {
            &self.0
        }
    }
    fn name(number: u8) -> VehicleId {
        VehicleId::new(&format!("v{number}")).expect("a name")
    }

    #[test]
    fn a_reference_to_a_row_that_was_given_up_finds_nothing() {
        let mut table = Table::default();
        let old = table.insert(Named(name(1), 1));
        table.remove(old);
        let new = table.insert(Named(name(2), 2));
        assert_eq!((old.slot(), table.get(old)), (new.slot(), None));
        assert_eq!(table.remove(old), None, "a stale reference removes nobody");
        assert_eq!(table.get(new), Some(&Named(name(2), 2)));
    }

    #[test]
    fn parts_that_are_no_table_are_refused() {
        let refused = |slots: Vec<(u32, Option<Named>)>, vacant| {
            Table::from_parts(slots, vacant).expect_err("no table").to_string()
        };
        let row = |number| (0, Some(Named(name(number), number)));
        let twice = "slots is 1: must hold rows of different names";
        assert_eq!(refused(vec![row(1), row(1)], vec![]), twice);
        let vacant = |count| format!("vacant is {count}: must be the slots without a row, each once");
        assert_eq!(refused(vec![row(1), (4, None)], vec![]), vacant(0));
        assert_eq!(refused(vec![row(1), (4, None)], vec![1, 1]), vacant(2));
        assert_eq!(refused(vec![row(1)], vec![0]), vacant(1));
    }

    proptest! {
        /// Any history of insertions and removals: the table answers as a map by name does, also after it was written and read.
        #[test]
        fn a_table_is_a_map_by_name(history in prop::collection::vec((0_u8..12, any::<bool>()), 0..80)) {
            let mut table = Table::default();
            let mut oracle = BTreeMap::new();
            for (step, &(number, insert)) in history.iter().enumerate() {
                if insert {
                    table.insert(Named(name(number), step as u8));
                    oracle.insert(name(number), step as u8);
                } else {
                    let known = table.find(&name(number));
                    prop_assert_eq!(known.is_some(), oracle.remove(&name(number)).is_some());
                    known.map(|idx| table.remove(idx));
                }
            }
            let slots = table.slots().tenants().map(|(generation, row)| (generation, row.cloned())).collect();
            let vacant = table.slots().vacant().iter().copied().collect();
            let read = Table::from_parts(slots, vacant).expect("as written");
            prop_assert!(read == table);
            for table in [&table, &read] {
                let rows: BTreeMap<_, _> = table.rows().map(|row| (row.0.clone(), row.1)).collect();
                prop_assert_eq!(&rows, &oracle);
                prop_assert_eq!(table.len(), oracle.len());
                for (id, value) in &oracle {
                    let idx = table.find(id).expect("it is there");
                    prop_assert_eq!(table.get(idx).map(|row| row.1), Some(*value));
                }
            }
        }
    }
}
