//! What a region of any kind is driven by in virtual time: inputs go in, records go to the log and problems to the solver, and what the
//! region says to the world around it is gathered until it asks for nothing more.

use super::log::Log;
use crate::error::SimError;
use paceline_engine::ledger::{Change, World};
use paceline_engine::region::{Input, Output, Region};
use paceline_engine::{Ledger, Ticket};
use paceline_model::{Answer, Instant, Request};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Who solves the rounds of a region, and is told what came of them.
pub(crate) trait Solves<W: World> {
    /// The plan of a round. `None`: it comes later, by [`Input::Proposed`].
    fn solve(&mut self, now: Instant, ledger: &Ledger<W>, problem: &W::Problem) -> Option<Box<W::Plan>>;

    /// What a round came to.
    fn over(&mut self, round: &W::Round);
}

/// A region with its log.
pub(crate) struct Drive<W: World> {
    pub(crate) region: Region<W>,
    log: Log,
    tickets: u64,
    /// Commands that have no answer yet.
    asked: BTreeMap<Ticket, W::Command>,
    /// What comes back from the log and the solver at once.
    inputs: VecDeque<Input<W>>,
    said: Said<W>,
}

/// What a region has said.
pub(crate) struct Said<W: World> {
    /// Durable changes, in order.
    pub(crate) published: Vec<Arc<Change<W::Recorded>>>,
    /// Commands with their answers.
    pub(crate) answered: Vec<(W::Command, Answer<W::Refusal>)>,
}

impl<W: World> Default for Said<W> {
    fn default() -> Self {
        Self { published: Vec::new(), answered: Vec::new() }
    }
}

impl<W: World> Drive<W> {
    pub(crate) fn new(region: Region<W>, log: Log) -> Self {
        let (asked, inputs, said) = (BTreeMap::new(), VecDeque::new(), Said::default());
        Self { region, log, tickets: 0, asked, inputs, said }
    }

    /// A ticket that nothing else has.
    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// Asks for something; its answer is in what is [`Self::said`]. Errors: the log's.
    pub(crate) fn command(
        &mut self,
        now: Instant,
        request: Request<W::Command>,
        solver: &mut impl Solves<W>,
    ) -> Result<(), SimError>
    where
        W::Command: Clone,
    {
        let ticket = self.ticket();
        self.asked.insert(ticket, request.command.clone());
        self.exchange(now, Input::Command(ticket, request), solver)
    }

    /// Sets something; nobody waits for the answer. Errors: the log's.
    pub(crate) fn set(
        &mut self,
        now: Instant,
        setting: W::Setting,
        solver: &mut impl Solves<W>,
    ) -> Result<(), SimError> {
        let ticket = self.ticket();
        self.exchange(now, Input::Set(ticket, setting), solver)
    }

    /// Gives the region one input and does what it asks for, until it asks for nothing more. Errors: the log's.
    pub(crate) fn exchange(
        &mut self,
        now: Instant,
        input: Input<W>,
        solver: &mut impl Solves<W>,
    ) -> Result<(), SimError> {
        self.inputs.push_back(input);
        while let Some(input) = self.inputs.pop_front() {
            self.region.handle(now, input);
            while let Some(output) = self.region.poll() {
                match output {
                    Output::Append(record) => {
                        let version = record.version;
                        self.log.append::<W>(record)?;
                        self.inputs.push_back(Input::Durable(version));
                    }
                    Output::Solve(problem, _) => {
                        let plan = solver.solve(now, self.region.ledger(), &problem);
                        self.inputs.extend(plan.map(Input::Proposed));
                    }
                    Output::Publish(change) => self.said.published.push(change),
                    Output::Reply(ticket, answer) => {
                        let command = self.asked.remove(&ticket);
                        self.said.answered.extend(command.map(|command| (command, answer)));
                    }
                    Output::Round(round) => solver.over(&round.summary),
                    Output::Tick(_) | Output::Snapshot(_) => {}
                }
            }
        }
        Ok(())
    }

    /// What was said since this was last asked.
    pub(crate) fn said(&mut self) -> Said<W> {
        std::mem::take(&mut self.said)
    }

    /// Everything is in the log. Errors: the log's.
    pub(crate) fn commit(&mut self) -> Result<(), SimError> {
        self.log.commit()
    }
}
