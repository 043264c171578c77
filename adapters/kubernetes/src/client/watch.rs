//! What the API server says of each kind, for as long as it is asked: lists and watches, begun anew when they expire or break off.

use super::word::Word;
use crate::cluster::{
    Budget, Change, Claim, Class, Heard, Name, Node, Pod, PodKey, Version, Volume, VolumeLimits,
    WaitsForConsumer, labels_of,
};
use futures_util::StreamExt as _;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::policy::v1 as policy;
use k8s_openapi::api::scheduling::v1 as scheduling;
use k8s_openapi::api::storage::v1 as storage;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event};
use kube::{Api, Client};
use paceline_supervise::{Spawner, Until, sync::mpsc};
use serde::de::DeserializeOwned;

/// Pods that have finished take no room, and are not watched.
const LIVE_PODS: &str = "status.phase!=Succeeded,status.phase!=Failed";

/// Watches all kinds that decisions read.
pub(super) fn spawn(tasks: &Spawner, client: &Client, to: &mpsc::Sender<Word>) {
    let all = watcher::Config::default();
    let live = watcher::Config::default().fields(LIVE_PODS);
    let put = |change: Change| Word::Said(change);
    macro_rules! watch {
        ($name:literal, $kind:ty, $config:expr, $change:path, $key:path, $read:expr) => {
            let api = Api::<$kind>::all(client.clone());
            let read = move |event| put($change(heard(event, |of: &$kind| &of.metadata, $key, $read)));
            let (ends, follow) = (tasks.token(), follow($name, api, $config, to.clone(), read));
            tasks.spawn(
                $name,
                Until::Owner,
                async move { ends.run_until_cancelled(follow).await.unwrap_or(()) },
            );
        };
    }
    watch!("watch nodes", core::Node, all.clone(), Change::Node, name_of, Node::read);
    watch!("watch pods", core::Pod, live, Change::Pod, key_of, Pod::read);
    watch!("watch namespaces", core::Namespace, all.clone(), Change::Namespace, name_of, |of| labels_of(
        &of.metadata
    ));
    watch!(
        "watch priority classes",
        scheduling::PriorityClass,
        all.clone(),
        Change::Class,
        name_of,
        Class::read
    );
    watch!("watch budgets", policy::PodDisruptionBudget, all.clone(), Change::Budget, key_of, Budget::read);
    watch!("watch claims", core::PersistentVolumeClaim, all.clone(), Change::Claim, key_of, Claim::read);
    watch!("watch volumes", core::PersistentVolume, all.clone(), Change::Volume, name_of, Volume::read);
    watch!(
        "watch storage classes",
        storage::StorageClass,
        all.clone(),
        Change::StorageClass,
        name_of,
        WaitsForConsumer::read
    );
    watch!("watch volume limits", storage::CSINode, all, Change::VolumeLimits, name_of, VolumeLimits::read);
}

pub(super) fn name_of(metadata: &ObjectMeta) -> Name {
    metadata.name.as_deref().unwrap_or_default().into()
}

pub(super) fn key_of(metadata: &ObjectMeta) -> PodKey {
    PodKey::new(
        metadata.namespace.as_deref().unwrap_or_default(),
        metadata.name.as_deref().unwrap_or_default(),
    )
}

/// An event of a watch as what was heard of one object.
fn heard<O, K, T>(
    event: Event<O>,
    metadata: impl Fn(&O) -> &ObjectMeta,
    key: impl Fn(&ObjectMeta) -> K,
    read: impl Fn(&O) -> T,
) -> Heard<K, T> {
    let version = |of: &O| Version::read(metadata(of).resource_version.as_deref());
    match event {
        Event::Init => Heard::ListBegins,
        Event::InitApply(of) => Heard::Listed(key(metadata(&of)), version(&of), read(&of)),
        Event::InitDone => Heard::ListEnds,
        Event::Apply(of) => Heard::Put(key(metadata(&of)), version(&of), read(&of)),
        Event::Delete(of) => Heard::Gone(key(metadata(&of)), version(&of)),
    }
}

/// Follows one kind until nobody listens. What breaks off is said once, and begun anew with a growing pause.
async fn follow<O>(
    name: &'static str,
    api: Api<O>,
    config: watcher::Config,
    to: mpsc::Sender<Word>,
    read: impl Fn(Event<O>) -> Word + Send,
) where
    O: kube::Resource + Clone + DeserializeOwned + std::fmt::Debug + Send + 'static,
{
    let mut events = std::pin::pin!(watcher::watcher(api, config).default_backoff());
    let mut is_broken = false;
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => {
                is_broken = false;
                if to.send(read(event)).await.is_err() {
                    return;
                }
            }
            Err(error) if is_broken => tracing::debug!(%error, "{name}: still broken"),
            Err(error) => {
                is_broken = true;
                tracing::warn!(%error, "{name}: broke off, and is begun anew");
            }
        }
    }
}
