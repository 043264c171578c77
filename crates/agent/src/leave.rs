//! How an agent that is asked to end leaves its node empty: the region is asked to drain it, and the agent goes on reporting and answering until
//! nothing is placed here any more, or its time for that is over.
//!
//! ```text
//!   asked to end --> ask for a drain --yes--> wait until nothing is placed here --> end
//!                      |    ^                          |
//!                      |    +--no answer, a second--+  +--its time is over--> end, and say what stayed
//!                      +--refused--> end
//! ```

use crate::node::shared::Shared;
use paceline_client::{Client, ClientError};
use paceline_supervise::NamedExt as _;
use std::time::Duration;

/// Pause before a region that gave no answer is asked again.
const AGAIN: Duration = Duration::from_secs(1);
/// Time between two looks at what is still here.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Returns once nothing is placed on this node, the region has refused to drain it, or `most` is over.
pub(crate) async fn leave(client: &Client, node: &Shared, most: Duration) {
    let name = &node.options.node;
    let left = async {
        drain(client, name).await?;
        tracing::info!(node = name, "the region drains this node: it ends once nothing is placed here");
        while !node.slots().is_empty() {
            tokio::time::sleep(LOOK_EVERY).named("replicas that leave").await;
        }
        Ok::<(), ClientError>(())
    };
    match tokio::time::timeout(most, left).named("the node's drain").await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(node = name, %error, "the region does not drain this node"),
        Err(_) => {
            let stayed: Vec<String> = node.slots().iter().map(|slot| slot.stored().placed.replica).collect();
            tracing::warn!(
                node = name,
                ?stayed,
                after_s = most.as_secs(),
                "the time for the drain is over, and what is placed here ends with the agent"
            );
        }
    }
}

/// Asks until there is an answer. Errors: the region refuses.
async fn drain(client: &Client, node: &str) -> Result<(), ClientError> {
    loop {
        match client.drain(node).await {
            Ok(_) => return Ok(()),
            Err(error) if error.status().is_some_and(|status| status < 500 && status != 429) => {
                return Err(error);
            }
            Err(error) => tracing::debug!(%error, "the region cannot be asked for a drain"),
        }
        tokio::time::sleep(AGAIN).named("the next question for a drain").await;
    }
}
