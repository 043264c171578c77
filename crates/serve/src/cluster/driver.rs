//! Tells a server's part in its cluster what happens, and does what it asks for.

use super::hosting::Hosting;
use super::metrics::{ClusterMetrics, Move};
use super::questions::{self, Question};
use super::routes::Routes;
use super::spec::{ClusterSpec, Joined};
use super::told::Told;
use crate::clock::Clock;
use crate::region::setup::Host;
use crate::running::RunningRegions;
use crate::written_level::WrittenLevel;
use paceline_cluster::{Input, Member, Output};
use paceline_model::{RegionId, ServerId};
use paceline_supervise::sync::{mpsc, watch};
use paceline_supervise::{NamedExt as _, Spawner, Until};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What the driver may be told at once.
const TOLD_MAX: usize = 4_096;

/// A server's part in its cluster.
pub(crate) struct Driver {
    member: Member,
    clock: Clock,
    regions: Arc<[RegionId]>,
    hosting: Hosting,
    questions: mpsc::Sender<Question>,
    told: mpsc::Receiver<Told>,
    routes: watch::Sender<Arc<Routes>>,
    metrics: ClusterMetrics,
    level: WrittenLevel,
    /// When the table was last asked, and whether it has not answered yet.
    asked: Option<Instant>,
    waits: bool,
    leaving: Leaving,
}

/// Another process has this server's name: it may be started again under another one.
#[derive(Debug, thiserror::Error)]
#[error("another process runs under the name {server}, which no two servers of a cluster may have")]
struct Replaced {
    server: ServerId,
}

/// How a server leaves its cluster before it ends.
#[derive(Clone, Default)]
pub(crate) struct Leaving {
    leave: CancellationToken,
    left: CancellationToken,
}

impl Leaving {
    /// Gives all regions away, or, where there is nobody to take them, up. After `patience` what is left is closed as it is.
    pub(crate) async fn leave(&self, patience: Duration) {
        self.leave.cancel();
        _ = tokio::time::timeout(patience, self.left.cancelled()).await;
    }
}

impl Driver {
    /// Starts it, and says where regions run. It ends with the scope.
    pub(crate) fn start(
        joined: Joined,
        host: Host,
        spawner: &Spawner,
        running: RunningRegions,
        metrics: ClusterMetrics,
    ) -> (watch::Receiver<Arc<Routes>>, Leaving) {
        let Joined { spec, incarnation, .. } = joined;
        let regions: Arc<[RegionId]> = spec.names().collect();
        let ClusterSpec { name, options, store, regions: specs, .. } = spec;
        let (tell, told) = mpsc::channel("what became of regions", TOLD_MAX);
        let questions = questions::start(spawner, store, name.clone(), incarnation, tell.clone());
        let (routes, known) = watch::channel("where regions run", Arc::default());
        let leaving = Leaving::default();
        let driver = Self {
            member: Member::new(name, incarnation, options, regions.iter().cloned()),
            clock: host.clock,
            level: host.level.clone(),
            regions,
            hosting: Hosting::new(host, spawner.clone(), specs, running, tell),
            questions,
            told,
            routes,
            metrics,
            asked: None,
            waits: false,
            leaving: leaving.clone(),
        };
        spawner.spawn("cluster", Until::Owner, driver.run(spawner.token()));
        (known, leaving)
    }

    /// Until the server ends. Errors: another process runs under this server's name, and this one has closed all that it ran.
    async fn run(mut self, closing: CancellationToken) -> Result<(), Replaced> {
        let mut told_now = Vec::new();
        while !closing.is_cancelled() {
            let due = self.asked.map_or_else(Instant::now, |at| at + self.member.read_after().into());
            tokio::select! {
                biased;
                () = closing.cancelled() => break,
                () = self.leaving.leave.cancelled(), if !self.member.is_ending() => self.handle(Input::End).await,
                told = self.told.recv_many(&mut told_now, TOLD_MAX).named("what became of regions") => match told {
                    0 => break,
                    _ => for told in told_now.drain(..) {
                        self.tell(told).await;
                    },
                },
                () = tokio::time::sleep_until(due), if !self.waits => self.beat().await,
            }
            self.publish();
            if self.member.is_ended() {
                self.leaving.left.cancel();
            }
            if self.member.is_replaced() && self.member.is_idle() {
                let replaced = Replaced { server: self.member.name().clone() };
                tracing::error!(error = %replaced, "the server ends");
                return Err(replaced);
            }
        }
        Ok(())
    }

    async fn beat(&mut self) {
        (self.asked, self.waits) = (Some(Instant::now()), true);
        self.ask(Question::Beat { leaving: self.member.is_ending() }).await;
    }

    async fn tell(&mut self, told: Told) {
        match told {
            Told::Unread(error) => {
                self.waits = false;
                self.metrics.unread.inc();
                tracing::warn!(%error, "regions go on as they are");
            }
            Told::Recovered(region, Ok(opened)) => {
                tracing::info!(%region, version = opened.version.0, "runs here");
                self.hosting.admit(region.clone(), *opened);
                self.metrics.moved(Move::Opened);
                self.handle(Input::Opened(region)).await;
            }
            Told::Recovered(region, Err(error)) => {
                tracing::error!(%region, %error, "cannot be run here");
                self.metrics.moved(Move::Failed);
                self.handle(Input::Failed(region)).await;
            }
            Told::Input(input) => {
                self.waits &= !matches!(input, Input::Read(_));
                self.handle(input).await;
            }
        }
    }

    async fn handle(&mut self, input: Input) {
        if let Input::Fenced(region) = &input
            && self.member.runs(region)
        {
            tracing::warn!(%region, "is lost: another server has its journal, or its part here broke");
            self.metrics.moved(Move::Lost);
        }
        self.member.handle(self.clock.now(), input);
        while let Some(output) = self.member.poll() {
            self.perform(output).await;
        }
    }

    /// Says where regions run by now, to doors and in figures: once for all that was told at once.
    fn publish(&self) {
        let routes = Routes::of(&self.member, &self.regions);
        self.metrics.see(&self.member, &routes);
        self.level.raise(self.member.table().level);
        self.routes.send_if_modified(|known| {
            let changed = **known != routes;
            if changed {
                *known = Arc::new(routes);
            }
            changed
        });
    }

    async fn perform(&mut self, output: Output) {
        match output {
            Output::Claim(region, after) => self.ask(Question::Claim(region, after)).await,
            Output::Open(region) => self.hosting.open(region),
            Output::Close(region) => self.hosting.close(region),
            Output::Release(region, term, heir) => {
                if let Some(heir) = &heir {
                    tracing::info!(%region, %heir, "is given away");
                    self.metrics.moved(Move::GivenAway);
                }
                self.ask(Question::Release(region, term, heir)).await;
            }
            Output::Follow(region) => self.hosting.follow(region),
            Output::Unfollow(region) => self.hosting.unfollow(&region),
            Output::Ready(region, term) => self.ask(Question::Ready(region, term)).await,
        }
    }

    async fn ask(&self, question: Question) {
        // Nobody listening means that the server ends.
        _ = self.questions.send(question).await;
    }
}
