//! An edge world in a ledger.

use super::changes::Changes;
use super::options::EdgeOptions;
use super::round::{self, RoundSummary};
use super::stored::{self, Saved};
use super::world::Edge;
use super::{Recorded, admit, apply, defragment, observe, rollout, shed, trust};
use crate::ledger::{Draft, Entry, Head, KeyReused, Record, Turn, World};
use crate::record::{Encoded, RecordError};
use crate::silence::{SWEEP_EVERY, SilenceTimers};
use paceline_model::edge::{Command, Event, EvictionCause, MoveCause, NodeReport, Refusal};
use paceline_model::{Instant, Millis};
use paceline_plan::edge::round::{Plan, Problem};

impl From<KeyReused> for Refusal {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl World for Edge {
    type Command = Command;
    type Refusal = Refusal;
    /// What nodes say of themselves.
    type Telemetry = Vec<NodeReport>;
    type Setting = EdgeOptions;
    type Event = Event;
    type Recorded = Recorded;
    type Problem = Problem;
    type Plan = Plan;
    type Round = RoundSummary;
    type Checkpoint = Saved;
    type Changes = Changes;

    fn admit(&mut self, draft: &mut Draft<Self>, command: Command) -> Result<(), Refusal> {
        self.meet(draft.at());
        let proof = match &command {
            Command::Prove(node, clock) => Some((node.clone(), *clock)),
            _ => None,
        };
        let events = admit::admit(self, draft.at(), command)?;
        draft.apply(self, events);
        // Most proofs say what is known already: they are kept beside the world, as what nodes report is.
        let proved = proof.and_then(|(node, clock)| trust::renew(self, &node, clock));
        draft.apply(self, proved);
        Ok(())
    }

    fn observe(&mut self, draft: &mut Draft<Self>, reports: Vec<NodeReport>) {
        self.meet(draft.at());
        for report in reports {
            observe::observe(self, draft, report);
        }
    }

    fn set(&mut self, draft: &mut Draft<Self>, options: EdgeOptions) {
        self.meet(draft.at());
        if options.silent_after != self.options.silent_after {
            self.time_silence(options.silent_after);
        }
        self.options = options;
        self.require_proofs();
    }

    fn tick(&mut self, draft: &mut Draft<Self>, turn: Option<Turn>) -> Option<(Box<Problem>, RoundSummary)> {
        self.meet(draft.at());
        let turn = turn?;
        // First: nothing is placed where a proof has just become too old.
        let lapsed = trust::lapsed(self);
        draft.apply(self, lapsed);
        let sweeps = turn.reaches(self.now, SWEEP_EVERY);
        if sweeps {
            let silent = observe::silent(self);
            draft.apply(self, silent);
        }
        if sweeps && !self.rollouts.is_empty() {
            self.roll_out(draft);
        }
        let smaller = shed::step_down(self);
        draft.apply(self, smaller);
        if sweeps {
            let larger = shed::step_up(self);
            draft.apply(self, larger);
        }
        let settled = defragment::settled(self);
        draft.apply(self, settled);
        round::problem(self, draft.version(), sweeps)
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
        let restored = stored::decode_snapshot(format, bytes)?;
        (self.nodes, self.workloads, self.models) =
            (restored.nodes.into(), restored.workloads, restored.models);
        self.gave_way_at = restored.later.gave_way_at;
        self.defragmentation = restored.defragmentation;
        self.rollouts = restored.rollouts.into_iter().map(|of| (of.spec.workload.clone(), of)).collect();
        for (id, preemption) in restored.later.preemptions {
            let workload = self.workloads.find(&id.workload);
            if let Some(replica) = workload.and_then(|idx| self.replica_mut(idx, id.ordinal)) {
                replica.preemption = preemption;
            }
        }
        self.derive();
        Ok(restored.head)
    }

    /// A reply with what it answers, a lost device with what ran on it, the replicas of one workload, which may be a gang, those that end with the
    /// number that is wanted since, who gives way with whom it is for, and a move with what it came to.
    fn belong_together(first: &Recorded, second: &Recorded) -> bool {
        let placed = |entry: &Recorded| match entry {
            Entry::Event(Event::ReplicaPlaced { replica, .. }) => Some(replica.workload.clone()),
            _ => None,
        };
        let scaled = matches!(first, Entry::Event(Event::ReplicaEnded(_)));
        let gives_way = |entry: &Recorded| {
            matches!(
                entry,
                Entry::Event(
                    Event::ReplicaEvicted { cause: EvictionCause::Preempted, .. }
                        | Event::ReplicaMoved { cause: MoveCause::MadeRoom, .. }
                )
            )
        };
        scaled
            || matches!(second, Entry::Reply(_) | Entry::Event(Event::ReplicaEvicted { .. }))
            || placed(first).is_some() && placed(first) == placed(second)
            || gives_way(first)
            || matches!(second, Entry::Event(Event::RoomMade(_) | Event::DefragmentationStepped { .. }))
    }

    fn encode(record: &Record<Recorded>) -> Encoded {
        stored::encode(record)
    }

    fn decode(format: u16, bytes: &[u8]) -> Result<Record<Recorded>, RecordError> {
        stored::decode(format, bytes)
    }
}

impl Edge {
    /// Notes the time of the input at hand. Silence counts from the start: what was said before it is not known.
    fn meet(&mut self, now: Instant) {
        self.now = now;
        if self.began.is_none() {
            self.began = Some(now);
            let nodes: Vec<_> = self.nodes.iter().map(|(idx, _)| idx).collect();
            for node in nodes {
                if let Some(row) = self.nodes.get_mut(node) {
                    row.derived.heard.at = None;
                }
            }
            self.time_silence(self.options.silent_after);
            let nodes: Vec<_> = self.nodes.iter().map(|(idx, _)| idx).collect();
            nodes.into_iter().for_each(|node| trust::await_proof(self, node));
        }
    }

    /// Takes in what is known of rollouts, judges them, and switches who is to run another version.
    fn roll_out(&mut self, draft: &mut Draft<Self>) {
        for next in [rollout::heard, rollout::turned, rollout::stepped] {
            let events = next(self);
            draft.apply(self, events);
        }
        rollout::reconciled(self, draft);
    }

    /// Has every node be silent so long after it was last heard.
    fn time_silence(&mut self, after: Millis) {
        let began = self.began.unwrap_or(self.now);
        self.timers.silence = SilenceTimers::default();
        for (node, row) in self.nodes.iter() {
            self.timers.silence.set(node, observe::last_heard(row, began) + after);
        }
    }
}
