//! What may be thrown away so that something new fits: nothing that runs, nothing that is gone back to, and of the rest no more
//! than has to go. Numbers only: the store carries it out.

use crate::digest::ChunkDigest;
use crate::manifest::Manifest;
use crate::variant::Variant;
use paceline_model::edge::ArtefactDigest;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// An artefact as it takes room: its chunks, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub artefact: ArtefactDigest,
    /// Of what.
    pub variant: Variant,
    /// Its chunks with their bytes, whether they are there or not.
    pub chunks: BTreeMap<ChunkDigest, u64>,
}

impl Held {
    /// The artefact of this manifest.
    pub fn new(artefact: ArtefactDigest, manifest: &Manifest) -> Self {
        let chunks = manifest.chunks().iter().map(|chunk| (chunk.digest, u64::from(chunk.length)));
        Self { artefact, variant: manifest.variant.clone(), chunks: chunks.collect() }
    }
}

/// Why an artefact is kept whatever happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It runs.
    Runs,
    /// What runs, or the node itself, does not start without it.
    Needed,
    /// A rollback goes to it: a person may give it up.
    WayBack,
}

/// An artefact that is kept whatever happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Which.
    pub artefact: ArtefactDigest,
    /// Why.
    pub why: Why,
}

/// What has to go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Artefacts that go, in order. A chunk goes when nothing that stays names it.
    pub artefacts: Vec<ArtefactDigest>,
    /// Whether chunks go that nothing names.
    pub unnamed: bool,
    /// Bytes that all of this frees.
    pub frees: u64,
}

/// Something that would make room, and is not done unasked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MakesRoom {
    /// A person gives up the way back to this one.
    GiveUp {
        /// Which.
        artefact: ArtefactDigest,
        /// Of what.
        variant: Variant,
        /// Bytes that it frees.
        frees: u64,
    },
    /// Another variant of the same version is taken.
    Take {
        /// Which.
        artefact: ArtefactDigest,
        /// Of what.
        variant: Variant,
        /// Bytes that it needs.
        needs: u64,
    },
}

impl fmt::Display for MakesRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GiveUp { variant, frees, .. } => {
                write!(f, "giving up the way back to {variant} frees {frees} bytes")
            }
            Self::Take { variant, needs, .. } => write!(f, "{variant} needs {needs} bytes"),
        }
    }
}

/// All that may be dropped is not enough. Nothing was dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoRoom {
    /// Bytes that are still to be fetched.
    pub needs: u64,
    /// Bytes that there is room for once all is dropped that may be.
    pub has: u64,
    /// What would help, each alone.
    pub would_help: Vec<MakesRoom>,
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "needs {} bytes, has {} after dropping all that may be dropped", self.needs, self.has)?;
        self.would_help.iter().try_for_each(|help| write!(f, "; {help}"))
    }
}

impl std::error::Error for NoRoom {}

/// What there is, and what is asked of it.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Artefacts whose manifests are there.
    pub held: &'a [Held],
    /// Chunks that are there, with their bytes.
    pub present: &'a BTreeMap<ChunkDigest, u64>,
    /// What stays whatever happens.
    pub keep: &'a [Keep],
    /// What is to be fetched, which stays too. `None`: only the limit is to be kept to.
    pub wanted: Option<&'a Held>,
    /// Other variants that could be fetched in its place.
    pub others: &'a [Held],
    /// Most bytes of chunks.
    pub limit: u64,
}

/// How many artefacts that stay name each chunk.
type Names = BTreeMap<ChunkDigest, u32>;

