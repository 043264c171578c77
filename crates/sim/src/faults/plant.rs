//! Who speaks to an edge region: owners who ask for workloads, change and end them, operators who drain, nodes that say what they measure,
//! among it readings that are none, GPUs that fall off and come back, batteries that run down. Drawn from the seed.

use super::around::{Around, Said};
use super::edge_book::EdgeBook;
use super::setup::{Fault, Setup};
use crate::agenda::Agenda;
use crate::edge::as_served;
use paceline_engine::edge::{Edge, EdgeOptions, Recorded};
use paceline_engine::ledger::Entry;
use paceline_model::edge::{Command, DeviceUuid, Event, NodeId, NodeReport, WorkloadId};
use paceline_model::{Instant, Millis};
use paceline_plan::Rng;
use paceline_plan::edge::round::{Plan, Problem};
use std::collections::BTreeMap;

mod drawn;
mod moves;
mod proofs;
mod readings;

use moves::Seen;
use proofs::Proofs;
use readings::Gauges;

/// A region's plant.
pub(super) struct Plant {
    rng: Rng,
    /// What will be said when, and by whom.
    agenda: Agenda<(String, Command)>,
    nodes: BTreeMap<NodeId, Gauges>,
    seen: Seen,
    proofs: Proofs,
    lies: usize,
    losses: usize,
    calm: bool,
}

impl Around for Plant {
    type World = Edge;
    type Book = EdgeBook;

    fn empty(setup: &Setup) -> Edge {
        let rng = &mut setup.rng("settings");
        let mut options = EdgeOptions {
            silent_after: Millis::from_secs(8 + rng.below(20) as u32),
            ..EdgeOptions::default()
        };
        options.shed.return_after = Millis::from_secs(5 + rng.below(60) as u32);
        options.shed.node_moves_max = 1 + rng.below(4) as u32;
        options.shed.horizon = Millis::from_secs(rng.below(90) as u32);
        options.preemptions_max = rng.below(12) as u32;
        options.defragmentation.moves_per_period = 1 + rng.below(3) as u32;
        options.defragmentation.gain_min = 1;
        options.attestation.valid_for = proofs::VALID_FOR;
        Edge::new(options)
    }

    fn book(_: &Setup) -> EdgeBook {
        EdgeBook::default()
    }

    fn new(setup: &Setup, start: Instant) -> Self {
        let often = |fault| if setup.has(fault) { 20 + 6 * setup.per_mille } else { 0 };
        let mut plant = Self {
            rng: setup.rng("plant"),
            agenda: Agenda::default(),
            nodes: BTreeMap::new(),
            seen: Seen::default(),
            proofs: Proofs::new(setup.rng("proofs"), start),
            lies: often(Fault::Liars),
            losses: often(Fault::LateCancels),
            calm: false,
        };
        plant.open(setup, start);
        plant
    }

    fn calm(&mut self) {
        (self.lies, self.losses, self.calm) = (0, 0, true);
    }

    fn next_at(&self) -> Option<Instant> {
        self.agenda.next_at()
    }

    fn due(&mut self, now: Instant) -> Vec<Said<Command>> {
        self.agenda.all_due(now).map(|(party, command)| Said { command, party }).collect()
    }

    fn hear(&mut self, now: Instant, event: &Recorded) {
        // An operator lets a GPU in again that was lost too often.
        if let Entry::Event(Event::DeviceChanged { node, device, .. }) = event
            && self.rng.below(4) == 0
        {
            self.say(now + Millis(500), "operator", Command::AdmitDevice(node.clone(), device.clone()));
        }
        if let Entry::Event(event) = event {
            self.seen.hear(event);
            for (at, party, command) in self.proofs.hear(now, event, self.calm) {
                self.say(at, party, command);
            }
            self.defragment(now, event);
        }
    }

    fn roll_call(&mut self, now: Instant) -> Vec<(String, Vec<NodeReport>)> {
        let (lies, losses, calm) = (self.lies, self.losses, self.calm);
        let mut all = Vec::new();
        for (id, gauges) in &mut self.nodes {
            // Some say nothing for a while, though the network would carry it.
            if let Some(report) = gauges.report(id, now, (lies, losses), calm) {
                all.push((id.to_string(), vec![report]));
            }
        }
        all
    }

    fn catch_up(&mut self, _: Instant, _: &Edge) {}

    fn party(event: &Recorded) -> String {
        match event {
            Entry::Event(Event::ReplicaPlaced { bound, .. } | Event::ReplicaMoved { bound, .. }) => {
                bound.node.to_string()
            }
            _ => "owner".to_owned(),
        }
    }

    fn solve(&mut self, problem: &Problem) -> Plan {
        as_served(problem)
    }

    fn is_new_work(command: &Command) -> bool {
        matches!(command, Command::PutWorkload(_))
    }

