//! What a kind of region brings to the shell that all kinds share: the loop, the journal, the read model, the streams and the way of a
//! request are one each, and ask these traits where they differ.

use crate::clock::Stopwatch;
use crate::problem::Problem;
use crate::region::matters::Matters;
use crate::stream::Wire;
use crate::written_level::WrittenLevel;
use paceline_api::{Operation, RegionKind};
use paceline_engine::Ledger;
use paceline_engine::ledger::{Change, Record, World};
use paceline_model::{FormatLevel, Version};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tracing::Span;

/// A kind of region: its world, and what stands around it.
pub(crate) trait Kind:
    World<
        Command: Send,
        Refusal: Send + Sync + Into<Problem>,
        Telemetry: Send + Sync,
        Setting: Send + Sync,
        Event: Send + Sync,
        Recorded: Wire + Send + Sync,
        Problem: Send + Sync,
        Plan: Send,
        Round: Send + Sync,
        Checkpoint: Sync,
    > + Send
    + Sync
    + 'static
{
    /// What lists of regions call it.
    const KIND: RegionKind;
    /// What the loop asks for.
    type Shell: Shell<World = Self>;
    /// What everybody outside reads.
    type Model: ReadModel<World = Self>;
    /// What handlers of this kind alone can reach.
    type Own: Send + Sync + 'static;
    /// The format level of the snapshots that it writes. Below it none is written, and a replay begins at an older one.
    const SNAPSHOT_LEVEL: FormatLevel = FormatLevel::FIRST;
    /// The lists by which a reader of the stream begins anew.
    const LISTS: &'static [&'static Operation];

    /// How much it matters that a command gets through.
    fn matters(command: &Self::Command) -> Matters;

    /// Whether it asks for more of what is served, which a journal that is nearly full takes no more of.
    fn asks_for_more(command: &Self::Command) -> bool;

    /// Of what there is as much as is kept, if the command would bring more of it.
    fn full(&self, command: &Self::Command) -> Option<(&'static str, usize)>;

    /// A setting without what may not be written yet.
    fn within(setting: Self::Setting, _level: &WrittenLevel) -> Self::Setting {
        setting
    }

    /// Whether a setting is another than the one that holds.
    fn alters(ledger: &Ledger<Self>, setting: &Self::Setting) -> bool;
}

/// What stands around a region of one kind: what comes to it by itself, and who hears of what it does.
pub(crate) trait Shell: Send + Sync + 'static {
    /// The world.
    type World: Kind;
    /// What the solver is handed.
    type Job: Send + Sync + 'static;

    /// What devices have said since this was last asked.
    fn take_telemetry(&mut self, ledger: &Ledger<Self::World>) -> Option<<Self::World as World>::Telemetry>;

    /// A setting that has come by itself since the last tick.
    fn take_setting(&mut self) -> Option<<Self::World as World>::Setting> {
        None
    }

    /// Another setting is about to hold.
    fn on_set(&mut self, _setting: &<Self::World as World>::Setting) {}

    /// A round goes out to be solved.
    fn job(
        &mut self,
        ledger: &Ledger<Self::World>,
        problem: Box<<Self::World as World>::Problem>,
        since: Stopwatch,
    ) -> Self::Job;

    /// A command is about to be put to the world, with its trace.
    fn admitting(&mut self, _trace: Span) {}

    /// The world has said yes or no to it.
    fn admitted(&mut self) {}

    /// A record goes to the journal.
    fn on_append(&mut self, _record: &Record<<Self::World as World>::Recorded>) {}

    /// A change is durable and about to be told; what is returned is held until it has been.
    fn on_change(&mut self, change: &Arc<Change<<Self::World as World>::Recorded>>) -> Option<Span>;

    /// A round is over. Returns whether something ran short.
    fn on_round(&mut self, round: &<Self::World as World>::Round, took: Duration) -> bool;

    /// Ends what it has begun.
    fn close(self) -> impl Future<Output = ()> + Send
    where
        Self: Sized,
    {
        async {}
    }
}

/// The world as it is read: rows, which changes bring up to date.
pub(crate) trait ReadModel: Default + Send + Sync + 'static {
    /// The world.
    type World: Kind<Model = Self>;
    /// Rows that have changed, as they stand.
    type Delta: Send + Sync + 'static;
    /// What devices say of themselves.
    type Heard: Send + Sync + 'static;

    /// The last event that is in it.
    fn version(&self) -> Version;
    /// Takes in what has changed up to a version.
    fn apply(&mut self, version: Version, delta: Self::Delta);
    /// Takes in what devices say of themselves.
    fn hear(&mut self, heard: Self::Heard);

    /// The rows that have changed.
    fn delta(world: &Self::World, changes: <Self::World as World>::Changes) -> Self::Delta;
    /// All rows.
    fn whole(world: &Self::World) -> Self::Delta;
    /// Whether these are all rows.
    fn is_whole(delta: &Self::Delta) -> bool;
    /// Takes over what devices have said since: a reader that does not have their rows yet passed it over.
    fn heard_since(delta: &mut Self::Delta, world: &Self::World);
    /// Takes what devices said out of what has changed.
    fn take_heard(world: &Self::World, changes: &mut <Self::World as World>::Changes) -> Option<Self::Heard>;
}

/// Puts rows of a read model in their places, and takes those out that were removed.
pub(crate) fn follow<K: Ord, R>(rows: &mut BTreeMap<K, R>, changed: Vec<(K, Option<R>)>) {
    for (id, row) in changed {
        match row {
            Some(row) => _ = rows.insert(id, row),
            None => _ = rows.remove(&id),
        }
    }
}