/// What has to go so that all fits within the limit: first what nothing names, then the oldest versions of what is not kept, one after
/// the other, until it fits.
///
/// Errors: all of that is not enough.
pub fn plan(of: &Question<'_>) -> Result<Plan, NoRoom> {
    let mut names = Names::new();
    for chunk in of.held.iter().chain(of.wanted).flat_map(|held| held.chunks.keys()) {
        *names.entry(*chunk).or_default() += 1;
    }
    let needs = of.wanted.map_or(0, |wanted| missing(wanted, of.present));
    let used: u64 = of.present.values().sum();
    let fits = |frees: u64| (used - frees).saturating_add(needs) <= of.limit;
    let mut plan = Plan::default();
    if !fits(0) {
        let unnamed = of.present.iter().filter(|(chunk, _)| !names.contains_key(*chunk));
        plan.frees = unnamed.map(|(_, bytes)| bytes).sum();
        plan.unnamed = plan.frees > 0;
    }
    for held in droppable(of) {
        if fits(plan.frees) {
            break;
        }
        plan.frees += release(held, &mut names, of.present);
        plan.artefacts.push(held.artefact);
    }
    if fits(plan.frees) {
        return Ok(plan);
    }
    let has = of.limit.saturating_sub(used - plan.frees);
    Err(NoRoom { needs, has, would_help: would_help(of, &names, needs, has) })
}

/// Artefacts that may go, in the order in which they go: by model, the oldest version first.
fn droppable<'a>(of: &Question<'a>) -> Vec<&'a Held> {
    let kept: BTreeSet<ArtefactDigest> =
        of.keep.iter().map(|keep| keep.artefact).chain(of.wanted.map(|wanted| wanted.artefact)).collect();
    let mut may: Vec<&Held> = of.held.iter().filter(|held| !kept.contains(&held.artefact)).collect();
    may.sort_by(|a, b| (&a.variant.version, &a.variant).cmp(&(&b.variant.version, &b.variant)));
    may
}

/// Takes an artefact's names away. Returns the bytes of chunks that nothing names any more.
fn release(held: &Held, names: &mut Names, present: &BTreeMap<ChunkDigest, u64>) -> u64 {
    let mut frees = 0;
    for chunk in held.chunks.keys() {
        let count = names.entry(*chunk).or_default();
        *count = count.saturating_sub(1);
        frees += if *count == 0 { present.get(chunk).copied().unwrap_or_default() } else { 0 };
    }
    frees
}

/// Bytes of an artefact that are not there.
fn missing(of: &Held, present: &BTreeMap<ChunkDigest, u64>) -> u64 {
    of.chunks.iter().filter(|(chunk, _)| !present.contains_key(*chunk)).map(|(_, bytes)| bytes).sum()
}

