//! Somebody who reads the whole world again and again: all lists, page by page, and the world's checksum.

use crate::api::Api;
use crate::ledger::Kind;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior};

/// Reads until it is aborted. A reading that is late is left out.
pub(crate) async fn read(api: Api, every: Duration) {
    let mut beat = tokio::time::interval(every);
    beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        beat.tick().await;
        let began = Instant::now();
        let read = async { api.client.read_world().await.and(api.client.world().await) }.await;
        api.ledger.note(Kind::World, began.elapsed(), read.err().map(|error| error.to_string()));
    }
}
