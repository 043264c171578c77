//! What breaks: vehicles fail by chance, or run empty, and some are repaired.

use super::wake::Wake;
use super::{Act, City};
use crate::agent::Doing;
use paceline_model::{Command, FaultReason, Instant, Millis, VehicleId, VehicleIdx};

impl City {
    /// Time between breakdowns is exponential: a vehicle has no memory of the last one.
    pub(super) fn await_fault(&mut self, at: Instant, agent: VehicleIdx) {
        if self.habits.faults.per_vehicle_day > 0.0 {
            let nth = self.agents[agent].epoch;
            let chance = self.dice("faults", &format!("{} {nth}", agent.slot())).unit();
            let days = -(1.0 - chance).ln() / self.habits.faults.per_vehicle_day;
            self.appoint(at + Millis((days * 86_400_000.0).min(4e9) as u32), Wake::Fault(agent));
        }
    }

    pub(super) fn break_down(&mut self, at: Instant, agent: VehicleIdx) {
        if self.agents[agent].is_out() {
            return;
        }
        self.account.faults += 1;
        self.fail(at, agent, FaultReason::Breakdown);
        self.appoint(at + self.habits.faults.repair, Wake::Repaired(agent));
    }

    pub(super) fn run_empty(&mut self, at: Instant, agent: VehicleIdx) {
        self.account.stranded += 1;
        self.fail(at, agent, FaultReason::EmptyBattery);
    }

    pub(super) fn fail(&mut self, at: Instant, agent: VehicleIdx, reason: FaultReason) {
        self.stop(at, agent);
        self.turn(at, agent, Doing::Broken);
        self.agents[agent].empty();
        let vehicle = &self.agents[agent];
        let (id, reading) = (vehicle.spec.id.clone(), vehicle.reading());
        self.acts.push(Act::Position(id.clone(), reading));
        self.command(Command::Fault(id, reason));
    }

    pub(super) fn repaired(&mut self, at: Instant, agent: VehicleIdx) {
        if self.agents[agent].doing != Doing::Broken {
            return;
        }
        self.turn(at, agent, Doing::Idle);
        let id = self.agents[agent].spec.id.clone();
        self.command(Command::Recover(id));
        self.await_fault(at, agent);
    }

    /// The engine says that it is out: it stands.
    pub(super) fn halt(&mut self, at: Instant, vehicle: &VehicleId) {
        let Some(agent) = self.agents.find(vehicle) else { return };
        if !self.agents[agent].is_out() {
            self.stop(at, agent);
            self.turn(at, agent, if self.agents[agent].leaves { Doing::Away } else { Doing::Broken });
            self.agents[agent].empty();
        }
    }

    /// The engine says that it is back: somebody else has repaired it.
    pub(super) fn resume(&mut self, at: Instant, vehicle: &VehicleId) {
        let Some(agent) = self.agents.find(vehicle) else { return };
        if self.agents[agent].doing == Doing::Broken {
            self.turn(at, agent, Doing::Idle);
        }
    }
}
