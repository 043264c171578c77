//! Carrying decisions out: bindings, conditions, evictions. Each names the identity of its pod, so that another pod of the same name is left alone.

use super::claims::{ClaimWish, Claims};
use super::events::{Occurrence, Teller};
use super::lead::Lead;
use super::word::{Outcome, Subject, Word, Written};
use crate::cluster::Name;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use k8s_openapi::api::core::v1::{Binding, ObjectReference, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Status};
use k8s_openapi::jiff::Timestamp;
use kube::api::{DeleteParams, EvictParams, Patch, PatchParams, PostParams, Preconditions};
use kube::{Api, Client};
use paceline_supervise::sync::mpsc;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Something to be done.
#[derive(Debug)]
pub(super) enum Act {
    /// A pod is bound to a node, once its claims are as they have to be.
    Bind { of: Subject, node: Name, claims: Vec<ClaimWish> },
    /// A pod is told why it waits. `forgets`: no room is made for it any more.
    Tell { of: Subject, message: String, is_first: bool, forgets: bool },
    /// A pod is told why it waits and where room is made for it; then these are ended, the flag saying whether beyond their budgets.
    MakeRoom {
        of: Subject,
        message: String,
        is_first: bool,
        node: Name,
        victims: Vec<Subject>,
        is_beyond: bool,
    },
}

impl Act {
    /// All pods that it is about.
    fn subjects(self) -> Vec<Subject> {
        match self {
            Self::Bind { of, .. } | Self::Tell { of, .. } => vec![of],
            Self::MakeRoom { of, victims, .. } => victims.into_iter().chain([of]).collect(),
        }
    }
}

