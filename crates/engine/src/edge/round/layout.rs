//! The nodes of a round in numbers, kept from round to round: only those that were changed are looked at again. What is kept is what laying all of
//! them out anew would give; a restart finds no difference.

use super::classes::{Classes, Health, Kinds};
use super::nodes::{Products, Profiles, node, profiles, taken};
use super::present::Present;
use crate::edge::node_table::{NodeTable, Touched};
use paceline_model::edge::{LabelKey, NodeIdx, NodeSpec};
use paceline_plan::edge::placement::{Amounts, GpuModelRow, Node, NodeRow as Row};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The nodes as the solver knows them, by their place in the table.
#[derive(Debug, Default)]
pub(in crate::edge) struct Layout {
    /// By which labels they are told apart, and whether by their GPUs' products; `None`: they are not laid out.
    by: Option<(BTreeSet<LabelKey>, bool)>,
    pub(super) rows: Arc<Rows>,
    pub(super) nodes: Arc<Vec<Node>>,
    /// What is taken on each.
    pub(super) taken: Arc<Vec<Amounts>>,
    /// A node of each class.
    pub(super) examples: Vec<NodeIdx>,
    /// Profiles of slices.
    pub(super) profiles: Profiles,
    /// Watts by product of GPU; empty where no score asks.
    pub(super) watts: Vec<(u32, u32)>,
    /// What each was laid out from.
    from: Vec<From>,
    classes: Classes,
}

#[derive(Debug)]
struct From {
    spec: Arc<NodeSpec>,
    kind: u32,
    health: Health,
}

/// Which node has which row to the solver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rows(Vec<NodeIdx>);

