//! One box: its agent, which may restart.

use super::table::Tally;
use paceline_agent::{Agent, AgentOptions, Parts};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A box that is to run.
pub(super) struct EdgeBox {
    pub(super) name: String,
    pub(super) address: SocketAddr,
    pub(super) options: AgentOptions,
    pub(super) parts: Parts,
    pub(super) agent: Agent,
}

impl EdgeBox {
    /// Listens; nothing is sent yet.
    pub(super) async fn bind(mut options: AgentOptions, parts: Parts) -> anyhow::Result<Self> {
        let agent = Agent::bind(options.clone(), parts.clone()).await?;
        let address = agent.address()?;
        // After a restart its neighbours find it where it was.
        options.listen = address;
        Ok(Self { name: options.node.clone(), address, options, parts, agent })
    }

    /// Runs until the demo ends. With `restarts` it is stopped after the first span, and started again after the second with what it
    /// has on its disk.
    pub(super) async fn run(
        self,
        neighbours: BTreeMap<String, SocketAddr>,
        restarts: Option<(Duration, Duration)>,
        end: CancellationToken,
        tally: Arc<Tally>,
    ) -> anyhow::Result<()> {
        let Self { name, mut options, parts, agent, .. } = self;
        options.neighbours = neighbours.clone();
        let agent = agent.with_neighbours(neighbours);
        let Some((after, off_for)) = restarts else {
            agent.run(end.cancelled()).await;
            return Ok(());
        };
        let stop = async {
            end.run_until_cancelled(tokio::time::sleep(after)).await;
        };
        agent.run(stop).await;
        tally.says(format!("{name} restarts"));
        if end.run_until_cancelled(tokio::time::sleep(off_for)).await.is_none() {
            return Ok(());
        }
        let again = Agent::bind(options, parts).await?;
        tally.says(format!("{name} is on again, and goes on with what its disk says"));
        again.run(end.cancelled()).await;
        Ok(())
    }
}