/// In which term a pod was bound. The server copies it from the binding to the pod.
const EPOCH: &str = "paceline.dev/epoch";
/// So long after an act that failed its pod is looked at again: whatever was in the way has had its time.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Carries out what comes, so many at a time, until nothing more can come.
pub(super) async fn carry(
    hands: Hands,
    mut acts: mpsc::Receiver<Act>,
    at_once: usize,
    to: mpsc::Sender<Word>,
) {
    let mut under_way = FuturesUnordered::new();
    loop {
        tokio::select! {
            act = acts.recv(), if under_way.len() < at_once => match act {
                Some(act) => under_way.push(hands.carry(act)),
                None => return,
            },
            Some(outcome) = under_way.next(), if !under_way.is_empty() => {
                if to.send(Word::Carried(outcome)).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// A pod could not be bound.
struct NotBound;

/// What carries decisions out.
pub(super) struct Hands {
    client: Client,
    claims: Claims,
    teller: Teller,
    lead: Lead,
}

impl Hands {
    pub(super) fn new(client: Client, teller: Teller, lead: Lead) -> Self {
        Self { claims: Claims { client: client.clone() }, client, teller, lead }
    }

    async fn carry(&self, act: Act) -> Outcome {
        let failed = match act {
            // Somebody else may lead by now. What was decided here is nobody's wish any more.
            act if !self.lead.is_sure() => act.subjects(),
            Act::Bind { of, node, claims } => match self.place(&of, &node, &claims).await {
                Ok(written) => return Outcome::Done { written },
                Err(NotBound) => vec![of],
            },
            Act::Tell { of, message, is_first, forgets } => {
                let nominated = if forgets { Some(Value::Null) } else { None };
                self.tell(&of, &message, is_first, nominated).await;
                Vec::new()
            }
            Act::MakeRoom { of, message, is_first, node, victims, is_beyond } => {
                if self.tell(&of, &message, is_first, Some(json!(node.as_ref()))).await {
                    self.end(&of, &node, victims, is_beyond).await
                } else {
                    victims.into_iter().chain([of]).collect()
                }
            }
        };
        if failed.is_empty() {
            return Outcome::Done { written: Vec::new() };
        }
        tokio::time::sleep(AGAIN_AFTER).await;
        Outcome::Failed(failed)
    }

    fn pods(&self, of: &Subject) -> Api<Pod> {
        Api::namespaced(self.client.clone(), &of.pod.namespace)
    }

    /// Has the claims of a pod as they have to be, and binds it; as of when the server has them. What was taken is given back where it is not bound.
    async fn place(&self, of: &Subject, node: &Name, claims: &[ClaimWish]) -> Result<Written, NotBound> {
        let mut written = Vec::new();
        let mut error = None;
        for wish in claims {
            match self.claims.take(of, wish).await {
                Ok(at) => written.push(at),
                Err(failed) => error = Some(failed.to_string()),
            }
            if error.is_some() {
                break;
            }
        }
        let error = match error {
            Some(error) => error,
            // The last moment to look: claims took their time.
            None if !self.lead.is_sure() => "leads no more".into(),
            None => match self.bind(of, node).await {
                Ok(()) => {
                    self.teller.tell(Occurrence::scheduled(of, node));
                    return Ok(written);
                }
                Err(error) => error.to_string(),
            },
        };
        tracing::warn!(pod = %of.pod, %node, %error, "could not be bound");
        // Whoever leads by now may have reserved the claims for the pod anew: what is left is theirs.
        let gives_back = !claims.is_empty() && self.lead.is_sure();
        let is_bound = gives_back && self.claims.give_back(of, claims).await;
        if is_bound { Ok(written) } else { Err(NotBound) }
    }

    async fn bind(&self, of: &Subject, node: &Name) -> kube::Result<()> {
        let target = ObjectReference {
            api_version: Some("v1".into()),
            kind: Some("Node".into()),
            name: Some(node.to_string()),
            ..ObjectReference::default()
        };
        let metadata = ObjectMeta {
            name: Some(of.pod.name.to_string()),
            namespace: Some(of.pod.namespace.to_string()),
            uid: Some(of.uid.to_string()),
            annotations: self.lead.epoch().map(|epoch| BTreeMap::from([(EPOCH.into(), epoch.to_string())])),
            ..ObjectMeta::default()
        };
        let binding = Binding { metadata, target };
        let params = PostParams::default();
        let bound: Status =
            self.pods(of).create_subresource("binding", &of.pod.name, &params, &binding).await?;
        tracing::debug!(pod = %of.pod, %node, status = bound.status, "bound");
        Ok(())
    }

    /// Writes the condition, and where room is made if that changes. Whether it was written.
    async fn tell(&self, of: &Subject, message: &str, is_first: bool, nominated: Option<Value>) -> bool {
        let mut condition = json!({
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
        });
        if is_first {
            condition["lastTransitionTime"] = json!(Timestamp::now().to_string());
        }
        let mut status = json!({ "conditions": [condition] });
        if let Some(nominated) = nominated {
            status["nominatedNodeName"] = nominated;
        }
        let patch = json!({ "metadata": { "uid": of.uid.as_ref() }, "status": status });
        let pods = self.pods(of);
        let answer = pods.patch_status(&of.pod.name, &PatchParams::default(), &Patch::Strategic(patch)).await;
        match answer {
            Ok(_) => {
                self.teller.tell(Occurrence::waits(of, message));
                true
            }
            Err(error) => {
                tracing::debug!(pod = %of.pod, %error, "could not be told why it waits");
                false
            }
        }
    }

    /// Ends pods for another; those that could not be ended come back, and the other with them.
    async fn end(&self, of: &Subject, node: &Name, victims: Vec<Subject>, is_beyond: bool) -> Vec<Subject> {
        let mut failed = Vec::new();
        for victim in victims {
            match self.end_one(&victim, is_beyond).await {
                Ok(()) => self.teller.tell(Occurrence::gave_way(&victim, of, node)),
                Err(error) => {
                    tracing::warn!(pod = %victim.pod, by = %of.pod, %error, "could not be ended");
                    failed.push(victim);
                }
            }
        }
        if !failed.is_empty() {
            failed.push(of.clone());
        }
        failed
    }

    async fn end_one(&self, victim: &Subject, is_beyond: bool) -> kube::Result<()> {
        if is_beyond {
            return self.pods(victim).delete(&victim.pod.name, &of_identity(victim)).await.map(|_| ());
        }
        evict(&self.client, victim).await
    }
}

/// Ends a pod within its disruption budgets.
pub(super) async fn evict(client: &Client, victim: &Subject) -> kube::Result<()> {
    let eviction = EvictParams { delete_options: Some(of_identity(victim)), ..EvictParams::default() };
    let pods: Api<Pod> = Api::namespaced(client.clone(), &victim.pod.namespace);
    pods.evict(&victim.pod.name, &eviction).await.map(|_| ())
}

/// Only the very pod, and no other of its name.
fn of_identity(of: &Subject) -> DeleteParams {
    let preconditions = Preconditions { uid: Some(of.uid.to_string()), resource_version: None };
    DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() }
}
