//! All of a gang, or none: places for everybody of it who waits, found together.
//!
//! Whoever is placed is placed beside those before it, so that each stands by the rules as if it had come alone. First everybody takes the best
//! node there is; where somebody finds none, the gang begins anew in each other domain of its pods' affinity, then places are taken back one
//! by one, the last first. That is exact but for two bounds: after its first attempt it asks at most [`ASKED_MAX`] nodes, which its answer
//! says; and claims get on a node the devices that the search for one pod finds first. Nobody ends to make room for a gang.

use super::alike::alike;
use super::decision::Decision;
use super::look::Look;
use super::room::NoRoom;
use super::why::{Gathered, Why};
use crate::cluster::{Cluster, Gang as Membership, Name, Phase, Pod};
use crate::limits::GANG_MAX;
use crate::rules::{Bar, Guest, Layout};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Nodes that are asked at most, once somebody has found no place.
const ASKED_MAX: usize = 100_000;

/// Those who start together.
pub(super) struct Gang<'c> {
    name: &'c Name,
    /// Who waits.
    pub(super) waiting: Vec<Guest<'c>>,
    /// How many are bound.
    standing: usize,
    /// What its pods say of its size.
    sizes: BTreeSet<usize>,
    /// Whose annotations cannot be read, and why.
    unreadable: Option<(&'c Name, &'c Arc<str>)>,
}

/// All of a gang, placed.
pub(super) struct Placed<'c> {
    /// With everybody in place.
    pub(super) layout: Layout<'c>,
    /// In the order in which each stands beside those before it.
    pub(super) binds: Vec<(Guest<'c>, Decision)>,
}

impl<'c> Gang<'c> {
    /// The gang of a pod that waits, or would if it were not held back.
    pub(super) fn of(cluster: &'c Cluster, asked: Guest<'c>, gang: &'c Membership) -> Self {
        let (waiting, sizes) = (Vec::new(), BTreeSet::new());
        let mut all = Self { name: &gang.name, waiting, standing: 0, sizes, unreadable: None };
        let members = cluster.gang(asked.key, gang).filter_map(|(key, pod)| {
            let is_there = pod.phase == Phase::Live && !cluster.is_ending(key, pod);
            (is_there || key == asked.key).then_some((Guest { key, pod }, pod.gang.as_ref()?))
        });
        for (guest, gang) in members {
            match &gang.size {
                Ok(size) => _ = all.sizes.insert(*size),
                Err(why) => _ = all.unreadable.get_or_insert((&guest.key.name, why)),
            }
            let is_placed_by_the_same = guest.pod.scheduler == asked.pod.scheduler;
            if guest.key == asked.key || is_placed_by_the_same && cluster.is_waiting(guest.key, guest.pod) {
                all.waiting.push(guest);
            } else if cluster.node_of(guest.key, guest.pod).is_some() {
                all.standing += 1;
            }
        }
        all
    }

    /// Places for all of it; the layout is left as it is.
    ///
    /// Errors: why everybody of it waits.
    pub(super) fn place(&self, layout: &Layout<'c>) -> Result<Placed<'c>, Why> {
        let size = self.size().map_err(Why::barred)?;
        let mut search = Search::new(self, layout);
        match search.all(layout) {
            Some(layout) => Ok(Placed { layout, binds: search.binds }),
            None => Err(self.no(size, search)),
        }
    }

    /// How many must stand together.
    ///
    /// Errors: not so many are there, or it is not clear how many.
    fn size(&self) -> Result<usize, Bar> {
        let name = || self.name.clone();
        if let Some((pod, why)) = self.unreadable {
            return Err(Bar::GangUnreadable(pod.clone(), why.clone()));
        }
        let sizes: Vec<_> = self.sizes.iter().copied().collect();
        let [size] = sizes[..] else { return Err(Bar::GangDiffers(name(), sizes)) };
        let there = self.standing + self.waiting.len();
        if there < size {
            return Err(Bar::GangShort(name(), there, size));
        }
        if self.waiting.len() > GANG_MAX {
            return Err(Bar::GangTooLarge(name(), self.waiting.len()));
        }
        Ok(size)
    }

    fn no(&self, size: usize, search: Search<'c>) -> Why {
        let is_cut_short = search.is_cut_short();
        let Some(DeadEnd { placed, pod, why }) = search.furthest else { return Why::of_nodes(0) };
        let waiting = self.waiting.len();
        let there = self.standing + waiting;
        let gang = Gathered { gang: self.name.clone(), size, there, placed, waiting, pod, is_cut_short };
        Why { gang: Some(Box::new(gang)), ..why.without_room(NoRoom::Gang) }
    }
}

/// Somebody found no place.
struct DeadEnd {
    /// So many had one.
    placed: usize,
    /// Who found none.
    pod: Name,
    why: Why,
}

struct Search<'c> {
    /// Who is to be placed, those for whom there are fewest nodes first.
    guests: Vec<Guest<'c>>,
    /// Whether it matters who is placed first: some look for others, or take devices from those who come after.
    order_matters: bool,
    binds: Vec<(Guest<'c>, Decision)>,
    /// Where most had a place.
    furthest: Option<DeadEnd>,
    /// Nodes asked since somebody found no place.
    asked: usize,
}

/// What is tried where somebody finds no place.
#[derive(Clone, Copy, PartialEq)]
enum Attempt {
    /// Nothing.
    Once,
    /// Everything, the last place first.
    Thorough,
}

impl<'c> Search<'c> {
    fn new(gang: &Gang<'c>, layout: &Layout<'c>) -> Self {
        let mut guests = gang.waiting.clone();
        // Those who cannot stand anywhere yet come last: it may be one of their gang whom they look for.
        let count = |guest: &Guest<'c>| Look::of(layout, *guest).map_or(0, |look| look.count());
        let mut known = BTreeMap::new();
        guests.sort_by_cached_key(|guest| {
            let nodes = match alike(*guest) {
                Some(alike) => *known.entry(alike).or_insert_with(|| count(guest)),
                None => count(guest),
            };
            let largest = Reverse(&guest.pod.demand.requests);
            (nodes == 0, nodes, largest, Reverse(guest.pod.priority), guest.pod.created_s, guest.key)
        });
        let looks_for_others = |pod: &Pod| {
            let demand = &pod.demand;
            let is_spread = demand.spread.iter().any(|one| one.is_hard);
            is_spread || !demand.pods.near.is_empty() || !demand.devices.is_empty()
        };
        let order_matters = guests.iter().any(|guest| looks_for_others(guest.pod));
        Self { guests, order_matters, binds: Vec::new(), furthest: None, asked: 0 }
    }

