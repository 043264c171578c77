//! What an agent at rest puts on the wire.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;
#[path = "../../serve/tests/common/tap.rs"]
mod tap;

use common::{options, parts, with_agent, with_region};
use paceline_client::{Client, ClientOptions};
use serde_json::json;
use std::time::Duration;
use tap::Tap;

#[tokio::test]
async fn an_agent_at_rest_asks_over_one_connection_and_says_little() {
    let dir = tempfile::tempdir().unwrap();
    with_region(dir.path(), async |region| {
        let tap = Tap::to(region.base()).await;
        let over = Client::new(&tap.base, ClientOptions::default()).unwrap();
        let script = parts(json!({}), json!([]));
        with_agent(options(&over, "box-1", dir.path()), script, async |_| {
            common::until(async || region.placements_on("box-1").await.map_err(|error| error.to_string()))
                .await;
            tokio::time::sleep(Duration::from_millis(500)).await;
            let before = (tap.bytes(), tap.connections());
            tokio::time::sleep(Duration::from_secs(2)).await;
            // Twenty reports; by requests of their own they are more than 10,000 bytes.
            let said = tap.bytes() - before.0;
            assert!((200..1_600).contains(&said), "{said} bytes");
            assert_eq!(tap.connections(), before.1);
        })
        .await;
    })
    .await;
}