    fn missing(book: &EdgeBook, command: &Command) -> Option<String> {
        match command {
            // It may have been ended since; that is known from its name.
            Command::PutWorkload(spec) if !book.0.has_known(&spec.id) => Some(spec.id.to_string()),
            _ => None,
        }
    }
}

impl Plant {
    fn say(&mut self, at: Instant, party: &str, command: Command) {
        self.agenda.add(at, (party.to_owned(), command));
    }

    /// Everything that is said, whatever happens: nodes and models first, then owners and operators.
    fn open(&mut self, setup: &Setup, start: Instant) {
        let rng = &mut setup.rng("nodes");
        let model = drawn::model(rng);
        self.say(start, "owner", Command::PutModel(model));
        for number in 0..setup.vehicles {
            let spec = drawn::node(number, rng);
            let devices: Vec<DeviceUuid> = spec.devices.iter().map(|device| device.uuid.clone()).collect();
            self.nodes.insert(spec.id.clone(), Gauges::new(setup.rng(spec.id.as_str()), devices, &spec));
            let at = start + Millis(rng.below(5_000) as u32);
            self.say(at, "operator", Command::PutNode(spec));
        }
        let nodes: Vec<NodeId> = self.nodes.keys().cloned().collect();
        for (at, enrol) in self.proofs.open(&nodes, start) {
            self.say(at, "operator", enrol);
        }
        let lasts = setup.lasts.0 as usize;
        for number in 0..setup.orders {
            self.workload(number, start, lasts);
        }
        for _ in 0..1 + rng.below(4) {
            self.drain(start, lasts);
        }
    }

    /// Now and then an operator wants moves for their own sake, and may want no more of them a little later.
    fn defragment(&mut self, now: Instant, event: &Event) {
        if !matches!(event, Event::ReplicaPlaced { .. }) || self.rng.below(12) > 0 {
            return;
        }
        let nodes: Vec<(NodeId, Vec<DeviceUuid>)> =
            self.nodes.iter().map(|(id, gauges)| (id.clone(), gauges.devices.clone())).collect();
        let Some(start) = self.seen.draw(&nodes, &mut self.rng) else { return };
        let at = now + Millis(self.rng.below(4_000) as u32);
        self.say(at, "operator", start);
        if self.rng.below(4) == 0 {
            let later = Millis(self.rng.below(20_000) as u32);
            self.say(at + later, "operator", Command::StopDefragmentation);
        }
    }

    /// Asked for at some time, changed at another, and ended or not.
    fn workload(&mut self, number: usize, start: Instant, lasts: usize) {
        let spec = drawn::workload(number, &mut self.rng);
        let at = start + Millis(self.rng.below(lasts) as u32);
        self.say(at, "owner", Command::PutWorkload(spec.clone()));
        if self.rng.below(3) == 0 {
            let mut other = drawn::changed(&spec, &mut self.rng);
            if spec.gang {
                other.replicas = spec.replicas;
            }
            let later = Millis(self.rng.below(40_000) as u32);
            self.say(at + later, "owner", Command::PutWorkload(other));
        }
        if self.rng.below(3) > 0 {
            let id: WorkloadId = spec.id;
            let later = Millis(self.rng.below(90_000) as u32);
            self.say(at + later, "owner", Command::RemoveWorkload(id));
        }
    }

    /// A node is drained or cordoned, may be taken out or registered anew with other devices, drivers or labels, and comes back.
    fn drain(&mut self, start: Instant, lasts: usize) {
        let number = self.rng.below(self.nodes.len());
        let id = drawn::node_id(number);
        let at = start + Millis(self.rng.below(lasts) as u32);
        let first = if self.rng.below(3) == 0 { Command::Cordon } else { Command::Drain };
        self.say(at, "operator", first(id.clone()));
        if self.rng.below(3) == 0 {
            let later = Millis(self.rng.below(20_000) as u32);
            self.say(at + later, "operator", Command::RemoveNode(id.clone()));
        }
        if self.rng.below(2) == 0 {
            let other = drawn::node(number, &mut self.rng);
            let later = Millis(self.rng.below(30_000) as u32);
            self.say(at + later, "operator", Command::PutNode(other));
        }
        let back = at + Millis(self.rng.below(40_000) as u32);
        self.say(back, "operator", Command::Uncordon(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_operator_does_to_a_node_is_of_one_node() {
        let setup = Setup { vehicles: 12, orders: 0, ..Setup::edge(1) };
        let mut plant = Plant::new(&setup, Instant(0));
        for _ in 0..200 {
            plant.agenda = Agenda::default();
            plant.drain(Instant(0), 1);
            let of = |(_, command)| match command {
                Command::Cordon(id)
                | Command::Drain(id)
                | Command::Uncordon(id)
                | Command::RemoveNode(id) => id,
                Command::PutNode(spec) => spec.id,
                other => panic!("{other:?} is nothing that an operator does here"),
            };
            let ids: Vec<NodeId> = plant.agenda.all_due(Instant(u64::MAX)).map(of).collect();
            assert!(ids.len() >= 2 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        }
    }
}