    /// The layout with everybody in place.
    fn all(&mut self, layout: &Layout<'c>) -> Option<Layout<'c>> {
        let guests = self.guests.clone();
        let first = self.descend(layout, &guests, None, Attempt::Once);
        if first.is_some() || are_interchangeable(&guests) {
            return first;
        }
        self.domain_by_domain(layout, &guests)
            .or_else(|| self.descend(layout, &guests, None, Attempt::Thorough))
    }

    /// Once in each domain of what the pods are to be near, those with most nodes first: the best node may be in one that is too small for all.
    fn domain_by_domain(&mut self, layout: &Layout<'c>, guests: &[Guest<'c>]) -> Option<Layout<'c>> {
        let terms = guests.iter().flat_map(|guest| &guest.pod.demand.pods.near);
        let keys: BTreeSet<&str> = terms.map(|term| term.topology_key.as_str()).collect();
        if keys.is_empty() {
            return None;
        }
        let first = Look::of(layout, *guests.first()?).ok()?;
        let mut domains: BTreeMap<Vec<Option<&str>>, BTreeSet<usize>> = BTreeMap::new();
        for at in first.ranked() {
            let domain = keys.iter().map(|key| layout.rows[at].node.label(key)).collect();
            domains.entry(domain).or_default().insert(at);
        }
        let mut domains: Vec<_> = domains.into_values().collect();
        domains.sort_by_key(|rows| Reverse(rows.len()));
        domains.iter().find_map(|rows| self.descend(layout, guests, Some(rows), Attempt::Once))
    }

    /// Places for those who are left, the first of them on one of these rows alone.
    fn descend(
        &mut self,
        layout: &Layout<'c>,
        left: &[Guest<'c>],
        only: Option<&BTreeSet<usize>>,
        attempt: Attempt,
    ) -> Option<Layout<'c>> {
        if left.is_empty() {
            return Some(layout.clone());
        }
        let next = if self.order_matters { left.len() } else { 1 };
        for (at, asked) in left.iter().enumerate().take(next) {
            if self.is_cut_short() || (at > 0 && is_like_one_before(left, at)) {
                continue;
            }
            self.asked += if self.furthest.is_some() { layout.rows.len() } else { 0 };
            let look = match Look::of(layout, *asked) {
                Ok(look) => look,
                Err(why) => {
                    self.note(*asked, why);
                    continue;
                }
            };
            let nodes = look.ranked();
            if nodes.is_empty() {
                self.note(*asked, look.why);
                continue;
            }
            let rest: Vec<_> = left[..at].iter().chain(&left[at + 1..]).copied().collect();
            let nodes = nodes.into_iter().filter(|node| only.is_none_or(|only| only.contains(node)));
            let most = if attempt == Attempt::Once || are_interchangeable(left) { 1 } else { usize::MAX };
            let mut nodes = nodes.take(most);
            let found = nodes.find_map(|node| self.go_on(&look, node, *asked, &rest, attempt));
            if found.is_some() || attempt == Attempt::Once {
                return found;
            }
        }
        None
    }

    /// One is placed, and then the rest.
    fn go_on(
        &mut self,
        look: &Look<'_, 'c>,
        at: usize,
        asked: Guest<'c>,
        rest: &[Guest<'c>],
        attempt: Attempt,
    ) -> Option<Layout<'c>> {
        if self.is_cut_short() {
            return None;
        }
        let decision = look.bind(at);
        let next = look.with(&decision);
        self.binds.push((asked, decision));
        let found = self.descend(&next, rest, None, attempt);
        if found.is_none() {
            self.binds.pop();
        }
        found
    }

    fn note(&mut self, asked: Guest<'c>, why: Why) {
        let placed = self.binds.len();
        if self.furthest.as_ref().is_none_or(|before| before.placed < placed) {
            self.furthest = Some(DeadEnd { placed, pod: asked.key.name.clone(), why });
        }
    }

    fn is_cut_short(&self) -> bool {
        self.asked > ASKED_MAX
    }
}

/// Whether one of those before is like it in all that matters.
fn is_like_one_before(left: &[Guest<'_>], at: usize) -> bool {
    let own = alike(left[at]);
    own.is_some() && left[..at].iter().any(|before| alike(*before) == own)
}

/// Whether it is all the same which of the nodes each takes: so many find room on a node, wherever the others are.
fn are_interchangeable(guests: &[Guest<'_>]) -> bool {
    let is_by_itself = |guest: &Guest<'_>| {
        let demand = &guest.pod.demand;
        demand.pods.apart.is_empty() && demand.volumes.is_empty() && demand.devices.is_empty()
    };
    let Some(first) = guests.first().filter(|first| is_by_itself(first)) else { return false };
    let own = alike(*first);
    own.is_some() && guests.iter().all(|guest| alike(*guest) == own)
}
