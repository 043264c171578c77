//! The stream of changes, which goes on where it broke off.
//!
//! ```text
//!   next --> open? --no--> wait, connect with the last version --> `reset`? tell it
//!     ^        | yes                     |
//!     +-- item-+------ broken, silent, `bye`, `lagged`: not open
//! ```

use crate::backoff::Backoff;
use crate::client::Client;
use crate::error::ClientError;
use crate::events::{Parser, RawItem};
use crate::prepared::Prepared;
use paceline_api::Change;
use paceline_api::operation as op;
use paceline_api::stream::{
    AdmissionChange, BYE, CHANGE, FIGURES, Figures, LAGGED, LOAD_SHEDDER, POSITIONS, PositionRow, RESET,
};
use reqwest::Response;
use serde::de::DeserializeOwned;

/// What the stream tells.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamItem {
    /// A durable change; each once, in order.
    Change(Box<Change>),
    /// Where every vehicle is.
    Positions(Vec<PositionRow>),
    /// The key figures.
    Figures(Box<Figures>),
    /// The load shedder lets in more or less than before.
    LoadShedder(AdmissionChange),
    /// Changes may be missing before the next one: the server no longer keeps them, or has begun another journal. Read the
    /// world again.
    Reset,
    /// Something that this version does not know.
    Unknown(RawItem),
}

/// An open stream's bytes.
#[derive(Debug)]
pub(crate) struct Open {
    response: Response,
    pub(crate) parser: Parser,
}

/// The changes of the world, and what is told beside them.
#[derive(Debug)]
pub struct ChangeStream {
    client: Client,
    /// The version of the last change; `None`: none is known that the server could go on from.
    last: Option<u64>,
    open: Option<Open>,
    backoff_of: Backoff,
    /// Times that it was opened.
    opened: u64,
    /// Told before anything that comes.
    pending: Option<RawItem>,
}

impl Client {
    /// The changes after `after`; `None`: from now on. It is opened by the first `next`.
    pub fn stream(&self, after: Option<u64>) -> ChangeStream {
        let (client, backoff_of) = (self.clone(), Backoff::new());
        ChangeStream { client, last: after, open: None, backoff_of, opened: 0, pending: None }
    }

    /// Opens a stream, once.
    pub(crate) async fn open(&self, prepared: &Prepared) -> Result<Open, ClientError> {
        let timeout = self.options.timeout;
        // The time is that of the head only: a stream's body has no end.
        let response = tokio::time::timeout(timeout, self.attempt(prepared, None)).await;
        let response = response.map_err(|_| ClientError::TimedOut(timeout))??;
        Ok(Open { response, parser: Parser::default() })
    }

    /// The next item of an open stream; `None`: it has ended. Dropping the future loses nothing.
    ///
    /// Errors: an item that is larger than is read.
    pub(crate) async fn next_item(&self, open: &mut Open) -> Result<Option<RawItem>, ClientError> {
        loop {
            if let Some(item) = open.parser.next() {
                return Ok(Some(item));
            }
            let chunk = tokio::time::timeout(self.options.silence_max, open.response.chunk()).await;
            // Silent for too long, broken and ended are one: it is opened again.
            let Ok(Ok(Some(chunk))) = chunk else { return Ok(None) };
            if !open.parser.feed(&chunk, self.options.answer_bytes_max) {
                return Err(ClientError::TooLarge(self.options.answer_bytes_max));
            }
        }
    }
}

impl ChangeStream {
    /// The version of the last change.
    pub fn version(&self) -> Option<u64> {
        self.last
    }

    /// How often it was opened again after a break.
    pub fn reopened(&self) -> u64 {
        self.opened.saturating_sub(1)
    }

    /// Opens it now and not with the first `next`: what is read of the world afterwards is not older than what it tells.
    ///
    /// Errors: it cannot be opened, after all attempts.
    pub async fn begin(&mut self) -> Result<(), ClientError> {
        while self.open.is_none() {
            let reset = self.reopen().await?;
            self.pending = self.pending.take().or(reset);
        }
        Ok(())
    }

    /// The next item. Dropping the future loses nothing: the next call goes on.
    ///
    /// Errors: the stream cannot be opened, after all attempts; an item is too large. The next call tries again.
    pub async fn next(&mut self) -> Result<StreamItem, ClientError> {
        let item = self.next_raw().await?;
        Ok(match item.name.as_str() {
            CHANGE => read(item, |change| StreamItem::Change(Box::new(change))),
            POSITIONS => read(item, StreamItem::Positions),
            FIGURES => read(item, |figures| StreamItem::Figures(Box::new(figures))),
            LOAD_SHEDDER => read(item, StreamItem::LoadShedder),
            RESET => StreamItem::Reset,
            _ => StreamItem::Unknown(item),
        })
    }

    /// As [`ChangeStream::next`], without reading the item's data.
    pub async fn next_raw(&mut self) -> Result<RawItem, ClientError> {
        loop {
            self.begin().await?;
            if let Some(reset) = self.pending.take() {
                return Ok(reset);
            }
            let Some(open) = &mut self.open else { continue };
            let item = self.client.next_item(open).await;
            // Told also before the first change, so that a break then loses none.
            let told = open.parser.last_id;
            let known = self.last;
            self.last = self.last.max(told);
            match item {
                Ok(Some(RawItem { id: Some(id), .. })) if known.is_some_and(|known| id <= known) => {}
                Ok(Some(item)) => match item.name.as_str() {
                    BYE | LAGGED => self.open = None,
                    RESET => {
                        self.last = told;
                        return Ok(item);
                    }
                    _ => {
                        self.backoff_of.succeeded();
                        return Ok(item);
                    }
                },
                Ok(None) => self.open = None,
                Err(error) => {
                    self.open = None;
                    return Err(error);
                }
            }
        }
    }

    /// Opens it, or waits before the next attempt. Returns a `reset` where nothing says what was missed meanwhile.
    async fn reopen(&mut self) -> Result<Option<RawItem>, ClientError> {
        let mut prepared = Prepared::bare(&op::STREAM, "")?;
        if let Some(last) = self.last {
            prepared = prepared.with("last-event-id", last.to_string());
        }
        match self.client.open(&prepared).await {
            Ok(open) => {
                self.open = Some(open);
                self.opened += 1;
                let blind = self.last.is_none() && self.opened > 1;
                Ok(blind.then(|| RawItem { id: None, name: RESET.into(), data: "{}".into() }))
            }
            Err(error) => {
                let wait = self.backoff_of.after(error, true, &self.client.options)?;
                tokio::time::sleep(wait).await;
                Ok(None)
            }
        }
    }
}

/// The item with its data read; data of another shape is of a newer server.
fn read<T: DeserializeOwned>(item: RawItem, known: impl FnOnce(T) -> StreamItem) -> StreamItem {
    match serde_json::from_str(&item.data) {
        Ok(data) => known(data),
        Err(_) => StreamItem::Unknown(item),
    }
}
