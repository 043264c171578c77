//! One connection to the server, with a bound on everything that is asked of it.

use super::address::PostgresLog;
use crate::error::JournalError;
use crate::server::{Bridge, server_error};
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Longest that one answer is waited for: longer than the server itself takes before it gives up, below.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(15);
/// What the server gives up on: statements, waiting for a lock, a transaction whose client is silent.
const BOUNDS: &str =
    "SET statement_timeout = '10s'; SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '60s'";

/// A connection to a PostgreSQL server, of which there may be several holders. What else is kept beside logs is asked over one too.
#[derive(Clone)]
pub struct Session {
    bridge: Arc<Bridge>,
    client: Arc<Client>,
    name: Arc<str>,
    pub(super) region: Arc<str>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({})", self.name)
    }
}

impl Session {
    /// Connects to the server of a log. Errors: `Server`; a server that acknowledges what it has not written.
    pub fn open(log: &PostgresLog) -> Result<Self, JournalError> {
        let fail = |reason: String| server_error(&log.name, "connect", reason, false);
        let bridge = Arc::new(Bridge::start().map_err(|error| fail(error.to_string()))?);
        let tasks = bridge.clone();
        let tls = log.tls.as_ref().map(|tls| tls.config("https://"));
        let tls = tls.transpose().map_err(|error| fail(error.to_string()))?;
        let config = log.config.clone();
        let connecting = async move {
            Ok::<_, Error>(match tls {
                None => {
                    let (client, connection) = config.connect(NoTls).await?;
                    (client, ended(connection))
                }
                Some(tls) => {
                    let (client, connection) = config.connect(MakeRustlsConnect::new(tls)).await?;
                    (client, ended(connection))
                }
            })
        };
        let (client, connection) =
            bounded(&tasks, connecting).map_err(|failure| failure.told(&log.name, "connect"))?;
        tasks.start_task(connection);
        let (name, region) = (Arc::from(log.name.as_str()), Arc::from(log.region.as_str()));
        let session = Self { bridge, client: Arc::new(client), name, region };
        session.ask("set bounds", |client| async move { client.batch_execute(BOUNDS).await })?;
        session.refuse_forgetful()?;
        Ok(session)
    }

    /// Asks the server and waits for its answer, at most 15 s. Errors: `Server`.
    pub fn ask<T: Send + 'static, F: Future<Output = Result<T, Error>> + Send + 'static>(
        &self,
        action: &'static str,
        question: impl FnOnce(Arc<Client>) -> F,
    ) -> Result<T, JournalError> {
        bounded(&self.bridge, question(self.client.clone()))
            .map_err(|failure| failure.told(&self.name, action))
    }

    /// What the server could not do, for a reason of ours.
    pub(super) fn error(&self, action: &'static str, reason: &str) -> JournalError {
        server_error(&self.name, action, reason.to_owned(), false)
    }

    /// What people call the log.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// A commit that is answered must be on disk, whatever the server's or the role's usual setting.
    fn refuse_forgetful(&self) -> Result<(), JournalError> {
        let forgets = self.ask("read settings", |client| async move {
            let row = client.query_one(SETTINGS, &[]).await?;
            Ok((row.get::<_, String>(0), row.get::<_, String>(1)))
        })?;
        if forgets.0 == "off" {
            return Err(self
                .error("rely on the server", "it runs with fsync = off: what it acknowledges may be lost"));
        }
        if forgets.1 == "off" {
            self.ask("set synchronous_commit", |client| async move {
                client.batch_execute("SET synchronous_commit = on").await
            })?;
        }
        Ok(())
    }
}

const SETTINGS: &str = "SELECT current_setting('fsync'), current_setting('synchronous_commit')";

/// The connection's own work, which ends when the client is dropped or the server is gone; whoever asks is told of that.
fn ended<E>(
    connection: impl Future<Output = Result<(), E>> + Send + 'static,
) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move { _ = connection.await })
}

/// Why there is no answer.
enum Failure {
    Said(Error),
    Late,
    Panicked,
}

impl Failure {
    fn told(self, log: &str, action: &'static str) -> JournalError {
        match self {
            Failure::Said(error) => {
                let full = error.code().is_some_and(|code| *code == SqlState::DISK_FULL);
                server_error(log, action, said(&error), full)
            }
            Failure::Late => {
                server_error(log, action, format!("no answer within {} s", ANSWER_WAIT_MAX.as_secs()), false)
            }
            Failure::Panicked => server_error(log, action, "the client panicked".to_owned(), false),
        }
    }
}

fn bounded<T: Send + 'static>(
    bridge: &Bridge,
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Failure> {
    // The clock of a runtime is asked within it.
    let bounded = async move { tokio::time::timeout(ANSWER_WAIT_MAX, work).await };
    match bridge.wait(bounded) {
        Some(Ok(answer)) => answer.map_err(Failure::Said),
        Some(Err(_)) => Err(Failure::Late),
        None => Err(Failure::Panicked),
    }
}

/// What the server said, or else why it could not be asked.
fn said(error: &Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} ({})", said.message(), said.code().code()),
        None => match error.source() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    }
}
