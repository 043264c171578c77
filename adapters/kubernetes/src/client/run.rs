//! The loop: hear, decide, hand over.

use super::ClientError;
use super::carry::{Act, Hands, carry};
use super::claims::ClaimWish;
use super::events::{self, Teller};
use super::lead::{Lead, LeaseName, hold};
use super::watch::{self, OfMirror, Pods};
use super::word::{Outcome, Subject, Word};
use crate::cluster::{Cluster, Pod, Promise};
use crate::decide::{self, Decided, Decision, NoRoom, Why};
use crate::limits::{GANG_MAX, ROUND_MAX};
use kube::Client;
use paceline_supervise::sync::mpsc;
use paceline_supervise::{Supervisor, Until};
use std::time::Duration;

/// How it runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Pods whose `schedulerName` is this are placed.
    pub scheduler: String,
    /// Requests to the API server that may be under way at once, besides watches and events.
    pub at_once: usize,
    /// The lease that lets one of several schedulers lead; `None`: this one is alone.
    pub lease: Option<LeaseName>,
}

impl Default for Options {
    fn default() -> Self {
        Self { scheduler: "paceline".into(), at_once: 32, lease: None }
    }
}

/// Words of the server that wait to be heard; watches wait while there are as many.
const WORDS_MAX: usize = 4_096;
/// Words that are heard between two rounds at most.
const HEARD_MAX: usize = 4_096;
/// Decisions of one round, with a gang as the last of them.
const DECIDED_MAX: usize = ROUND_MAX + GANG_MAX;
/// Decisions that wait to be carried out.
const ACTS_MAX: usize = 512;
/// So long tasks have to end.
const GRACE: Duration = Duration::from_secs(5);

