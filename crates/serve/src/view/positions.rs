//! Where every vehicle is, written down for the streams on a thread of its own, a few vehicles at a time: whoever keeps the model up,
//! or reads it, waits for some of them at most.

use super::reader::Shown;
use super::vehicle::position;
use crate::stream::{Moment, Stream};
use paceline_supervise::{Spawner, Until};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

/// Vehicles written down at once: some tenths of a millisecond.
const TOGETHER: usize = 1_000;

/// Starts the thread. It writes when it is told to, and ends when nobody is left who could tell it.
pub(super) fn start(scope: &Spawner, shown: Arc<Shown>, stream: Arc<Stream>) -> SyncSender<()> {
    let (due_to, due) = sync_channel(1);
    scope.spawn_blocking("positions", Until::Owner, move |_| {
        while due.recv().is_ok() {
            stream.moment(Moment::Positions, || written(&shown));
        }
    });
    due_to
}

fn written(shown: &Shown) -> Vec<u8> {
    let (mut json, mut first) = (vec![b'['], 0);
    loop {
        let model = shown.read();
        let Some(rows) = model.vehicles.slots(first, TOGETHER) else { break };
        for row in rows {
            if json.len() > 1 {
                json.push(b',');
            }
            // Plain data always encodes, and to memory.
            _ = serde_json::to_writer(&mut json, &position(row));
        }
        first += TOGETHER;
    }
    json.push(b']');
    json
}
