//! What the API server says of each kind, for as long as it is asked: lists and watches, begun anew when they expire or break off.

use super::word::Word;
use crate::cluster::{
    Budget, Change, Claim, Class, DeviceClaim, DeviceClass, Heard, Labels, Name, Node, Pod, PodKey, Slice,
    Version, Volume, VolumeLimits, WaitsForConsumer, labels_of,
};
use crate::record::OfKind;
use futures_util::StreamExt as _;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event};
use kube::{Api, Client, Resource};
use paceline_supervise::{Spawner, Until, sync::mpsc};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Pods that have finished take no room, and are not watched by who only places others.
const LIVE_PODS: &str = "status.phase!=Succeeded,status.phase!=Failed";

/// Which pods are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pods {
    /// Those that have not finished.
    Live,
    /// All of them.
    All,
}

/// What becomes of what is heard.
pub(super) trait Ear: Clone + Send + Sync + 'static {
    /// What is handed on.
    type Word: Send + 'static;

    /// Something was heard of one kind: `read` is what decisions read of an object, `change` hands that to the mirror of a cluster.
    fn hear<O, K, T>(
        &self,
        heard: Heard<PodKey, O>,
        read: fn(&O) -> T,
        change: fn(Heard<K, T>) -> Change,
    ) -> Self::Word
    where
        O: OfKind + Serialize,
        K: From<PodKey>;

    /// A watch of a kind broke off, and is begun anew; `None`: nobody wants to know.
    fn broke<O: OfKind>(&self, why: &str) -> Option<Self::Word>;
}

/// Tells the mirror of a cluster.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfMirror;

impl Ear for OfMirror {
    type Word = Word;

    fn hear<O, K, T>(
        &self,
        heard: Heard<PodKey, O>,
        read: fn(&O) -> T,
        change: fn(Heard<K, T>) -> Change,
    ) -> Word
    where
        O: OfKind + Serialize,
        K: From<PodKey>,
    {
        Word::Said(change(heard.map(K::from, |of| read(&of))))
    }

    fn broke<O: OfKind>(&self, _: &str) -> Option<Word> {
        None
    }
}

/// Watches all kinds that decisions read.
pub(super) fn spawn<E: Ear>(
    tasks: &Spawner,
    client: &Client,
    to: &mpsc::Sender<E::Word>,
    pods: Pods,
    ear: &E,
) {
    let watches = Watches { tasks, client, to, ear };
    let all = watcher::Config::default;
    let pods = if pods == Pods::Live { all().fields(LIVE_PODS) } else { all() };
    watches.spawn("watch nodes", all(), Change::Node, Node::read);
    watches.spawn("watch pods", pods, Change::Pod, Pod::read);
    watches.spawn("watch namespaces", all(), Change::Namespace, labels_of_namespace);
    watches.spawn("watch priority classes", all(), Change::Class, Class::read);
    watches.spawn("watch budgets", all(), Change::Budget, Budget::read);
    watches.spawn("watch claims", all(), Change::Claim, Claim::read);
    watches.spawn("watch volumes", all(), Change::Volume, Volume::read);
    watches.spawn("watch storage classes", all(), Change::StorageClass, WaitsForConsumer::read);
    watches.spawn("watch volume limits", all(), Change::VolumeLimits, VolumeLimits::read);
    watches.spawn("watch device claims", all(), Change::DeviceClaim, DeviceClaim::read);
    watches.spawn("watch device classes", all(), Change::DeviceClass, DeviceClass::read);
    watches.spawn("watch devices", all(), Change::Slice, Slice::read);
}

fn labels_of_namespace(of: &Namespace) -> Labels {
    labels_of(&of.metadata)
}

struct Watches<'s, E: Ear> {
    tasks: &'s Spawner,
    client: &'s Client,
    to: &'s mpsc::Sender<E::Word>,
    ear: &'s E,
}

impl<E: Ear> Watches<'_, E> {
    fn spawn<O, K, T>(
        &self,
        name: &'static str,
        config: watcher::Config,
        change: fn(Heard<K, T>) -> Change,
        read: fn(&O) -> T,
    ) where
        O: Resource<DynamicType = ()>
            + OfKind
            + Serialize
            + Clone
            + DeserializeOwned
            + std::fmt::Debug
            + Send
            + 'static,
        K: From<PodKey> + 'static,
        T: 'static,
    {
        let ear = self.ear.clone();
        let hear = move |event: watcher::Result<Event<O>>| match event {
            Ok(event) => Some(ear.hear(heard(event), read, change)),
            Err(error) => ear.broke::<O>(&error.to_string()),
        };
        let (ends, api) = (self.tasks.token(), Api::<O>::all(self.client.clone()));
        let follow = follow(name, api, config, self.to.clone(), hear);
        self.tasks.spawn(name, Until::Owner, async move {
            ends.run_until_cancelled(follow).await.unwrap_or(());
        });
    }
}

pub(super) fn name_of(metadata: &ObjectMeta) -> Name {
    metadata.name.as_deref().unwrap_or_default().into()
}

/// An event of a watch as what was heard of one object.
fn heard<O: Resource>(event: Event<O>) -> Heard<PodKey, O> {
    let version = |of: &O| Version::read(of.meta().resource_version.as_deref());
    let key = |of: &O| PodKey::of(of.meta());
    match event {
        Event::Init => Heard::ListBegins,
        Event::InitApply(of) => Heard::Listed(key(&of), version(&of), of),
        Event::InitDone => Heard::ListEnds,
        Event::Apply(of) => Heard::Put(key(&of), version(&of), of),
        Event::Delete(of) => Heard::Gone(key(&of), version(&of)),
    }
}

/// Follows one kind until nobody listens. What breaks off is said once, and begun anew with a growing pause.
async fn follow<O, W>(
    name: &'static str,
    api: Api<O>,
    config: watcher::Config,
    to: mpsc::Sender<W>,
    hear: impl Fn(watcher::Result<Event<O>>) -> Option<W> + Send,
) where
    O: Resource + Clone + DeserializeOwned + std::fmt::Debug + Send + 'static,
{
    let mut events = std::pin::pin!(watcher::watcher(api, config).default_backoff());
    let mut is_broken = false;
    while let Some(event) = events.next().await {
        match &event {
            Ok(_) => is_broken = false,
            Err(error) if is_broken => {
                tracing::debug!(%error, "{name}: still broken");
                continue;
            }
            Err(error) => {
                is_broken = true;
                tracing::warn!(%error, "{name}: broke off, and is begun anew");
            }
        }
        if let Some(word) = hear(event)
            && to.send(word).await.is_err()
        {
            return;
        }
    }
}
