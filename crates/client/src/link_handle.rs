//! How a client's requests get to the task that keeps its link.

use crate::error::ClientError;
use crate::prepared::Prepared;
use paceline_api::link::LinkAnswer;
use paceline_model::limits::LINK_FRAME_BYTES_MAX;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// A request on its way to the link's task.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) operation: u8,
    pub(crate) asked: String,
    pub(crate) body: Vec<u8>,
    pub(crate) patience: Duration,
    /// Let go of unsaid, the request goes by HTTP.
    pub(crate) reply: oneshot::Sender<Result<LinkAnswer, ClientError>>,
}

/// The way to a link's task.
#[derive(Clone, Debug)]
pub(crate) struct LinkHandle {
    pub(crate) asks: mpsc::Sender<Ask>,
}

impl LinkHandle {
    /// Asks over the link. `None`: it is to go by HTTP. Errors: no connection; no answer, after which nobody knows whether it was done.
    pub(crate) async fn ask(
        &self,
        of: &Prepared,
        patience: Duration,
    ) -> Option<Result<LinkAnswer, ClientError>> {
        let (operation, asked) = of.over_link()?;
        let body = of.content.as_ref().map_or_else(Vec::new, |(_, body)| body.to_vec());
        if body.len() + asked.len() + 16 > LINK_FRAME_BYTES_MAX {
            return None;
        }
        let (reply, answer) = oneshot::channel();
        let ask = Ask { operation, asked: asked.to_owned(), body, patience, reply };
        // Where the task has ended, there is HTTP.
        self.asks.send(ask).await.ok()?;
        answer.await.ok()
    }
}
