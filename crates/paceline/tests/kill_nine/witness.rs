//! Reads the journal by itself and holds it against what the server has said.

use crate::load::Said;
use crate::town::town;
use paceline_client::api;
use paceline_engine::{Fleet, FleetOptions, Ledger, record};
use paceline_journal::{Journal, Seq};
use paceline_model::{Event, OrderId, VehicleId};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The world by the journal alone.
pub(crate) struct Witness {
    journal: PathBuf,
    read: Seq,
    fleet: Ledger<Fleet>,
    /// Events by version.
    events: BTreeMap<u64, api::Event>,
    /// Worlds by version.
    worlds: BTreeMap<u64, String>,
    with: BTreeMap<OrderId, VehicleId>,
    pub(crate) given: u64,
    pub(crate) served: u64,
}

impl Witness {
    pub(crate) fn new(journal: &Path) -> Self {
        Self {
            journal: journal.to_path_buf(),
            read: Seq(0),
            fleet: Ledger::new(Fleet::new(town(), FleetOptions::default())),
            events: BTreeMap::new(),
            worlds: BTreeMap::new(),
            with: BTreeMap::new(),
            given: 0,
            served: 0,
        }
    }
    /// Reads what has been written since. A digest takes the whole world: only those are made that were heard of, and
    /// the last, which a restart begins with.
    pub(crate) fn catch_up(&mut self, said: &Said) {
        for record in Journal::replay(&self.journal, self.read).unwrap() {
            let record = record.expect("every record before the cut is whole");
            self.read = record.seq;
            let record = record.payload.read(record::decode).unwrap();
            let first = record.version.0 - record.events.len() as u64 + 1;
            for (version, event) in (first..).zip(&record.events) {
                self.give(event);
                assert!(self.events.insert(version, event.into()).is_none());
            }
            self.fleet.replay(record.clone()).expect("records follow each other");
            if said.worlds.contains_key(&record.version.0) {
                self.keep_digest();
            }
        }
        self.keep_digest();
    }
    fn keep_digest(&mut self) {
        self.worlds.insert(self.version(), format!("{:016x}", self.fleet.checkpoint().digest()));
    }
    /// Keeps who has which order: nobody gets a second one, and no order a second vehicle.
    fn give(&mut self, event: &Event) {
        match event {
            Event::OrderAssigned { order, vehicle, .. } => {
                assert!(self.with.values().all(|busy| busy != vehicle), "{vehicle} is with a rider already");
                let before = self.with.insert(order.clone(), vehicle.clone());
                assert_eq!(before, None, "{order} was given to {vehicle} as well");
                self.given += 1;
            }
            Event::RidersDroppedOff { order, vehicle, .. } => {
                assert_eq!(self.with.remove(order).as_ref(), Some(vehicle));
                self.served += 1;
            }
            Event::DispatchFailed { order, .. } | Event::OrderCancelled { order } => {
                self.with.remove(order);
            }
            _ => {}
        }
    }
    pub(crate) fn version(&self) -> u64 {
        self.fleet.version().0
    }
    pub(crate) fn orders(&self) -> Vec<String> {
        self.fleet.world().orders().map(|order| order.spec.id.to_string()).collect()
    }
    /// All that was said must be in the journal, word for word.
    pub(crate) fn compare(&self, kill: u64, said: &Said) {
        for (order, version) in &said.acknowledged {
            let id = OrderId::new(order).unwrap();
            assert!(
                self.fleet.world().order(&id).is_some(),
                "kill {kill}: {order} was acknowledged and is lost"
            );
            assert!(*version <= self.version(), "kill {kill}: {order} was acknowledged at {version}");
        }
        for (version, change) in &said.changes {
            assert_eq!(self.events.get(version), Some(change), "kill {kill}: change {version} was told");
        }
        for (version, digest) in &said.worlds {
            // The empty world, before the first record.
            if *version > 0 {
                assert_eq!(self.worlds.get(version), Some(digest), "kill {kill}: the world at {version}");
            }
        }
    }
}
