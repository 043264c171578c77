//! Carries moves out, one after the other, for one pod that waits: `paceline kubernetes plan --carry-out`.
//!
//! ```text
//! look -> plan -> cordon the node -> [ look -> plan -> evict one -> its stead is bound ] -> uncordon -> the pod is bound
//! ```
//! The node is cordoned meanwhile, so that nobody else takes what becomes free. Before each move the cluster is read anew, and planned anew: what
//! is moved is the first move of a plan that holds now. Whatever happens, the node is uncordoned at the end; who is asked to end does so between two acts.

use super::carry::evict;
use super::look::list;
use super::word::Subject;
use super::{ClientError, Listed, look};
use crate::cluster::{Change, Cluster, Heard, Name, Node, Phase, Pod, PodKey, Taint, Version};
use crate::decide::moves::{Move, Owned, Plan, plan};
use k8s_openapi::api::core::v1 as core;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use serde_json::json;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::Duration;

/// What is carried out.
#[derive(Clone, Debug)]
pub struct MoveOptions {
    /// For which pod.
    pub pod: PodKey,
    /// Moves at most.
    pub moves_max: usize,
    /// Moves in a minute at most.
    pub per_minute: u32,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// The node takes no other pod for now.
    Cordoned(Name),
    /// A pod was evicted. Whether it is known that the one in its stead is bound.
    Moved(Move, bool),
    /// The node takes pods again.
    Uncordoned(Name),
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The pod has its node.
    Bound(Name),
    /// It goes no further, and why. What was moved stays where it is now.
    Stopped(String),
    /// It was asked to end.
    Asked,
}

/// A pod that was evicted is gone, and the one in its stead bound, after so long, or it goes no further.
const REPLACED_MAX: Duration = Duration::from_secs(300);
/// A pod for which there is a place is bound after so long, or somebody is told.
const BOUND_MAX: Duration = Duration::from_secs(60);
/// Between two looks at what became of an act.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Carries moves out until the pod is bound, or it goes no further. `tell` is told of each that was done.
///
/// Errors: the server does not answer, or may not be asked. The node may be cordoned still: then `tell` was told so, and not of the end of it.
pub async fn carry_out(
    client: &Client,
    options: &MoveOptions,
    shutdown: impl Future<Output = ()>,
    tell: &mut dyn FnMut(&Done),
) -> Result<Ended, ClientError> {
    let shutdown = std::pin::pin!(shutdown);
    let mut mover = Mover { client, options, tell, cordoned: None, moved: 0, shutdown, is_asked: false };
    let ended = mover.go().await;
    mover.uncordon().await?;
    match ended? {
        // Only now may it be bound there.
        Ended::Bound(node) => mover.until_bound(node).await,
        other => Ok(other),
    }
}

struct Mover<'m, S> {
    client: &'m Client,
    options: &'m MoveOptions,
    tell: &'m mut dyn FnMut(&Done),
    /// The node that this has cordoned.
    cordoned: Option<Name>,
    moved: usize,
    shutdown: Pin<&'m mut S>,
    is_asked: bool,
}

