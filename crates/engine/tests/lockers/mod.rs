//! A small world that has nothing to do with vehicles: lockers with boxes, and parcels that wait for one.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use paceline_engine::ledger::{Draft, Entry, Head, KeyReused, Record, Turn, World};
use paceline_engine::{Encoded, RecordError};
use paceline_model::{Instant, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A parcel that nobody fetches goes back after three days.
pub const KEPT_FOR: Millis = Millis::from_secs(3 * 24 * 3_600);
const FORMAT: u16 = 0x0701;

#[derive(Clone, Debug)]
pub enum Command {
    Open { locker: String, boxes: u8 },
    Bring { parcel: String },
    Fetch { parcel: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Refusal {
    Unknown,
    Duplicate,
    KeyReused,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    Opened { locker: String, boxes: u8 },
    Brought { parcel: String },
    Put { parcel: String, locker: String },
    Fetched { parcel: String },
    SentBack { parcel: String },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lockers {
    boxes: BTreeMap<String, u8>,
    /// Since when, and in which locker; in none while it waits.
    pub parcels: BTreeMap<String, (Instant, Option<String>)>,
    /// Lockers whose door is open: nothing is put in there. Telemetry, and so no part of the world.
    #[serde(skip)]
    ajar: BTreeMap<String, bool>,
}

/// What is waiting, and which boxes are free.
pub struct Problem {
    pub waiting: Vec<String>,
    pub free: Vec<(String, u8)>,
}

/// Parcels with the lockers that they go into.
pub type Plan = Vec<(String, String)>;

impl From<KeyReused> for Refusal {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl Lockers {
    fn free(&self, locker: &str) -> u8 {
        let taken = self.parcels.values().filter(|(_, at)| at.as_deref() == Some(locker)).count() as u8;
        let shut = !self.ajar.get(locker).copied().unwrap_or(false);
        if shut { self.boxes.get(locker).copied().unwrap_or(0).saturating_sub(taken) } else { 0 }
    }
}

impl World for Lockers {
    type Command = Command;
    type Refusal = Refusal;
    /// Doors, and whether they are open.
    type Telemetry = Vec<(String, bool)>;
    type Setting = ();
    type Event = Event;
    type Recorded = Entry<Event, Refusal>;
    type Problem = Problem;
    type Plan = Plan;
    /// Parcels that found a box.
    type Round = usize;
    type Checkpoint = Self;
    type Changes = ();

    fn admit(&mut self, draft: &mut Draft<Self>, command: Command) -> Result<(), Refusal> {
        let event = match command {
            Command::Open { locker, boxes } => Event::Opened { locker, boxes },
            Command::Bring { parcel } if self.parcels.contains_key(&parcel) => {
                return Err(Refusal::Duplicate);
            }
            Command::Bring { parcel } => Event::Brought { parcel },
            Command::Fetch { parcel } => match self.parcels.get(&parcel) {
                Some((_, Some(_))) => Event::Fetched { parcel },
                _ => return Err(Refusal::Unknown),
            },
        };
        draft.apply(self, [event]);
        Ok(())
    }

    fn observe(&mut self, _: &mut Draft<Self>, doors: Vec<(String, bool)>) {
        self.ajar.extend(doors);
    }

    fn set(&mut self, _: &mut Draft<Self>, (): ()) {}

    fn tick(&mut self, draft: &mut Draft<Self>, turn: Option<Turn>) -> Option<(Box<Problem>, usize)> {
        let old = self.parcels.iter().filter(|(_, (since, _))| draft.at() >= *since + KEPT_FOR);
        let back: Vec<Event> = old.map(|(id, _)| Event::SentBack { parcel: id.clone() }).collect();
        draft.apply(self, back);
        let waiting = self.parcels.iter().filter(|(_, (_, at))| at.is_none()).map(|(id, _)| id.clone());
        let waiting: Vec<String> = waiting.collect();
        let free = self.boxes.keys().map(|locker| (locker.clone(), self.free(locker))).collect();
        (turn.is_some() && !waiting.is_empty()).then(|| (Box::new(Problem { waiting, free }), 0))
    }

    fn adopt(&mut self, draft: &mut Draft<Self>, _: usize, plan: Plan) -> usize {
        let before = draft.version().0;
        for (parcel, locker) in plan {
            let waits = self.parcels.get(&parcel).is_some_and(|(_, at)| at.is_none());
            if waits && self.free(&locker) > 0 {
                draft.apply(self, [Event::Put { parcel, locker }]);
            }
        }
        (draft.version().0 - before) as usize
    }

    fn apply(&mut self, at: Instant, event: Event) {
        match event {
            Event::Opened { locker, boxes } => _ = self.boxes.insert(locker, boxes),
            Event::Brought { parcel } => _ = self.parcels.insert(parcel, (at, None)),
            Event::Put { parcel, locker } => _ = self.parcels.insert(parcel, (at, Some(locker))),
            Event::Fetched { parcel } | Event::SentBack { parcel } => _ = self.parcels.remove(&parcel),
        }
    }

    fn record(&self, event: &Event) -> Entry<Event, Refusal> {
        Entry::Event(event.clone())
    }

    fn recall(&self, recorded: Entry<Event, Refusal>) -> Result<Entry<Event, Refusal>, RecordError> {
        Ok(recorded)
    }

    fn take_changes(&mut self) {}

    /// A small world: a copy of it does.
    fn checkpoint(&self) -> Self {
        self.clone()
    }

    fn encode_checkpoint(checkpoint: &Self, head: &Head<Refusal>) -> Encoded {
        stored(&(head, checkpoint))
    }

    fn restore(&mut self, format: u16, bytes: &[u8]) -> Result<Head<Refusal>, RecordError> {
        assert_eq!(format, FORMAT);
        let (head, world) = postcard::from_bytes(bytes)?;
        *self = world;
        Ok(head)
    }

    fn encode(record: &Record<Entry<Event, Refusal>>) -> Encoded {
        stored(record)
    }

    fn decode(format: u16, bytes: &[u8]) -> Result<Record<Entry<Event, Refusal>>, RecordError> {
        assert_eq!(format, FORMAT);
        Ok(postcard::from_bytes(bytes)?)
    }
}

fn stored(value: &impl Serialize) -> Encoded {
    Encoded { format: FORMAT, bytes: postcard::to_stdvec(value).expect("plain data") }
}