fn would_help(of: &Question<'_>, names: &Names, needs: u64, has: u64) -> Vec<MakesRoom> {
    let kept = |why| of.keep.iter().filter(move |keep| keep.why == why).map(|keep| keep.artefact);
    let ways_back: BTreeSet<ArtefactDigest> = kept(Why::WayBack).collect();
    let given_up = of.held.iter().filter(|held| ways_back.contains(&held.artefact)).map(|held| {
        let frees = release(held, &mut names.clone(), of.present);
        MakesRoom::GiveUp { artefact: held.artefact, variant: held.variant.clone(), frees }
    });
    let enough = |help: &MakesRoom| !matches!(help, MakesRoom::GiveUp { frees, .. } if has + frees < needs);
    let taken = of.others.iter().filter_map(|other| {
        let needs = missing(other, of.present);
        let (artefact, variant) = (other.artefact, other.variant.clone());
        (needs <= has).then_some(MakesRoom::Take { artefact, variant, needs })
    });
    given_up.filter(enough).chain(taken).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chunk that stands for many.
    fn chunk(name: &str) -> ChunkDigest {
        ChunkDigest::of(name.as_bytes())
    }

    fn held(name: &str, version: &str, chunks: &[(&str, u64)]) -> Held {
        let variant = Variant::parse("detector", version, "fp16").expect("a variant");
        let chunks = chunks.iter().map(|(name, bytes)| (chunk(name), *bytes)).collect();
        Held { artefact: ArtefactDigest(chunk(name).0), variant, chunks }
    }

    /// The store of a node: v1 runs, v0 is what a rollback goes to, v-1 is older, 600 of v2 are there. In MiB.
    struct Node {
        held: Vec<Held>,
        present: BTreeMap<ChunkDigest, u64>,
        keep: Vec<Keep>,
    }

    fn node() -> Node {
        let (all, newer) = (("shared by all", 900), ("shared by v0 v1 v2", 700));
        let held = vec![
            held("runtime", "9.0.0", &[("runtime", 900)]),
            held("v-1", "0.9.0", &[all, ("v-1 only", 1_100)]),
            held("v0", "1.0.0", &[all, newer, ("v0 only", 700)]),
            held("v1", "1.1.0", &[all, newer, ("v1 only", 800)]),
            held("v2", "2.0.0", &[all, newer, ("v2 first", 600), ("v2 rest", 400)]),
        ];
        let mut present: BTreeMap<ChunkDigest, u64> =
            held.iter().flat_map(|held| held.chunks.clone()).collect();
        present.remove(&chunk("v2 rest"));
        let keep = [("runtime", Why::Needed), ("v1", Why::Runs), ("v0", Why::WayBack)];
        let keep = keep.map(|(name, why)| Keep { artefact: ArtefactDigest(chunk(name).0), why });
        Node { held, present, keep: keep.into() }
    }

    fn check(node: &Node, others: &[Held], limit: u64) -> Result<Plan, NoRoom> {
        let wanted = node.held.last();
        plan(&Question { held: &node.held, present: &node.present, keep: &node.keep, wanted, others, limit })
    }

    fn of(name: &str) -> ArtefactDigest {
        ArtefactDigest(chunk(name).0)
    }

    #[test]
    fn what_fits_drops_nothing_and_what_does_not_drops_the_oldest_alone() {
        let node = node();
        assert_eq!(node.present.values().sum::<u64>(), 5_700);
        assert_eq!(check(&node, &[], 6_200), Ok(Plan::default()));
        for limit in [6_000, 5_000] {
            let plan = check(&node, &[], limit).expect("it fits");
            assert_eq!(
                (&plan.artefacts[..], plan.unnamed, plan.frees),
                (&[of("v-1")][..], false, 1_100),
                "{limit}"
            );
        }
    }

    #[test]
    fn what_runs_and_the_way_back_are_never_the_price_and_the_answer_says_what_would_help() {
        let refused = check(&node(), &[], 4_800).expect_err("there is no room");
        assert_eq!((refused.needs, refused.has), (400, 200));
        let frees = 700;
        let variant = Variant::parse("detector", "1.0.0", "fp16").expect("a variant");
        assert_eq!(refused.would_help, [MakesRoom::GiveUp { artefact: of("v0"), variant, frees }]);
        let said = "needs 400 bytes, has 200 after dropping all that may be dropped; giving up the way back to detector 1.0.0 FP16 \
                    frees 700 bytes";
        assert_eq!(refused.to_string(), said);
    }

    #[test]
    fn a_smaller_variant_is_named_where_it_fits() {
        let small = held("v2 int8", "2.0.0", &[("v2 int8", 150)]);
        let large = held("v2 fp32", "2.0.0", &[("v2 fp32", 2_000)]);
        let refused = check(&node(), &[small.clone(), large], 4_800).expect_err("there is no room");
        let taken: Vec<_> =
            refused.would_help.iter().filter(|help| matches!(help, MakesRoom::Take { .. })).collect();
        let (artefact, variant) = (small.artefact, small.variant);
        assert_eq!(taken, [&MakesRoom::Take { artefact, variant, needs: 150 }]);
    }

    #[test]
    fn what_nothing_names_goes_first() {
        let mut node = node();
        node.present.insert(chunk("left behind"), 300);
        let plan = check(&node, &[], 6_100).expect("it fits");
        assert_eq!(plan, Plan { artefacts: vec![], unnamed: true, frees: 300 });
    }
}
