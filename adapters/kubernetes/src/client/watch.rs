//! What the API server says of each kind, for as long as it is asked: lists and watches, begun anew when they expire or break off.

use super::word::Word;
use crate::cluster::{
    Budget, Change, Claim, Class, DeviceClaim, DeviceClass, Heard, Labels, Name, Node, Pod, PodKey, Slice,
    Version, Volume, VolumeLimits, WaitsForConsumer, labels_of,
};
use futures_util::StreamExt as _;
use k8s_openapi::api::core::v1::Namespace;
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
    let watches = Watches { tasks, client, to };
    let all = watcher::Config::default;
    watches.spawn("watch nodes", all(), Change::Node, name_of, Node::read);
    watches.spawn("watch pods", all().fields(LIVE_PODS), Change::Pod, key_of, Pod::read);
    watches.spawn("watch namespaces", all(), Change::Namespace, name_of, labels_of_namespace);
    watches.spawn("watch priority classes", all(), Change::Class, name_of, Class::read);
    watches.spawn("watch budgets", all(), Change::Budget, key_of, Budget::read);
    watches.spawn("watch claims", all(), Change::Claim, key_of, Claim::read);
    watches.spawn("watch volumes", all(), Change::Volume, name_of, Volume::read);
    watches.spawn("watch storage classes", all(), Change::StorageClass, name_of, WaitsForConsumer::read);
    watches.spawn("watch volume limits", all(), Change::VolumeLimits, name_of, VolumeLimits::read);
    watches.spawn("watch device claims", all(), Change::DeviceClaim, key_of, DeviceClaim::read);
    watches.spawn("watch device classes", all(), Change::DeviceClass, name_of, DeviceClass::read);
    watches.spawn("watch devices", all(), Change::Slice, name_of, Slice::read);
}

fn labels_of_namespace(of: &Namespace) -> Labels {
    labels_of(&of.metadata)
}

struct Watches<'s> {
    tasks: &'s Spawner,
    client: &'s Client,
    to: &'s mpsc::Sender<Word>,
}

impl Watches<'_> {
    fn spawn<O, K: 'static, T: 'static>(
        &self,
        name: &'static str,
        config: watcher::Config,
        change: fn(Heard<K, T>) -> Change,
        key: fn(&ObjectMeta) -> K,
        read: fn(&O) -> T,
    ) where
        O: kube::Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug + Send + 'static,
    {
        let read = move |event| Word::Said(change(heard(event, key, read)));
        let (ends, api) = (self.tasks.token(), Api::<O>::all(self.client.clone()));
        let follow = follow(name, api, config, self.to.clone(), read);
        self.tasks.spawn(name, Until::Owner, async move {
            ends.run_until_cancelled(follow).await.unwrap_or(());
        });
    }
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
fn heard<O: kube::Resource, K, T>(
    event: Event<O>,
    key: fn(&ObjectMeta) -> K,
    read: fn(&O) -> T,
) -> Heard<K, T> {
    let version = |of: &O| Version::read(of.meta().resource_version.as_deref());
    match event {
        Event::Init => Heard::ListBegins,
        Event::InitApply(of) => Heard::Listed(key(of.meta()), version(&of), read(&of)),
        Event::InitDone => Heard::ListEnds,
        Event::Apply(of) => Heard::Put(key(of.meta()), version(&of), read(&of)),
        Event::Delete(of) => Heard::Gone(key(of.meta()), version(&of)),
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
