//! Logs in streams, asked through a proxy that loses what it is told to.

use crate::nats_server::NatsServer;
use crate::proxy::Proxy;
use crate::subject::{Lost, Part, Subject, payload};
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::Config;
use async_nats::jetstream::{self, Context};
use paceline_journal::{JetStreamLog, LogAddress, Seq};
use std::cell::Cell;
use tokio::runtime::Runtime;

/// Bytes of a record before its payload, and where in them each field begins.
const HEAD: usize = 22;
const FIELDS: [usize; 6] = [0, 8, 10, 14, 18, 22];

pub(crate) struct JetStreamLogs {
    server: NatsServer,
    proxy: Proxy,
    made: Cell<u32>,
    runtime: Runtime,
}

impl JetStreamLogs {
    pub(crate) fn on(server: NatsServer) -> Self {
        let proxy = Proxy::to(server.address());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { server, proxy, made: Cell::default(), runtime }
    }

    /// Asks the server itself, past the proxy.
    fn ask<T>(&self, question: impl AsyncFnOnce(Context) -> T) -> T {
        let address = self.server.address();
        self.runtime.block_on(async {
            let client = async_nats::connect(address).await.unwrap();
            question(jetstream::new(client)).await
        })
    }

    /// Makes a stream again with what `change` leaves of its messages.
    fn rebuild(&self, stream: String, change: impl FnOnce(&mut Vec<StreamMessage>)) {
        self.ask(async |context| {
            let mut found = context.get_stream(&stream).await.unwrap();
            let info = found.info().await.unwrap().clone();
            let mut messages = Vec::new();
            for sequence in info.state.first_sequence..=info.state.last_sequence {
                messages.push(found.get_raw_message(sequence).await.unwrap());
            }
            change(&mut messages);
            context.delete_stream(&stream).await.unwrap();
            let Config { name, subjects, discard, .. } = info.config;
            let config = Config { name, subjects, discard, ..Config::default() };
            context.create_stream(config).await.unwrap();
            for message in messages {
                context.publish(message.subject, message.payload).await.unwrap().await.unwrap();
            }
        });
    }

    fn token(log: &LogAddress) -> String {
        log.name().split_once('#').unwrap().1.replace('-', "-2d")
    }
}

fn flip(message: &mut StreamMessage, at: usize) {
    let mut bytes = message.payload.to_vec();
    bytes[at] ^= 0x10;
    message.payload = bytes.into();
}

impl Subject for JetStreamLogs {
    fn name(&self) -> &'static str {
        "jetstream"
    }
    fn fresh(&self) -> LogAddress {
        self.made.set(self.made.get() + 1);
        let url = format!("nats://{}", self.proxy.address());
        LogAddress::of(JetStreamLog::parse(&url, &format!("region-{}", self.made.get())).unwrap())
    }
    fn cut_power(&self, _: &LogAddress) {
        self.server.kill_and_restart();
    }
    fn refuses_a_second(&self) -> bool {
        false
    }
    fn damage(&self, log: &LogAddress, part: Part, n: usize) -> bool {
        let token = Self::token(log);
        match part {
            // All records of the rules that damage them are in one message.
            Part::Record(Seq(seq)) if n < FIELDS.len() => {
                let begins: usize = (1..seq).map(|n| HEAD + payload(n).len()).sum();
                self.rebuild(format!("PACELINE-LOG-{token}"), |messages| {
                    let group = messages.iter_mut().find(|message| message.subject.ends_with(".group"));
                    flip(group.unwrap(), begins + FIELDS[n]);
                });
                true
            }
            Part::Record(_) if n == FIELDS.len() => {
                self.ask(async |context| {
                    let stream = context.get_stream(format!("PACELINE-LOG-{token}")).await.unwrap();
                    let subject = format!("paceline.log.{token}.group");
                    let group = stream.get_last_raw_message_by_subject(&subject).await.unwrap();
                    stream.delete_message(group.sequence).await.unwrap();
                });
                true
            }
            Part::Record(_) => false,
            Part::Snapshot(Seq(at)) => {
                n < 2 && {
                    self.rebuild(format!("PACELINE-SNAPSHOTS-{token}"), |messages| {
                        let is_head = |message: &StreamMessage| {
                            message.subject.ends_with(".whole") && message.payload[8..16] == at.to_le_bytes()
                        };
                        let head = messages.iter().position(is_head).unwrap();
                        flip(&mut messages[head - n], 1);
                    });
                    true
                }
            }
        }
    }
    fn set_full(&self, full: bool) -> bool {
        let name = format!("PACELINE-LOG-region-2d{}", self.made.get());
        self.ask(async |context| {
            // There is none before the first log has begun.
            let Ok(mut stream) = context.get_stream(name).await else { return };
            let config = stream.info().await.unwrap().config.clone();
            context.update_stream(Config { max_bytes: if full { 1 } else { -1 }, ..config }).await.unwrap();
        });
        self.proxy.forward();
        true
    }
    fn lose_next(&self, lost: Lost) -> bool {
        self.proxy.lose_next(lost);
        true
    }
    fn deliver(&self) {
        self.proxy.deliver();
    }
}
