//! A bikes world in a ledger.

use super::changes::Changes;
use super::demand::Demanded;
use super::options::BikesOptions;
use super::round::{self, RoundSummary};
use super::stored::{self, Saved};
use super::world::Bikes;
use super::{Recorded, admit, apply, overdue, settle};
use crate::ledger::{Draft, Entry, Head, KeyReused, Record, Turn, World};
use crate::record::{Encoded, RecordError};
use paceline_model::bikes::{Command, Event, Refusal, VanId};
use paceline_model::{Instant, Millis, Position};
use paceline_plan::bikes::dispatch::{Plan, Problem};
use std::sync::Arc;

/// Crews that do not answer, and shifts that end, are looked for so often: nobody waits for the second.
const SWEEP_EVERY: Millis = Millis::from_secs(1);

impl From<KeyReused> for Refusal {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl World for Bikes {
    type Command = Command;
    type Refusal = Refusal;
    /// Where vans are, and as of when.
    type Telemetry = Vec<(VanId, Position, Instant)>;
    type Setting = BikesOptions;
    type Event = Event;
    type Recorded = Recorded;
    type Problem = Problem;
    type Plan = Plan;
    type Round = RoundSummary;
    type Checkpoint = Saved;
    type Changes = Changes;

    fn admit(&mut self, draft: &mut Draft<Self>, command: Command) -> Result<(), Refusal> {
        self.meet(draft.at());
        let events = admit::admit(self, draft.at(), command)?;
        draft.apply(self, events);
        settle::settle(self, draft);
        Ok(())
    }

    /// The newest of each van counts. Vans that are not known are passed over.
    fn observe(&mut self, draft: &mut Draft<Self>, heard: Vec<(VanId, Position, Instant)>) {
        self.meet(draft.at());
        for (van, position, at) in heard {
            let Some(row) = self.van_mut(&van) else { continue };
            if row.heard().is_none_or(|(_, known)| at > known) {
                row.hear(Some((position, at)));
                self.changes.heard(&van);
            }
        }
    }

    fn set(&mut self, draft: &mut Draft<Self>, options: BikesOptions) {
        self.meet(draft.at());
        self.options = options;
    }

    fn tick(&mut self, draft: &mut Draft<Self>, turn: Option<Turn>) -> Option<(Box<Problem>, RoundSummary)> {
        self.meet(draft.at());
        let turn = turn?;
        if turn.reaches(self.now, SWEEP_EVERY) {
            let overdue = overdue::overdue(self);
            draft.apply(self, overdue);
        }
        settle::settle(self, draft);
        round::problem(self, draft.version())
    }

    fn adopt(&mut self, draft: &mut Draft<Self>, round: RoundSummary, plan: Plan) -> RoundSummary {
        self.meet(draft.at());
        let round = round::adopt(self, draft, round, plan);
        settle::settle(self, draft);
        round
    }

    fn apply(&mut self, at: Instant, event: Event) {
        // What follows from an event follows as of its time, whatever came before: a clock that was set back while nobody ran must not make a
        // replay from the first event on another world than one from a snapshot on.
        self.now = at;
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
        (self.stations, self.vans, self.orders) = (restored.stations, restored.vans, restored.orders);
        (self.ended, self.proposed_ever) = (restored.ended, restored.proposed_ever);
        // What was learnt elsewhere before this world began goes on where its snapshot knows nothing.
        if !restored.demand.is_new() {
            self.demand = Demanded::of(Arc::new(restored.demand));
        }
        for (station, batteries) in restored.batteries.0 {
            if let Some(row) = self.station_mut(&station) {
                row.stock.batteries = batteries;
            }
        }
        for (van, load) in restored.batteries.1 {
            if let Some(row) = self.van_mut(&van) {
                row.batteries = load;
            }
        }
        self.derive();
        Ok(restored.head)
    }

    /// A reply with what it answers, a crew's word with what follows from it, a stop with its order, and an order with the bikes that are
    /// fetched for it.
    fn belong_together(first: &Recorded, second: &Recorded) -> bool {
        let begins = matches!(
            first,
            Entry::Event(
                Event::WordTaken(_)
                    | Event::StopMade(_)
                    | Event::StationInspected(_)
                    | Event::BatteriesChanged(_)
                    | Event::OrderProposed(_)
            )
        );
        let issued = |entry: &Recorded| matches!(entry, Entry::Event(Event::OrderIssued { .. }));
        let read_too = matches!(second, Entry::Event(Event::BatteriesRead(_)));
        begins || read_too || matches!(second, Entry::Reply(_)) || issued(first) && issued(second)
    }

    fn encode(record: &Record<Recorded>) -> Encoded {
        stored::encode(record)
    }

    fn decode(format: u16, bytes: &[u8]) -> Result<Record<Recorded>, RecordError> {
        stored::decode(format, bytes)
    }
}

impl Bikes {
    /// Notes the time of the input at hand. Whoever goes on from a journal looks at everything once: settings may be others.
    fn meet(&mut self, now: Instant) {
        self.now = now;
        if !self.began {
            self.began = true;
            self.touched.stations = self.stations.rows().map(|row| row.spec.id.clone()).collect();
            self.touched.vans = self.vans.rows().map(|row| row.spec.id.clone()).collect();
        }
    }
}
