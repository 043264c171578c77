//! What breaks: vehicles fail by chance, or run empty, and some are repaired.

use super::{Act, City, Wake};
use crate::agent::Doing;
use paceline_model::{Command, FaultReason, Instant, Millis, VehicleId};

impl City {
    /// Time between breakdowns is exponential: a vehicle has no memory of the last one.
    pub(super) fn await_fault(&mut self, at: Instant, agent: u32) {
        if self.faults.per_vehicle_day > 0.0 {
            let nth = self.agents[agent as usize].epoch;
            let chance = self.dice("faults", &format!("{agent} {nth}")).unit();
            let days = -(1.0 - chance).ln() / self.faults.per_vehicle_day;
            self.appoint(at + Millis((days * 86_400_000.0).min(4e9) as u32), Wake::Fault(agent));
        }
    }

    pub(super) fn break_down(&mut self, at: Instant, agent: u32) {
        if self.agents[agent as usize].doing == Doing::Broken {
            return;
        }
        self.account.faults += 1;
        self.fail(at, agent, FaultReason::Breakdown);
        self.appoint(at + self.faults.repair, Wake::Repaired(agent));
    }

    pub(super) fn run_empty(&mut self, at: Instant, agent: u32) {
        self.account.stranded += 1;
        self.fail(at, agent, FaultReason::EmptyBattery);
    }

    pub(super) fn fail(&mut self, at: Instant, agent: u32, reason: FaultReason) {
        self.stop(at, agent);
        self.turn(at, agent, Doing::Broken);
        self.agents[agent as usize].empty();
        let vehicle = &self.agents[agent as usize];
        let (id, reading) = (vehicle.spec.id.clone(), vehicle.reading());
        self.acts.push(Act::Position(id.clone(), reading));
        self.command(Command::Fault(id, reason));
    }

    pub(super) fn repaired(&mut self, at: Instant, agent: u32) {
        if self.agents[agent as usize].doing != Doing::Broken {
            return;
        }
        self.turn(at, agent, Doing::Idle);
        let id = self.agents[agent as usize].spec.id.clone();
        self.command(Command::Recover(id));
        self.await_fault(at, agent);
    }

    /// The engine says that it is out: it stands.
    pub(super) fn halt(&mut self, at: Instant, vehicle: &VehicleId) {
        let Some(agent) = self.number(vehicle) else { return };
        if self.agents[agent as usize].doing != Doing::Broken {
            self.stop(at, agent);
            self.turn(at, agent, Doing::Broken);
            self.agents[agent as usize].empty();
        }
    }

    /// The engine says that it is back: somebody else has repaired it.
    pub(super) fn resume(&mut self, at: Instant, vehicle: &VehicleId) {
        let Some(agent) = self.number(vehicle) else { return };
        if self.agents[agent as usize].doing == Doing::Broken {
            self.turn(at, agent, Doing::Idle);
        }
    }
}
