//! The cluster as it is now, read once.

use super::ClientError;
use super::watch::name_of;
use crate::check::Placed;
use crate::cluster::{
    Budget, Change, Claim, Class, Cluster, DeviceClaim, DeviceClass, Heard, Node, Pod, PodKey, Slice,
    Version, Volume, VolumeLimits, WaitsForConsumer, labels_of,
};
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::resource::v1 as resource;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::ListParams;
use kube::{Api, Client};
use serde::de::DeserializeOwned;

/// What was read.
#[derive(Debug)]
pub struct Listed {
    /// For decisions.
    pub cluster: Cluster,
    /// The nodes as the API has them.
    pub nodes: Vec<core::Node>,
    /// The pods as the API has them.
    pub pods: Vec<core::Pod>,
    /// The namespaces as the API has them.
    pub namespaces: Vec<core::Namespace>,
    /// The claims to devices as the API has them.
    pub claims: Vec<resource::ResourceClaim>,
    /// The classes of devices as the API has them.
    pub classes: Vec<resource::DeviceClass>,
    /// What drivers say of their devices, as the API has it.
    pub slices: Vec<resource::ResourceSlice>,
}

impl Listed {
    /// For the checker.
    pub fn placed(&self) -> Placed<'_> {
        Placed {
            nodes: &self.nodes,
            pods: &self.pods,
            namespaces: &self.namespaces,
            claims: &self.claims,
            classes: &self.classes,
            slices: &self.slices,
        }
    }
}

/// Objects of one page.
const PAGE: u32 = 500;

/// Reads the cluster once.
///
/// Errors: the server does not answer, or may not be asked.
pub async fn look(client: &Client) -> Result<Listed, ClientError> {
    let mut cluster = Cluster::default();
    let nodes: Vec<core::Node> = list(client).await?;
    let pods: Vec<core::Pod> = list(client).await?;
    let namespaces: Vec<core::Namespace> = list(client).await?;
    take(&mut cluster, &nodes, |of| &of.metadata, name_of, Node::read, Change::Node);
    take(&mut cluster, &pods, |of| &of.metadata, PodKey::of, Pod::read, Change::Pod);
    take(
        &mut cluster,
        &namespaces,
        |of| &of.metadata,
        name_of,
        |of| labels_of(&of.metadata),
        Change::Namespace,
    );
    let classes = list(client).await?;
    take(&mut cluster, &classes, |of| &of.metadata, name_of, Class::read, Change::Class);
    let budgets = list(client).await?;
    take(&mut cluster, &budgets, |of| &of.metadata, PodKey::of, Budget::read, Change::Budget);
    let claims = list(client).await?;
    take(&mut cluster, &claims, |of| &of.metadata, PodKey::of, Claim::read, Change::Claim);
    let volumes = list(client).await?;
    take(&mut cluster, &volumes, |of| &of.metadata, name_of, Volume::read, Change::Volume);
    let storage = list(client).await?;
    take(&mut cluster, &storage, |of| &of.metadata, name_of, WaitsForConsumer::read, Change::StorageClass);
    let limits = list(client).await?;
    take(&mut cluster, &limits, |of| &of.metadata, name_of, VolumeLimits::read, Change::VolumeLimits);
    let claims: Vec<resource::ResourceClaim> = list(client).await?;
    take(&mut cluster, &claims, |of| &of.metadata, PodKey::of, DeviceClaim::read, Change::DeviceClaim);
    let classes: Vec<resource::DeviceClass> = list(client).await?;
    take(&mut cluster, &classes, |of| &of.metadata, name_of, DeviceClass::read, Change::DeviceClass);
    let slices: Vec<resource::ResourceSlice> = list(client).await?;
    take(&mut cluster, &slices, |of| &of.metadata, name_of, Slice::read, Change::Slice);
    Ok(Listed { cluster, nodes, pods, namespaces, claims, classes, slices })
}

pub(super) async fn list<O>(client: &Client) -> Result<Vec<O>, ClientError>
where
    O: kube::Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug,
{
    let api: Api<O> = Api::all(client.clone());
    let mut all = Vec::new();
    let mut page = ListParams::default().limit(PAGE);
    loop {
        let listed = api.list(&page).await?;
        all.extend(listed.items);
        match listed.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => page = ListParams::default().limit(PAGE).continue_token(&token),
            None => return Ok(all),
        }
    }
}

/// Hands a whole list to the cluster.
fn take<O, K, T>(
    cluster: &mut Cluster,
    all: &[O],
    metadata: impl Fn(&O) -> &ObjectMeta,
    key: impl Fn(&ObjectMeta) -> K,
    read: impl Fn(&O) -> T,
    change: impl Fn(Heard<K, T>) -> Change,
) {
    cluster.hear(change(Heard::ListBegins));
    for one in all {
        let metadata = metadata(one);
        let version = Version::read(metadata.resource_version.as_deref());
        cluster.hear(change(Heard::Listed(key(metadata), version, read(one))));
    }
    cluster.hear(change(Heard::ListEnds));
}
