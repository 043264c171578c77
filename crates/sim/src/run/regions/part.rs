//! One region of a run, with its log and its solver.

use super::super::drive::{Drive, Said};
use super::super::log::Log;
use super::super::solver::Solver;
use crate::error::SimError;
use paceline_engine::region::{Input, Region};
use paceline_engine::{Fleet, Setting, World};
use paceline_model::{Instant, RegionId, Request};

pub(in crate::run) struct Part {
    pub(super) name: RegionId,
    pub(in crate::run) drive: Drive<Fleet>,
    pub(in crate::run) solver: Solver,
}

impl Part {
    pub(super) fn new(name: RegionId, region: Region<Fleet>, log: Log, solver: Solver) -> Self {
        Self { name, drive: Drive::new(region, log), solver }
    }
    pub(in crate::run) fn world(&self) -> &World {
        self.drive.region.ledger().world()
    }
    /// When its next tick is due, or a plan arrives.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.drive.region.due().into_iter().chain(self.solver.next_at()).min()
    }
    pub(in crate::run) fn command(&mut self, now: Instant, request: Request) -> Result<(), SimError> {
        self.drive.command(now, request, &mut self.solver)
    }
    pub(in crate::run) fn set(&mut self, now: Instant, setting: Setting) -> Result<(), SimError> {
        self.drive.set(now, setting, &mut self.solver)
    }
    pub(in crate::run) fn exchange(&mut self, now: Instant, input: Input<Fleet>) -> Result<(), SimError> {
        self.drive.exchange(now, input, &mut self.solver)
    }
    pub(in crate::run) fn said(&mut self) -> Said<Fleet> {
        self.drive.said()
    }
}
