//! Which devices there are, and what expressions say of them.

use crate::amount::Amounts;
use crate::cluster::{Cluster, Device, DeviceId, Name, Node, Slice};
use crate::expression::{Described, Expression, NoAnswer};
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// A device by its row in the [`Inventory`].
pub(super) type UnitIdx = usize;

/// A device that may be given.
#[derive(Debug)]
pub(super) struct Unit<'c> {
    /// The pool that it is of, by its row.
    pub(super) pool: usize,
    pub(super) device: &'c Device,
    described: OnceCell<Described>,
}

/// A pool in its newest generation.
#[derive(Debug)]
pub(super) struct Pool<'c> {
    pub(super) driver: &'c Name,
    pub(super) name: &'c Name,
    /// Whether all of its slices are there, with one device of each name. Nothing is given of one that is not whole.
    pub(super) is_whole: bool,
    /// What there is of each counter, by set.
    pub(super) counters: BTreeMap<&'c Name, &'c Amounts>,
}

/// What an expression says of each device, as far as it was asked.
#[derive(Debug)]
struct Asked {
    expression: Result<Expression, NoAnswer>,
    answers: BTreeMap<UnitIdx, Result<bool, NoAnswer>>,
}

/// All devices.
#[derive(Debug, Default)]
pub(super) struct Inventory<'c> {
    pub(super) units: Vec<Unit<'c>>,
    pub(super) pools: Vec<Pool<'c>>,
    by_name: BTreeMap<(usize, &'c str), UnitIdx>,
    pool_by_name: BTreeMap<(&'c str, &'c str), usize>,
    /// By node, devices for it alone.
    local: BTreeMap<&'c Name, Vec<UnitIdx>>,
    /// Devices for several nodes.
    wide: Vec<UnitIdx>,
    asked: RefCell<BTreeMap<&'c str, Asked>>,
}

impl<'c> Inventory<'c> {
    pub(super) fn of(cluster: &'c Cluster) -> Self {
        let mut pools: BTreeMap<_, Vec<&Slice>> = BTreeMap::new();
        for slice in cluster.slices() {
            pools.entry((slice.driver.as_ref(), slice.pool.as_ref())).or_default().push(slice);
        }
        let mut inventory = Self::default();
        for slices in pools.into_values() {
            let newest = slices.iter().map(|slice| slice.generation).max();
            let slices: Vec<_> =
                slices.into_iter().filter(|slice| Some(slice.generation) == newest).collect();
            inventory.add_pool(&slices);
        }
        inventory
    }

    fn add_pool(&mut self, slices: &[&'c Slice]) {
        let Some(first) = slices.first() else { return };
        let devices = || slices.iter().flat_map(|slice| &slice.devices);
        let names: BTreeSet<_> = devices().map(|device| &device.name).collect();
        let pool = self.pools.len();
        self.pools.push(Pool {
            driver: &first.driver,
            name: &first.pool,
            is_whole: usize::try_from(first.slices) == Ok(slices.len()) && names.len() == devices().count(),
            counters: slices.iter().flat_map(|slice| &slice.counters).collect(),
        });
        self.pool_by_name.insert((&first.driver, &first.pool), pool);
        for device in devices() {
            let at = self.units.len();
            self.units.push(Unit { pool, device, described: OnceCell::new() });
            self.by_name.insert((pool, &device.name), at);
            match &device.reach {
                crate::cluster::Reach::Node(node) => self.local.entry(node).or_default().push(at),
                _ => self.wide.push(at),
            }
        }
    }

    /// The device of a name, if it is there.
    pub(super) fn find(&self, id: &DeviceId) -> Option<UnitIdx> {
        let pool = self.pool_by_name.get(&(id.driver.as_ref(), id.pool.as_ref()))?;
        self.by_name.get(&(*pool, id.device.as_ref())).copied()
    }

    /// The name of a device.
    pub(super) fn id(&self, at: UnitIdx) -> DeviceId {
        let unit = &self.units[at];
        let pool = &self.pools[unit.pool];
        DeviceId { driver: pool.driver.clone(), pool: pool.name.clone(), device: unit.device.name.clone() }
    }

    /// The devices that can be used from a node: those for it alone first.
    pub(super) fn for_node(&self, name: &Name, node: &Node) -> Vec<UnitIdx> {
        let local = self.local.get(name).into_iter().flatten().copied();
        let reaches = |at: &UnitIdx| self.units[*at].device.reach.reaches(name, &node.labels);
        local.chain(self.wide.iter().copied().filter(reaches)).collect()
    }

    /// Whether expressions, all of them, select a device.
    ///
    /// Errors: the first that is no yes is no no either.
    pub(super) fn selects(
        &self,
        expressions: impl Iterator<Item = &'c str>,
        at: UnitIdx,
    ) -> Result<bool, NoAnswer> {
        for expression in expressions {
            if !self.ask(expression, at)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn ask(&self, text: &'c str, at: UnitIdx) -> Result<bool, NoAnswer> {
        let mut asked = self.asked.borrow_mut();
        let asked = asked.entry(text).or_insert_with(|| Asked {
            expression: Expression::read(text).map_err(|error| NoAnswer(error.to_string().into())),
            answers: BTreeMap::new(),
        });
        let answer = asked.answers.entry(at).or_insert_with(|| {
            let unit = &self.units[at];
            let driver = self.pools[unit.pool].driver;
            let described = unit.described.get_or_init(|| Described::of(driver, unit.device));
            asked.expression.as_ref().map_err(NoAnswer::clone)?.selects(described)
        });
        answer.clone()
    }
}
