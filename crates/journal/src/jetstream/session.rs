//! One connection to the servers, with a bound on everything that is asked of them.

use super::address::JetStreamLog;
use super::message::{Epoch, decode_group};
use crate::Seq;
use crate::error::{Damage, JournalError};
use crate::format::End;
use crate::server::{Bridge, Sealed, server_error};
use async_nats::jetstream::context::{Context, ContextBuilder};
use async_nats::jetstream::message::{PublishMessage, StreamMessage};
use async_nats::jetstream::stream::{Config, DiscardPolicy, Stream};
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{ConnectOptions, Error, Event};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Longest that connecting may take, by each server.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(5);
/// Longest that the client waits for one answer.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(10);
/// Longest that one question may take, with all its answers.
const QUESTION_MAX: Duration = Duration::from_secs(15);
/// What a message has besides its payload, at most: subject, expected sequence, protocol.
const MESSAGE_HEAD_BYTES: usize = 4_096;
/// What servers say where there is no room: of account, server, store and stream.
const FULL: [ErrorCode; 4] = [
    ErrorCode::INSUFFICIENT_RESOURCES,
    ErrorCode::STORAGE_RESOURCES_EXCEEDED,
    ErrorCode::STREAM_STORE_FAILED,
    ErrorCode::STREAM_MAX_STREAM_BYTES_EXCEEDED,
];

/// A connection, of which there may be several holders.
#[derive(Clone)]
pub(super) struct Session {
    bridge: Arc<Bridge>,
    /// Whether the connection has broken: then it is given up with all that is asked over it.
    broken: watch::Receiver<bool>,
    context: Context,
    pub(super) log: Arc<JetStreamLog>,
    /// Bytes that one message may hold.
    pub(super) message_bytes_max: usize,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({})", self.log.name)
    }
}

/// The last epoch of a log and what was appended under it.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) epoch: Epoch,
    /// Where the log ends.
    pub(super) end: End,
    /// The number of the stream's last message.
    pub(super) last: u64,
}

impl Session {
    /// Connects. Errors: `Server`.
    pub(super) fn open(log: &JetStreamLog) -> Result<Self, JournalError> {
        let fail = |reason: String| server_error(&log.name, "connect", reason, false);
        let bridge = Arc::new(Bridge::start().map_err(|error| fail(error.to_string()))?);
        let tls = log.tls.as_ref().map(|tls| tls.config("https://"));
        let tls = tls.transpose().map_err(|error| fail(error.to_string()))?;
        let (breaks, broken) = watch::channel(false);
        let mut options = ConnectOptions::new()
            .event_callback(move |event| {
                if event == Event::Disconnected {
                    breaks.send_replace(true);
                }
                std::future::ready(())
            })
            .name("paceline")
            .connection_timeout(CONNECT_WAIT_MAX)
            .request_timeout(Some(ANSWER_WAIT_MAX))
            .max_reconnects(1);
        if let Some(tls) = tls {
            options = options.require_tls(true).tls_client_config(tls);
        }
        let servers = log.servers.clone();
        let connecting = async move {
            let client = options.connect(servers).await?;
            let message_bytes_max = client.server_info().max_payload.saturating_sub(MESSAGE_HEAD_BYTES);
            Ok((ContextBuilder::new().timeout(ANSWER_WAIT_MAX).build(client), message_bytes_max))
        };
        let connected = bounded(&bridge, broken.clone(), connecting);
        let (context, message_bytes_max) = connected.map_err(|failure| failure.told(&log.name, "connect"))?;
        Ok(Self { bridge, broken, context, log: Arc::new(log.clone()), message_bytes_max })
    }

    /// Asks and waits for the answer. Errors: `Server`.
    pub(super) fn ask<T: Send + 'static, F: Future<Output = Result<T, Error>> + Send + 'static>(
        &self,
        action: &'static str,
        question: impl FnOnce(Context) -> F,
    ) -> Result<T, JournalError> {
        bounded(&self.bridge, self.broken.clone(), question(self.context.clone()))
            .map_err(|failure| failure.told(&self.log.name, action))
    }

    /// What could not be done, for a reason of ours.
    pub(super) fn error(&self, action: &'static str, reason: &str) -> JournalError {
        server_error(&self.log.name, action, reason.to_owned(), false)
    }

    /// A part that is not what was acknowledged.
    pub(super) fn damaged(&self, what: &'static str, seq: Seq, damage: Damage) -> JournalError {
        JournalError::DamagedRecord { log: self.log.name.clone(), what, seq, damage }
    }

