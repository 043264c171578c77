//! Who is of which gang, as the pods say themselves.

use super::gang::Gang;
use super::pod::PodKey;
use std::collections::{BTreeMap, BTreeSet};

/// Who is of which gang.
#[derive(Clone, Debug, Default)]
pub(super) struct Gangs(BTreeMap<PodKey, BTreeSet<PodKey>>);

impl Gangs {
    /// A pod is another than it was. Who is of a gang of which it was or is.
    pub(super) fn note(&mut self, key: &PodKey, was: Option<&Gang>, is: Option<&Gang>) -> Vec<PodKey> {
        let [was, is] = [was, is].map(|gang| Some(named(key, gang?)));
        if let Some(gang) = &is {
            self.0.entry(gang.clone()).or_default().insert(key.clone());
        }
        let gangs = [&was, &is].into_iter().flatten();
        let touched = gangs.filter_map(|gang| self.0.get(gang)).flatten().cloned().collect();
        if let Some(gang) = was.filter(|gang| Some(gang) != is.as_ref())
            && let Some(members) = self.0.get_mut(&gang)
        {
            members.remove(key);
            if members.is_empty() {
                self.0.remove(&gang);
            }
        }
        touched
    }

    /// Who is of the gang of a pod.
    pub(super) fn beside(&self, key: &PodKey, gang: &Gang) -> impl Iterator<Item = &PodKey> {
        self.0.get(&named(key, gang)).into_iter().flatten()
    }
}

/// A gang's name with the namespace that it is in.
fn named(pod: &PodKey, gang: &Gang) -> PodKey {
    PodKey { namespace: pod.namespace.clone(), name: gang.name.clone() }
}