impl<S: Future<Output = ()>> Mover<'_, S> {
    /// Moves until there is a place for the pod: then where.
    async fn go(&mut self) -> Result<Ended, ClientError> {
        loop {
            if self.is_asked {
                return Ok(Ended::Asked);
            }
            let listed = look(self.client).await?;
            let its_node = listed.cluster.pod(&self.options.pod).and_then(|pod| pod.node.clone());
            if let Some(node) = its_node {
                return Ok(Ended::Bound(node));
            }
            let cluster = self.as_if_open(listed.cluster.clone());
            let most = self.options.moves_max.saturating_sub(self.moved);
            let owned = owned(&listed);
            let Plan { node, moves } = match plan(&cluster, &owned, &self.options.pod, most) {
                Ok(plan) => plan,
                Err(no) => return Ok(Ended::Stopped(no.to_string())),
            };
            let Some(first) = moves.into_iter().next() else { return Ok(Ended::Bound(node)) };
            match &self.cordoned {
                None => self.cordon(&node).await?,
                Some(cordoned) if *cordoned != node => {
                    return Ok(Ended::Stopped(format!("Now it is {node} that could be cleared best.")));
                }
                Some(_) => {
                    if let Some(ended) = self.make(first, &listed).await? {
                        return Ok(ended);
                    }
                }
            }
        }
    }

    /// Makes one move, and rests as long as the rate asks for. How it ends, if it does.
    async fn make(&mut self, one: Move, before: &Listed) -> Result<Option<Ended>, ClientError> {
        let subject = Subject { pod: one.pod.clone(), uid: one.uid.clone() };
        match evict(self.client, &subject).await {
            Ok(()) => {}
            Err(kube::Error::Api(status)) => {
                return Ok(Some(Ended::Stopped(format!("{} was not evicted: {}", one.pod, status.message))));
            }
            Err(error) => return Err(error.into()),
        }
        self.moved += 1;
        let standing = siblings_bound(&before.pods, &one);
        let is_replaced = self
            .until(REPLACED_MAX, |pods| {
                let is_gone = !pods.iter().any(|pod| pod.metadata.uid.as_deref() == Some(&one.uid));
                is_gone && siblings_bound(pods, &one) >= standing
            })
            .await?;
        let name = one.pod.clone();
        (self.tell)(&Done::Moved(one, is_replaced));
        if !is_replaced && !self.is_asked {
            return Ok(Some(Ended::Stopped(format!(
                "{name} was evicted, and the one in its stead is not bound."
            ))));
        }
        self.pause(Duration::from_secs(60) / self.options.per_minute.max(1)).await;
        Ok(None)
    }

    /// There is a place: the pod is bound by whoever places it.
    async fn until_bound(&mut self, node: Name) -> Result<Ended, ClientError> {
        let pod = self.options.pod.clone();
        let mut bound = None;
        self.until(BOUND_MAX, |pods| {
            let its = pods.iter().find(|of| PodKey::of(&of.metadata) == pod);
            bound = its.and_then(|of| of.spec.as_ref()?.node_name.clone());
            bound.is_some()
        })
        .await?;
        Ok(match bound {
            Some(node) => Ended::Bound(node.into()),
            None if self.is_asked => Ended::Asked,
            None => Ended::Stopped(format!("There is a place for it on {node}, and nobody has bound it.")),
        })
    }

    /// Looks at pods until something is so. Whether it is; not, where it takes too long or this is asked to end.
    async fn until(
        &mut self,
        span_max: Duration,
        mut is_so: impl FnMut(&[core::Pod]) -> bool,
    ) -> Result<bool, ClientError> {
        let mut waited = Duration::ZERO;
        loop {
            if is_so(&list(self.client).await?) {
                return Ok(true);
            }
            if waited >= span_max || self.is_asked {
                return Ok(false);
            }
            self.pause(LOOK_EVERY).await;
            waited += LOOK_EVERY;
        }
    }

    /// The cluster as if the node were open that this has cordoned.
    fn as_if_open(&self, mut cluster: Cluster) -> Cluster {
        let node = self.cordoned.as_ref().and_then(|name| {
            let (name, node) = cluster.nodes().find(|(known, _)| *known == name)?;
            Some((name.clone(), Node { unschedulable: false, ..node.clone() }))
        });
        if let Some((name, mut node)) = node {
            // The node controller marks it by this, too.
            node.taints.retain(|taint| taint.key != Taint::cordon().key);
            cluster.hear(Change::Node(Heard::Put(name, Version::read(None), node)));
        }
        cluster
    }

    async fn cordon(&mut self, node: &Name) -> Result<(), ClientError> {
        self.set_cordon(node, true).await?;
        self.cordoned = Some(node.clone());
        (self.tell)(&Done::Cordoned(node.clone()));
        Ok(())
    }

    async fn uncordon(&mut self) -> Result<(), ClientError> {
        let Some(node) = self.cordoned.clone() else { return Ok(()) };
        self.set_cordon(&node, false).await?;
        self.cordoned = None;
        (self.tell)(&Done::Uncordoned(node));
        Ok(())
    }

    async fn set_cordon(&self, node: &Name, is_cordoned: bool) -> Result<(), ClientError> {
        let patch = Patch::Strategic(json!({ "spec": { "unschedulable": is_cordoned } }));
        let nodes: Api<core::Node> = Api::all(self.client.clone());
        nodes.patch(node, &PatchParams::default(), &patch).await?;
        Ok(())
    }

    async fn pause(&mut self, span: Duration) {
        if self.is_asked {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(span) => {}
            () = &mut self.shutdown => self.is_asked = true,
        }
    }
}

/// Who of a cluster is made anew by whom.
pub fn owned(listed: &Listed) -> BTreeMap<PodKey, Owned> {
    let pods = listed.pods.iter();
    pods.filter_map(|of| Some((PodKey::of(&of.metadata), Owned::read(of)?))).collect()
}

/// How many pods of the same owner have a node, and go on.
fn siblings_bound(pods: &[core::Pod], one: &Move) -> usize {
    let is_sibling = |of: &&core::Pod| {
        let is_bound = of.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
        let is_owned = Owned::read(of).is_some_and(|owned| owned.owner == one.owned.owner);
        let is_live = Pod::read(of).phase == Phase::Live;
        is_bound && is_owned && is_live && PodKey::of(&of.metadata).namespace == one.pod.namespace
    };
    pods.iter().filter(is_sibling).count()
}
