//! The agent as a whole: what it is started with, its tasks, and its end.

use crate::disk_thread::Disk;
use crate::http;
use crate::leave::leave;
use crate::node::Node;
use crate::node::shared::Shared;
use crate::options::{AgentOptions, Ending, Parts};
use crate::orders::{Again, Heard, Orders};
use crate::outbox::Outbox;
use crate::outbox_file::{self, OutboxFile};
use crate::prove::Prover;
use crate::report::Reporter;
use crate::state::{self, Written};
use paceline_client::{Client, ClientError, ClientOptions};
use paceline_supervise::{Closed, NamedExt as _, OnError, Options, Scope, Spawner, Supervisor, Until};
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Longest that the region may take to answer. Reports come again each 10 s.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// Time between two times that are written down.
const NOTED_EVERY: Duration = Duration::from_secs(60);
/// Least time between two questions for what is placed here, however often that changes.
const ORDERS_APART: Duration = Duration::from_millis(100);
/// Largest answer that is read: some thousand placements.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// Why an agent cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// Its folder, or a file in it.
    #[error("its state cannot be read: {0}")]
    State(#[source] io::Error),
    /// The address that it should answer on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] io::Error),
    /// The server's address, or a file of certificates.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// An agent that is ready to run.
pub struct Agent {
    options: AgentOptions,
    parts: Parts,
    client: Client,
    listener: TcpListener,
    written: Written,
    outbox: (OutboxFile, Outbox),
}

impl Agent {
    /// Reads what was written down, and listens. Nothing is sent yet. Errors: all of [`AgentError`].
    pub async fn bind(options: AgentOptions, parts: Parts) -> Result<Self, AgentError> {
        std::fs::create_dir_all(&options.state_dir).map_err(AgentError::State)?;
        let written = state::read(&options.state_dir.join(state::FILE)).map_err(AgentError::State)?;
        let outbox =
            OutboxFile::open(&options.state_dir.join(outbox_file::FILE)).map_err(AgentError::State)?;
        let listener = TcpListener::bind(options.listen).await;
        let listener = listener.map_err(|error| AgentError::Listen(options.listen, error))?;
        let client = client(&options)?;
        Ok(Self { options, parts, client, listener, written, outbox })
    }

    /// Where it answers. Errors: the system's.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// With other nodes to look for, once it is known where they answer.
    pub fn with_neighbours(mut self, neighbours: BTreeMap<String, SocketAddr>) -> Self {
        self.options.neighbours = neighbours;
        self
    }

    /// Runs until `shutdown`, has its node drained if it is to leave it empty, then lets inferences under way end. Returns how its tasks ended.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Closed {
        let Ending { drain, grace } = self.options.ending;
        let supervisor = Supervisor::new(Options::default());
        let scope = supervisor.scope("agent").on_error(OnError::KeepGoing);
        let client = self.client.clone();
        let node = self.start(&scope);
        let shutdown = async move {
            // They are let go of here: whoever keeps them keeps the disk's thread.
            let (client, node) = (client, node);
            shutdown.await;
            if let Some(most) = drain {
                leave(&client, &node, most).await;
            }
        };
        scope.run_until(shutdown, grace).await
    }

    fn start(self, scope: &Scope) -> Arc<Shared> {
        let Self { options, parts, client, listener, written, outbox } = self;
        let report_every = options.report_every;
        // What is small goes over one link, and all of it by HTTP where there is none.
        let (client, link) = client.linked();
        let end = scope.token();
        scope.spawn("link", Until::Owner, async move {
            end.run_until_cancelled(link.run()).await;
        });
        if let Some(proof) = options.proof.clone() {
            let prover = Prover::new(client.clone(), &options.node, proof, Disk::start(scope));
            let end = scope.token();
            scope.spawn("proofs", Until::Owner, async move {
                end.run_until_cancelled(prover.run()).await;
            });
        }
        let shared = Arc::new(Shared::new(options, parts, &written, Disk::start(scope)));
        let mut node = Node::new(shared.clone(), scope.spawner());
        node.resume(written);
        let router = http::router(shared.clone());
        scope.spawn("http", Until::Owner, http::serve(scope.spawner(), listener, router));
        reports(scope, Reporter::new(client.clone(), shared.clone(), outbox), report_every);
        let (noted, end) = (shared.clone(), scope.token());
        let whole = shared.clone();
        scope.spawn("orders", Until::Owner, async move {
            end.run_until_cancelled(orders(client, shared, node)).await;
        });
        let end = scope.token();
        scope.spawn("notes", Until::Owner, async move {
            // What the time is and how much is left is worth no more than a write a minute: flash wears.
            while end.run_until_cancelled(tokio::time::sleep(NOTED_EVERY)).await.is_some() {
                noted.save().await;
            }
        });
        whole
    }
}

fn client(options: &AgentOptions) -> Result<Client, ClientError> {
    let client = ClientOptions {
        timeout: ANSWER_MAX,
        answer_bytes_max: ANSWER_BYTES_MAX,
        connections_idle_max: 1,
        bearer: options.bearer.clone(),
        tls: options.tls.clone(),
        // What is due comes again by itself.
        ..ClientOptions::once()
    };
    let client = Client::new(&options.server, client)?;
    Ok(match &options.region {
        Some(region) => client.in_region(region.clone()),
        None => client,
    })
}

/// Reports each time that a report is due; what fails is said once, until it goes well again.
fn reports(scope: &Spawner, mut reporter: Reporter, every: Duration) {
    let end = scope.token();
    scope.spawn("reports", Until::Owner, async move {
        let mut quiet = false;
        let mut due = tokio::time::interval(every);
        due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        while end.run_until_cancelled(due.tick()).await.is_some() {
            match end.run_until_cancelled(reporter.report()).await {
                None => return,
                Some(Ok(())) => quiet = false,
                Some(Err(error)) if !std::mem::replace(&mut quiet, true) => {
                    tracing::warn!(%error, "the region does not hear this node");
                }
                Some(Err(error)) => tracing::debug!(%error, "the region does not hear this node"),
            }
        }
    });
}

async fn orders(client: Client, shared: Arc<Shared>, mut node: Node) {
    let (mut orders, options) = (Orders::default(), &shared.options);
    let mut pace = tokio::time::interval(ORDERS_APART);
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        pace.tick().await;
        let again = match orders.next(&client, &options.node, options.orders.wait).await {
            Ok(Heard { placed, again }) => {
                shared.time.heard_orders();
                node.ordered(placed).await;
                again
            }
            // What runs goes on.
            Err(error) => {
                tracing::debug!(%error, "what is placed here cannot be read");
                Again::Later
            }
        };
        if again == Again::Later {
            tokio::time::sleep(options.orders.pause).named("the next look at what is placed here").await;
        }
    }
}