impl Rows {
    /// The row of a node.
    pub(super) fn of(&self, node: NodeIdx) -> Option<Row> {
        self.0.binary_search(&node).ok().map(|row| Row(row as u32))
    }
    /// The node of a row.
    pub(super) fn node(&self, Row(row): Row) -> Option<NodeIdx> {
        self.0.get(row as usize).copied()
    }
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Layout {
    /// Lays out what was `touched` again, or all of it where that is not enough.
    pub(super) fn follow(
        &mut self,
        nodes: &NodeTable,
        touched: Touched,
        keys: &BTreeSet<&LabelKey>,
        present: &Present<'_>,
        by_product: bool,
    ) {
        let same = |(known, product): &(BTreeSet<LabelKey>, bool)| {
            known.iter().eq(keys.iter().copied()) && *product == by_product
        };
        let goes_on = !touched.anew && present.is_empty() && self.by.as_ref().is_some_and(same);
        if !(goes_on && self.touch(nodes, touched)) {
            self.lay(nodes, keys, present, by_product);
        }
    }

    fn lay(
        &mut self,
        nodes: &NodeTable,
        keys: &BTreeSet<&LabelKey>,
        present: &Present<'_>,
        by_product: bool,
    ) {
        let mut products = by_product.then(Products::default);
        let profiles = profiles(nodes.rows());
        let mut kinds = Kinds::by(keys, present);
        let (mut laid, mut classes, mut from) =
            (Vec::with_capacity(nodes.len()), Classes::default(), Vec::with_capacity(nodes.len()));
        for (row, known) in (0..).zip(nodes.rows()) {
            let (kind, health) = (kinds.of(known), Health::of(known));
            let product = products.as_mut().map_or(GpuModelRow::default(), |products| products.of(known));
            laid.push(node(known, classes.join(kind, health, row), product, &profiles));
            from.push(From { spec: known.spec.clone(), kind, health });
        }
        let rows = Rows(nodes.iter().map(|(idx, _)| idx).collect());
        // What they have already is another thing in every round.
        let by = present.is_empty().then(|| (keys.iter().map(|key| (*key).clone()).collect(), by_product));
        *self = Self {
            by,
            examples: examples(&classes, &rows).unwrap_or_default(),
            rows: Arc::new(rows),
            nodes: Arc::new(laid),
            taken: Arc::new(nodes.rows().map(taken).collect()),
            profiles,
            watts: products.iter().flat_map(Products::watts).collect(),
            from,
            classes,
        };
    }

    /// Whether what was touched could be laid out again by itself.
    fn touch(&mut self, nodes: &NodeTable, touched: Touched) -> bool {
        let mut moved = false;
        for idx in touched.rows {
            let (Some(known), Some(Row(row))) = (nodes.get(idx), self.rows.of(idx)) else { return false };
            let at = row as usize;
            let from = &mut self.from[at];
            if !Arc::ptr_eq(&from.spec, &known.spec) {
                return false;
            }
            let was = &self.nodes[at];
            let mut class = was.class;
            let health = Health::of(known);
            if from.health != health {
                self.classes.leave(class, row);
                class = self.classes.join(from.kind, health, row);
                (from.health, moved) = (health, true);
            }
            let now = node(known, class, was.gpu_model, &self.profiles);
            if *was != now {
                Arc::make_mut(&mut self.nodes)[at] = now;
            }
            let now = taken(known);
            if self.taken[at] != now {
                Arc::make_mut(&mut self.taken)[at] = now;
            }
        }
        if moved {
            match examples(&self.classes, &self.rows) {
                Some(examples) => self.examples = examples,
                None => return false,
            }
        }
        true
    }
}

fn examples(classes: &Classes, rows: &Rows) -> Option<Vec<NodeIdx>> {
    classes.examples()?.into_iter().map(|row| rows.node(Row(row))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::row::NodeRow;
    use paceline_model::edge::{
        Allocatable, Bound, Condition, Device, DeviceState, DeviceUuid, LabelValue, Mbps, Mebibytes,
        MilliCpu, MilliGpu, ModelId, NodeFingerprint, NodeId, Place, Power, Precision, Requests, Trust,
        VariantRef, WorkloadId, WorkloadIdx, WorkloadSpec, label,
    };
    use paceline_model::{Instant, Tag};
    use paceline_plan::Rng;
    use std::collections::BTreeMap;

    fn workload() -> WorkloadSpec {
        let requests = Requests {
            cpu: MilliCpu(500),
            memory: Mebibytes(1_024),
            gpus: 1,
            milli_gpu: MilliGpu(250),
            pcie: Mbps(500),
        };
        let (id, model) = (WorkloadId::new("w"), ModelId::new("detector"));
        let version = "^1".parse().expect("a requirement");
        let spec = WorkloadSpec::new(id.expect("a name"), model.expect("a name"), Precision::Fp16, requests);
        WorkloadSpec { version, ..spec }
    }

    fn row(number: usize) -> NodeRow {
        let tag = |text: &str| Tag::new(text).expect("a tag");
        let device = |at: usize| Device {
            uuid: DeviceUuid::new(&format!("GPU-{number}-{at}")).expect("a UUID"),
            product: tag(["T4", "A10"][number % 2]),
            memory: Mebibytes(15_109),
            slices: Vec::new(),
        };
        let zone = LabelValue::new(["north", "south"][number / 3 % 2]).expect("a zone");
        let spec = NodeSpec {
            id: NodeId::new(&format!("n{number}")).expect("a name"),
            fingerprint: NodeFingerprint {
                architecture: tag("amd64"),
                cuda: None,
                driver: None,
                firmware: None,
            },
            devices: vec![device(0), device(1)],
            allocatable: Allocatable {
                cpu: MilliCpu(8_000),
                memory: Mebibytes(32_768),
                pcie: Mbps(64_000),
                storage: None,
            },
            place: Place { zone: Some(zone), ..Place::default() },
            power: Power::Mains,
            labels: BTreeMap::new(),
            taints: Vec::new(),
            trust: Trust::Trusted,
            neighbours: BTreeSet::new(),
        };
        NodeRow::new(Arc::new(spec), Instant(0))
    }

    /// Something happens to a node, as events do it.
    fn happen(rng: &mut Rng, nodes: &mut NodeTable, next: &mut usize) {
        let all: Vec<NodeIdx> = nodes.iter().map(|(idx, _)| idx).collect();
        let idx = all[rng.below(all.len())];
        let what = rng.below(40);
        if what == 0 {
            *next += 1;
            nodes.insert(row(*next));
        }
        if what == 1 && all.len() > 3 {
            return nodes.remove(idx);
        }
        let node = nodes.get_mut(idx).expect("it is there");
        match what {
            2 => node.spec = Arc::new(NodeSpec { trust: Trust::Untrusted, ..(*node.spec).clone() }),
            3..=8 => _ = node.conditions.insert(Condition::Silent),
            9..=16 => _ = node.conditions.remove(&Condition::Silent),
            17..=20 => node.cordoned = !node.cordoned,
            21..=24 => node.devices[0].state = [DeviceState::Serving, DeviceState::Lost][rng.below(2)],
            _ => {
                let bound = Bound {
                    node: node.spec.id.clone(),
                    devices: vec![node.spec.devices[rng.below(2)].uuid.clone()],
                    variant: VariantRef {
                        version: "1.0.0".parse().expect("a version"),
                        precision: Precision::Fp16,
                    },
                    device_memory: Mebibytes(1_500),
                    slice: None,
                    file: Mebibytes(700),
                };
                node.take((WorkloadIdx::first(0), what as u32), &workload(), &bound);
            }
        }
    }

    #[test]
    fn what_is_kept_from_round_to_round_is_what_laying_out_anew_would_give() {
        let labels = [label::ZONE, label::RACK].map(|key| LabelKey::new(key).expect("a label"));
        for seed in 0..200 {
            let mut rng = Rng::of(seed, "layout");
            let (mut nodes, mut next) = (NodeTable::default(), 11);
            (0..=next).for_each(|number| _ = nodes.insert(row(number)));
            let mut kept = Layout::default();
            for _ in 0..30 {
                (0..rng.below(4)).for_each(|_| happen(&mut rng, &mut nodes, &mut next));
                // The same is asked in most rounds.
                let keys: BTreeSet<&LabelKey> = labels[..1 + rng.below(9) / 8].iter().collect();
                let none = Present::default();
                let touched = nodes.take_touched();
                kept.follow(&nodes, touched, &keys, &none, true);
                let mut anew = Layout::default();
                anew.lay(&nodes, &keys, &none, true);
                assert_eq!((&kept.nodes, &kept.taken), (&anew.nodes, &anew.taken), "seed {seed}");
                assert_eq!((&kept.examples, &kept.watts), (&anew.examples, &anew.watts), "seed {seed}");
                assert_eq!(kept.rows, anew.rows, "seed {seed}");
            }
        }
    }
}
