//! A federation in a ledger.

use super::changes::Changes;
use super::observe::{self, ClusterReport};
use super::options::FederationOptions;
use super::round::{self, RoundSummary};
use super::stored::{self, Saved};
use super::world::Federation;
use super::{Recorded, admit, apply, silence};
use crate::ledger::{Draft, Entry, Head, KeyReused, Record, Turn, World};
use crate::record::{Encoded, RecordError};
use paceline_model::federation::{Command, Event, Refusal};
use paceline_model::{Instant, Millis};
use paceline_plan::edge::federation::{Plan, Problem};

/// What waits for room is looked at so often, if any cluster has said something else since.
const LOOK_AGAIN_EVERY: Millis = Millis::from_secs(1);

impl From<KeyReused> for Refusal {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl World for Federation {
    type Command = Command;
    type Refusal = Refusal;
    /// What came of asking clusters.
    type Telemetry = Vec<ClusterReport>;
    type Setting = FederationOptions;
    type Event = Event;
    type Recorded = Recorded;
    type Problem = Problem;
    type Plan = Plan;
    type Round = RoundSummary;
    type Checkpoint = Saved;
    type Changes = Changes;

    fn admit(&mut self, draft: &mut Draft<Self>, command: Command) -> Result<(), Refusal> {
        self.meet(draft.at());
        let events = admit::admit(self, command)?;
        draft.apply(self, events);
        Ok(())
    }

    /// Clusters that are not known are passed over.
    fn observe(&mut self, draft: &mut Draft<Self>, reports: Vec<ClusterReport>) {
        self.meet(draft.at());
        for report in reports {
            observe::observe(self, draft, report);
        }
    }

    fn set(&mut self, draft: &mut Draft<Self>, options: FederationOptions) {
        self.meet(draft.at());
        self.options = options;
    }

    fn tick(&mut self, draft: &mut Draft<Self>, turn: Option<Turn>) -> Option<(Box<Problem>, RoundSummary)> {
        self.meet(draft.at());
        let lost = silence::lost(self);
        draft.apply(self, lost);
        let turn = turn?;
        silence::overdue(self);
        if turn.reaches(self.now, LOOK_AGAIN_EVERY) {
            silence::forget_full(self);
        }
        round::problem(self, draft.version())
    }

    fn adopt(&mut self, draft: &mut Draft<Self>, round: RoundSummary, plan: Plan) -> RoundSummary {
        self.meet(draft.at());
        round::adopt(self, draft, round, plan)
    }

    fn apply(&mut self, at: Instant, event: Event) {
        apply::apply(self, at, event);
    }

    fn record(&self, event: &Event) -> Recorded {
        Entry::Event(event.clone())
    }

    fn recall(&self, recorded: Recorded) -> Result<Entry<Event, Refusal>, RecordError> {
        Ok(recorded)
    }

    fn take_changes(&mut self) -> Changes {
        std::mem::take(&mut self.changes)
    }

    fn checkpoint(&self) -> Saved {
        Saved::of(self)
    }

    fn encode_checkpoint(checkpoint: &Saved, head: &Head<Refusal>) -> Encoded {
        stored::encode_snapshot(checkpoint, head)
    }

    fn restore(&mut self, format: u16, bytes: &[u8]) -> Result<Head<Refusal>, RecordError> {
        let (head, saved) = stored::decode_snapshot(format, bytes)?;
        (self.clusters, self.workloads) = saved.into_rows();
        Ok(head)
    }

    /// A reply stays with what it answers, and an end with what ended.
    fn belong_together(first: &Recorded, second: &Recorded) -> bool {
        matches!(second, Entry::Reply(_)) || matches!(first, Entry::Event(Event::WorkloadEnding(_)))
    }

    fn encode(record: &Record<Recorded>) -> Encoded {
        stored::encode(record)
    }

    fn decode(format: u16, bytes: &[u8]) -> Result<Record<Recorded>, RecordError> {
        stored::decode(format, bytes)
    }
}