    /// Makes both streams, where they are not there. Errors: `Server`.
    pub(super) fn make(&self) -> Result<(), JournalError> {
        let streams = [
            (self.log.records(), self.log.record_subject(">")),
            (self.log.snapshots(), self.log.snapshot_subject(">")),
        ];
        for (name, subject) in streams {
            let replicas = self.log.replicas;
            self.ask("make the streams", |context| async move {
                let discard = DiscardPolicy::New;
                let subjects = vec![subject];
                let config = Config { name, subjects, discard, num_replicas: replicas, ..Config::default() };
                context.get_or_create_stream(config).await?;
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Whether the stream of records is there.
    pub(super) fn is_made(&self) -> Result<bool, JournalError> {
        let name = self.log.records();
        self.ask("look for the stream", |context| async move {
            match context.get_stream(name).await {
                Ok(_) => Ok(true),
                Err(error) => match error.kind() {
                    jetstream::context::GetStreamErrorKind::JetStream(said)
                        if said.error_code() == ErrorCode::STREAM_NOT_FOUND =>
                    {
                        Ok(false)
                    }
                    _ => Err(error.into()),
                },
            }
        })
    }

    /// Publishes a message, if the stream's last message has the number that is expected, where one is; gives the number of this one.
    pub(super) fn publish(
        &self,
        action: &'static str,
        subject: String,
        payload: Vec<u8>,
        expected: Option<u64>,
    ) -> Result<u64, JournalError> {
        self.ask(action, |context| async move {
            let message = PublishMessage::build().payload(payload.into());
            let message = match expected {
                Some(last) => message.expected_last_sequence(last),
                None => message,
            };
            Ok(context.send_publish(subject, message).await?.await?.sequence)
        })
    }

    /// The last message of a subject, if there is one.
    pub(super) fn last_of(
        &self,
        stream: String,
        subject: String,
    ) -> Result<Option<StreamMessage>, JournalError> {
        self.message("read the last message", stream, move |stream| async move {
            match stream.get_last_raw_message_by_subject(&subject).await {
                Ok(message) => Ok(Some(message)),
                Err(error) => match error.kind() {
                    jetstream::stream::LastRawMessageErrorKind::NoMessageFound => Ok(None),
                    _ => Err(error.into()),
                },
            }
        })
    }

    /// The first message of a subject at or behind this number, if there is one.
    pub(super) fn first_of(
        &self,
        stream: String,
        subject: String,
        from: u64,
    ) -> Result<Option<StreamMessage>, JournalError> {
        self.message("read a message", stream, move |stream| async move {
            match stream.get_first_raw_message_by_subject(&subject, from).await {
                Ok(message) => Ok(Some(message)),
                Err(error) => match error.kind() {
                    jetstream::stream::RawMessageErrorKind::NoMessageFound => Ok(None),
                    _ => Err(error.into()),
                },
            }
        })
    }

    /// Asks a stream.
    pub(super) fn message<T: Send + 'static, F: Future<Output = Result<T, Error>> + Send>(
        &self,
        action: &'static str,
        stream: String,
        question: impl FnOnce(Stream<()>) -> F + Send + 'static,
    ) -> Result<T, JournalError> {
        self.ask(action, |context| async move {
            let stream = context.get_stream_no_info(stream).await?;
            question(stream).await
        })
    }

    /// The log's head; `None`: it has not begun. Errors: it is damaged.
    pub(super) fn head(&self) -> Result<Option<Head>, JournalError> {
        let (epoch, group) = (self.log.record_subject("epoch"), self.log.record_subject("group"));
        let Some(found) = self.last_of(self.log.records(), epoch)? else { return Ok(None) };
        let epoch = Epoch::decode(&found.payload)
            .ok_or_else(|| self.damaged("epoch", Seq(found.sequence), Damage::Header))?;
        let group = self.last_of(self.log.records(), group)?.filter(|group| group.sequence > found.sequence);
        let Some(group) = group else {
            let head = Head { end: epoch.end, epoch, last: found.sequence };
            return self.refuse_loss(head).map(Some);
        };
        let records = decode_group(&group.payload).filter(|records| !records.is_empty());
        let records = records.ok_or_else(|| self.damaged("message", Seq(group.sequence), Damage::Length))?;
        let end = records.last().map_or(epoch.end, Sealed::end);
        self.refuse_loss(Head { epoch, end, last: group.sequence }).map(Some)
    }

    /// The stream counts its messages. Errors: `Missing`: the last one that it counted is none of those that are there.
    fn refuse_loss(&self, head: Head) -> Result<Head, JournalError> {
        let last = self.message("read the stream's state", self.log.records(), |stream| async move {
            Ok(stream.get_info().await?.state.last_sequence)
        })?;
        // A writer may have appended between two questions: then there are more, and not fewer.
        let gone = last > head.last
            && self.first_of(self.log.records(), self.log.record_subject(">"), head.last + 1)?.is_none();
        match gone {
            true => {
                let (dir, wanted) = (self.log.name.clone().into(), head.end.last.next());
                Err(JournalError::Missing { dir, wanted, found: Seq(0) })
            }
            false => Ok(head),
        }
    }
}

/// Why there is no answer.
enum Failure {
    Said(Error),
    Broken,
    Late,
    Panicked,
}

impl Failure {
    fn told(self, log: &str, action: &'static str) -> JournalError {
        match self {
            Failure::Said(error) => {
                let full = causes(&*error).any(|cause| {
                    cause
                        .downcast_ref::<jetstream::Error>()
                        .is_some_and(|said| FULL.contains(&said.error_code()))
                });
                let said: Vec<String> = causes(&*error).map(ToString::to_string).collect();
                server_error(log, action, said.join(": "), full)
            }
            Failure::Broken => server_error(log, action, "the connection broke".to_owned(), false),
            Failure::Late => {
                server_error(log, action, format!("no answer within {} s", QUESTION_MAX.as_secs()), false)
            }
            Failure::Panicked => server_error(log, action, "the client panicked".to_owned(), false),
        }
    }
}

/// An error, and what caused it.
type Cause<'a> = &'a (dyn std::error::Error + 'static);

fn causes(error: Cause<'_>) -> impl Iterator<Item = Cause<'_>> {
    std::iter::successors(Some(error), |error| error.source())
}

fn bounded<T: Send + 'static>(
    bridge: &Bridge,
    mut broken: watch::Receiver<bool>,
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Failure> {
    let bounded = async move {
        tokio::select! {
            biased;
            answer = tokio::time::timeout(QUESTION_MAX, work) => match answer {
                Ok(answer) => answer.map_err(Failure::Said),
                Err(_) => Err(Failure::Late),
            },
            Ok(_) = broken.wait_for(|broken| *broken) => Err(Failure::Broken),
        }
    };
    bridge.wait(bounded).unwrap_or(Err(Failure::Panicked))
}
