//! What every log holds, whoever keeps it: files, a disk in memory, the tables of a server. A rule knows of none of them; what it needs
//! done to one (a byte changed, no room, an answer lost) each [`Subject`] does in its own way, or says that it cannot happen there.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod files;
#[cfg(feature = "jetstream")]
mod jetstream;
#[cfg(feature = "jetstream")]
mod nats_server;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
#[allow(dead_code, reason = "each test program uses its own part")]
mod postgres_server;
#[cfg(any(feature = "jetstream", feature = "postgres"))]
mod proxy;
mod random_life;
mod rules;
mod subject;

use std::sync::{Mutex, MutexGuard, PoisonError};
use subject::Subject;

/// One store at a time: a program that a test starts holds the locks of another's files until it is the program.
static TURN: Mutex<()> = Mutex::new(());

/// Holds a store against all rules, each on a log of its own.
fn holds_all_rules(subject: &dyn Subject) {
    for (name, rule) in rules::ALL {
        eprintln!("{}: {name}", subject.name());
        rule(subject);
        subject.all_is_well();
    }
}

fn turn() -> MutexGuard<'static, ()> {
    // A test that failed is over.
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn files_hold_all_rules() {
    let _turn = turn();
    holds_all_rules(&files::FileLogs::default());
}

#[test]
fn a_disk_in_memory_holds_all_rules() {
    let _turn = turn();
    holds_all_rules(&files::MemoryLogs::default());
}

#[cfg(feature = "postgres")]
#[test]
fn tables_of_postgresql_hold_all_rules() {
    let _turn = turn();
    let Some(server) = postgres_server::PostgresServer::start() else { return };
    holds_all_rules(&postgres::PostgresLogs::on(server));
}

#[cfg(feature = "jetstream")]
#[test]
fn streams_of_jetstream_hold_all_rules() {
    let _turn = turn();
    let Some(server) = nats_server::NatsServer::start() else { return };
    holds_all_rules(&jetstream::JetStreamLogs::on(server));
}