/// Schedules until `shutdown` comes.
///
/// Errors: a task failed. A server that does not answer is waited for.
pub async fn run(
    client: Client,
    options: Options,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ClientError> {
    let supervisor = Supervisor::new(paceline_supervise::Options::default());
    let scope = supervisor.scope("kubernetes");
    let (to_rounds, words) = mpsc::channel("words of the API server", WORDS_MAX);
    let (to_hands, acts) = mpsc::channel("decisions", ACTS_MAX);
    let (teller, occurrences) = Teller::new();
    watch::spawn(&scope, &client, &to_rounds, Pods::Live, &OfMirror);
    let reporter = options.scheduler.clone();
    let token = scope.token();
    let ends = token.clone();
    let events = events::write(client.clone(), reporter, occurrences);
    scope.spawn("events", Until::Owner, async move { ends.run_until_cancelled(events).await.unwrap_or(()) });
    let lead = if options.lease.is_some() { Lead::by_lease() } else { Lead::alone() };
    if let Some(lease) = options.lease {
        let (ends, hold) = (token.clone(), hold(client.clone(), lease, lead.clone(), to_rounds.clone()));
        scope.spawn("lease", Until::Owner, async move { ends.run_until_cancelled(hold).await.unwrap_or(()) });
    }
    let hands = Hands::new(client, teller, lead.clone());
    let hands = carry(hands, acts, options.at_once, to_rounds);
    let ends = token.clone();
    scope.spawn("carry", Until::Owner, async move { ends.run_until_cancelled(hands).await.unwrap_or(()) });
    let (cluster, scheduler) = (Cluster::default(), options.scheduler);
    let rounds = Rounds { cluster, scheduler, acts: to_hands, lead, is_due: false };
    let rounds = rounds.run(words);
    scope.spawn("rounds", Until::Owner, async move { token.run_until_cancelled(rounds).await.unwrap_or(()) });
    let closed = scope.run_until(shutdown, GRACE).await;
    match closed.failed.is_empty() {
        true => Ok(()),
        false => Err(ClientError::Tasks(format!("{closed:?}"))),
    }
}

struct Rounds {
    cluster: Cluster,
    scheduler: String,
    acts: mpsc::Sender<Act>,
    lead: Lead,
    /// Whether anything was heard since the last round, or somebody was left.
    is_due: bool,
}

impl Rounds {
    async fn run(mut self, mut words: mpsc::Receiver<Word>) {
        let mut heard = Vec::new();
        let mut was_complete = false;
        while words.recv_many(&mut heard, HEARD_MAX).await > 0 {
            for word in heard.drain(..) {
                self.hear(word);
            }
            let is_complete = self.cluster.is_complete();
            if is_complete && !was_complete {
                let (nodes, pods) = (self.cluster.nodes().count(), self.cluster.pods().count());
                tracing::info!(nodes, pods, scheduler = self.scheduler, "the cluster is known: deciding");
            }
            was_complete |= is_complete;
            // Each act that is carried out brings a word, so that a round that finds no room for its decisions is made up for.
            while is_complete
                && self.lead.is_sure()
                && self.is_due
                && words.is_empty()
                && self.acts.capacity() >= DECIDED_MAX
            {
                self.round();
                tokio::task::yield_now().await;
            }
        }
    }

    fn hear(&mut self, word: Word) {
        match word {
            Word::Said(change) => self.is_due |= self.cluster.hear(change),
            Word::Leads(epoch) => {
                tracing::info!(epoch, "leads");
                self.is_due = true;
            }
            Word::Carried(Outcome::Done { written }) => {
                written.iter().for_each(|(claim, at)| self.cluster.note_written(claim, *at));
            }
            Word::Carried(Outcome::Failed(subjects)) => {
                subjects.iter().for_each(|one| self.cluster.take_back(&one.pod, &one.uid));
                self.is_due = true;
            }
        }
    }

    fn round(&mut self) {
        let round = decide::round(&self.cluster, &self.scheduler, ROUND_MAX);
        self.is_due = round.has_more;
        for decided in round.decided {
            let act = self.adopt(decided);
            // There is room: a round has at most as many decisions as there was room for before it.
            act.and_then(|act| self.acts.try_send(act).err());
        }
    }

    /// Notes a decision, and says what is to be done of it; nothing where the pod has been told already.
    fn adopt(&mut self, decided: Decided) -> Option<Act> {
        let Decided { pod: key, uid, decision } = decided;
        let of = Subject { pod: key.clone(), uid };
        match decision {
            Decision::Bind { node, devices } => {
                self.cluster.promise(&key, Promise::Bound(node.clone()));
                devices.into_iter().for_each(|devices| self.cluster.allot(&key, devices));
                let claims = ClaimWish::all(&self.cluster, &of);
                Some(Act::Bind { of, node, claims })
            }
            Decision::Wait(why) => {
                self.cluster.refuse(&key);
                tell(of, self.cluster.pod(&key)?, &why)
            }
            Decision::MakeRoom { node, victims, why } => {
                self.cluster.promise(&key, Promise::Nominated(node.clone()));
                let victims = victims.into_iter().filter_map(|victim| {
                    let uid = self.cluster.pod(&victim)?.uid.clone();
                    self.cluster.promise(&victim, Promise::Ending);
                    Some(Subject { pod: victim, uid })
                });
                let victims = victims.collect();
                let pod = self.cluster.pod(&key)?;
                let is_beyond = self.cluster.is_beyond_budgets(pod.class.as_ref());
                let (is_first, message) = (pod.told.is_none(), why.to_string());
                Some(Act::MakeRoom { of, message, is_first, node, victims, is_beyond })
            }
        }
    }
}

/// The reason that the API has for a pod that no node takes.
const UNSCHEDULABLE: &str = "Unschedulable";

/// What a pod is told, if it does not know that yet.
fn tell(of: Subject, pod: &Pod, why: &Why) -> Option<Act> {
    let message = why.to_string();
    let forgets = pod.nominated.is_some() && why.no_room != Some(NoRoom::Underway);
    let knows = pod.told.as_ref().is_some_and(|(reason, told)| reason == UNSCHEDULABLE && *told == message);
    (!knows || forgets).then(|| Act::Tell { of, message, is_first: pod.told.is_none(), forgets })
}
