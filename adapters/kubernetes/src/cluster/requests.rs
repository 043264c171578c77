//! How much room a pod takes for as long as it lives. Source: Kubernetes, "Init Containers" and "Sidecar Containers" (resource sharing),
//! "Pod Overhead", "Assign Pod-level CPU and memory resources", "Resize CPU and Memory Resources assigned to Containers".

use crate::amount::Amounts;
use k8s_openapi::api::core::v1 as core;

/// Resources that a pod may ask for as a whole.
const OF_THE_POD: [&str; 2] = ["cpu", "memory"];

/// Whether an init container goes on running beside the containers.
pub(super) fn is_sidecar(container: &core::Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// The larger of what containers and sidecars take together and what each step of the initialisation takes with the sidecars before it;
/// what the pod as a whole asks for instead; and its overhead.
pub(super) fn of_pod(spec: &core::PodSpec, status: Option<&core::PodStatus>) -> Amounts {
    let mut total = Amounts::default();
    let statuses = status.and_then(|status| status.container_statuses.as_deref()).unwrap_or_default();
    spec.containers.iter().for_each(|one| total.add(&of_container(one, statuses)));
    let mut sidecars = Amounts::default();
    let mut largest = Amounts::default();
    let statuses = status.and_then(|status| status.init_container_statuses.as_deref()).unwrap_or_default();
    for one in spec.init_containers.iter().flatten() {
        let own = of_container(one, statuses);
        let mut then = sidecars.clone();
        then.add(&own);
        largest.raise(&then);
        if is_sidecar(one) {
            sidecars.add(&own);
        }
    }
    total.add(&sidecars);
    total.raise(&largest);
    for (name, amount) in Amounts::read(of_whole_pod(spec)).iter() {
        if OF_THE_POD.contains(&name.as_ref()) || name.starts_with("hugepages-") {
            total.set(name, amount);
        }
    }
    total.add(&Amounts::read(spec.overhead.as_ref()));
    total
}

fn of_whole_pod(
    spec: &core::PodSpec,
) -> Option<&std::collections::BTreeMap<String, k8s_openapi::apimachinery::pkg::api::resource::Quantity>> {
    spec.resources.as_ref()?.requests.as_ref()
}

/// What a container asks for; while it is being resized, the largest of what it asks for, was given and has.
fn of_container(container: &core::Container, statuses: &[core::ContainerStatus]) -> Amounts {
    let asked = container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    let mut amounts = Amounts::read(asked);
    if let Some(status) = statuses.iter().find(|status| status.name == container.name) {
        amounts.raise(&Amounts::read(status.allocated_resources.as_ref()));
        let has = status.resources.as_ref().and_then(|resources| resources.requests.as_ref());
        amounts.raise(&Amounts::read(has));
    }
    amounts
}
