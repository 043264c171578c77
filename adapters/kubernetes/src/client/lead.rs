//! Who leads: of several schedulers on one cluster the one that holds a lease, for as long as it can be sure of that.
//!
//! ```text
//! follows -> leads -> follows
//! ```
//! The clock is each process's own and monotonic: a leader is one for a while after it *asked* for a renewal that was granted, so that one that was
//! paused knows on waking up that its time is over. Others take over once the lease has not changed for longer than that, as they see it. A lease fences nothing:
//! so its number, the *epoch*, stands in every binding, and whoever takes over first reads what is there. Source: Kubernetes, "Leases".

use super::ClientError;
use super::look::list;
use super::word::Word;
use crate::cluster::{Change, DeviceClaim, Heard, Pod, PodKey, Version};
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::resource::v1::ResourceClaim;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use kube::api::PostParams;
use kube::{Api, Client};
use paceline_supervise::now_ns;
use paceline_supervise::sync::mpsc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::time::Duration;

/// A lease that has not changed for so long is free. A takeover takes this and a look at it.
const FREE_AFTER: Duration = Duration::from_secs(6);
/// A leader is sure of itself for so long after it asked: by a third less than others wait, for clocks that run apart and requests under way.
const SURE_FOR: Duration = Duration::from_secs(4);
/// How often a lease is renewed or looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Which lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseName {
    /// Its namespace.
    pub namespace: String,
    /// Its name in it.
    pub name: String,
}

/// Whether this process leads. Copies share it.
#[derive(Clone, Debug)]
pub(super) struct Lead(Option<Arc<Term>>);

#[derive(Debug, Default)]
struct Term {
    /// Until when, on this process's clock.
    until_ns: AtomicU64,
    epoch: AtomicI32,
}

impl Lead {
    /// Alone on the cluster, for ever.
    pub(super) fn alone() -> Self {
        Self(None)
    }

    /// By a lease, which it does not hold yet.
    pub(super) fn by_lease() -> Self {
        Self(Some(Arc::default()))
    }

    /// Whether it leads now.
    pub(super) fn is_sure(&self) -> bool {
        self.0.as_ref().is_none_or(|term| now_ns() < term.until_ns.load(Ordering::Acquire))
    }

    /// The number of its term; `None`: there are no terms.
    pub(super) fn epoch(&self) -> Option<i32> {
        self.0.as_ref().map(|term| term.epoch.load(Ordering::Acquire))
    }

    fn renew(&self, asked_ns: u64, epoch: i32) {
        if let Some(term) = &self.0 {
            term.epoch.store(epoch, Ordering::Release);
            term.until_ns.store(asked_ns + SURE_FOR.as_nanos() as u64, Ordering::Release);
        }
    }
}

/// Holds a lease, or tries to, and tells the rounds when a term begins.
pub(super) async fn hold(client: Client, of: LeaseName, lead: Lead, to: mpsc::Sender<Word>) {
    let api: Api<Lease> = Api::namespaced(client.clone(), &of.namespace);
    let mut holder = Holder { api, name: of.name, identity: uuid::Uuid::new_v4().to_string(), seen: None };
    let mut leads = false;
    loop {
        let asked_ns = now_ns();
        match holder.ask(asked_ns).await {
            Ok(Some(epoch)) if leads => lead.renew(asked_ns, epoch),
            Ok(Some(epoch)) => match read_anew(&client, &to).await {
                Ok(()) => {
                    lead.renew(asked_ns, epoch);
                    leads = to.send(Word::Leads(epoch)).await.is_ok();
                }
                Err(error) => tracing::warn!(%error, "what the leader before did could not be read"),
            },
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, lease = holder.name, "the lease could not be had"),
        }
        if leads && !lead.is_sure() {
            tracing::warn!(lease = holder.name, "leads no more");
            leads = false;
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Reads what the leader before may have done since it was last heard of: pods that it bound, and claims that it gave devices.
async fn read_anew(client: &Client, to: &mpsc::Sender<Word>) -> Result<(), ClientError> {
    let pods: Vec<core::Pod> = list(client).await?;
    let claims: Vec<ResourceClaim> = list(client).await?;
    let version = |of: &ObjectMeta| Version::read(of.resource_version.as_deref());
    let pods = pods
        .iter()
        .map(|of| Change::Pod(Heard::Put(PodKey::of(&of.metadata), version(&of.metadata), Pod::read(of))));
    let claims = claims.iter().map(|of| {
        Change::DeviceClaim(Heard::Put(
            PodKey::of(&of.metadata),
            version(&of.metadata),
            DeviceClaim::read(of),
        ))
    });
    for change in pods.chain(claims) {
        if to.send(Word::Said(change)).await.is_err() {
            break;
        }
    }
    Ok(())
}

struct Holder {
    api: Api<Lease>,
    name: String,
    /// Of no other process.
    identity: String,
    /// The lease of somebody else as it was last seen to change, and when that was.
    seen: Option<(String, u64)>,
}

impl Holder {
    /// Renews the lease, or takes it where it is free. The epoch, if it is held now.
    async fn ask(&mut self, now: u64) -> kube::Result<Option<i32>> {
        let Some(lease) = self.api.get_opt(&self.name).await? else {
            let metadata = ObjectMeta { name: Some(self.name.clone()), ..ObjectMeta::default() };
            let lease = Lease { metadata, spec: Some(self.term(1)) };
            return granted(self.api.create(&PostParams::default(), &lease).await);
        };
        let spec = lease.spec.clone().unwrap_or_default();
        let epoch = spec.lease_transitions.unwrap_or(0);
        let is_ours = spec.holder_identity.as_deref() == Some(&self.identity);
        if !is_ours && !self.is_free(&lease, now) {
            return Ok(None);
        }
        let term = if is_ours {
            LeaseSpec { renew_time: Some(MicroTime(Timestamp::now())), ..spec }
        } else {
            self.term(epoch.saturating_add(1))
        };
        // With the version that was read: of two who take it at once, one is refused.
        let lease = Lease { spec: Some(term), ..lease };
        granted(self.api.replace(&self.name, &PostParams::default(), &lease).await)
    }

    /// Whether the lease of somebody else has not changed for long enough, as seen from here.
    fn is_free(&mut self, lease: &Lease, now: u64) -> bool {
        let version = lease.metadata.resource_version.clone().unwrap_or_default();
        match &self.seen {
            Some((seen, since)) if *seen == version => {
                now.saturating_sub(*since) >= FREE_AFTER.as_nanos() as u64
            }
            _ => {
                self.seen = Some((version, now));
                false
            }
        }
    }

    fn term(&self, epoch: i32) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        LeaseSpec {
            acquire_time: Some(now.clone()),
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: Some(FREE_AFTER.as_secs() as i32),
            lease_transitions: Some(epoch),
            renew_time: Some(now),
            ..LeaseSpec::default()
        }
    }
}

/// Somebody else was faster: that is no fault.
fn granted(answer: kube::Result<Lease>) -> kube::Result<Option<i32>> {
    match answer {
        Ok(lease) => Ok(lease.spec.and_then(|spec| spec.lease_transitions)),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(None),
        Err(error) => Err(error),
    }
}
