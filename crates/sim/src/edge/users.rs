//! What users have of what runs: each asks the replica that answers first, and replicas that are asked much answer later.
//!
//! The time to an answer is the way into the network and back, the way to the box by its distance, and the time that the replica takes:
//! `S / (1 − ρ)`, the mean response of a queue with processor sharing (Kleinrock, *Queueing Systems* II, section 4.4), where `S` is the
//! latency of the variant on that box by the share of a GPU that it has, and `ρ` the share of its time for which it is asked. Users
//! choose one after the other, in one order, so that a look costs users times replicas; at most `SATURATED` of a replica's time is
//! given out as if it were stable, and beyond that it answers after `WAIT_MAX_MS`.

use super::crew;
use super::parts::Users;
use super::rules::Books;
use super::scene::Scene;
use super::site::Site;
use crate::error::SimError;
use paceline_engine::edge::UserSite;
use paceline_model::Position;
use std::collections::BTreeMap;

/// Share of its time up to which a replica's queue is taken to be stable.
const SATURATED: f64 = 0.98;
/// What a user waits at most before the request is given up.
const WAIT_MAX_MS: f64 = 10_000.0;

/// Side of a cell in which users are counted together, in degrees: 220 m north, and less east.
const CELL_DEGREES: f64 = 0.002;

pub(super) struct Crowd {
    of: Users,
    pub(super) places: Vec<Position>,
}

/// A replica as users meet it.
struct Server {
    at: Option<Position>,
    service_ms: f64,
    /// Share of its time for which it is asked.
    busy: f64,
}

/// What all users had at one look.
pub(super) struct Latencies {
    /// Sorted, of those that were answered.
    pub(super) ms: Vec<f64>,
    pub(super) unserved: u32,
}

impl Crowd {
    /// Errors: the file of users.
    pub(super) fn of(scene: &Scene) -> Result<Option<Self>, SimError> {
        let Some(users) = &scene.users else { return Ok(None) };
        let places = crew::positions(&scene.file(&users.file))?;
        Ok(Some(Self { of: users.clone(), places }))
    }

    /// Where they are, as an operator would tell the region: by cells of a few hundred metres.
    pub(super) fn sites(&self) -> Vec<UserSite> {
        let mut cells: BTreeMap<(i64, i64), Vec<Position>> = BTreeMap::new();
        for place in &self.places {
            let cell = |degrees: f64| (degrees / CELL_DEGREES).floor() as i64;
            cells.entry((cell(place.lat()), cell(place.lon()))).or_default().push(*place);
        }
        let middle = |all: &[Position], of: fn(Position) -> f64| {
            all.iter().map(|place| of(*place)).sum::<f64>() / all.len() as f64
        };
        let site = |all: &Vec<Position>| {
            let position = Position::new(middle(all, Position::lat), middle(all, Position::lon)).ok()?;
            Some(UserSite { position, users: all.len() as u32 })
        };
        cells.values().filter_map(site).collect()
    }

    /// What users have of what runs now.
    pub(super) fn look(&self, books: &Books, site: &Site) -> Latencies {
        let mut servers = self.servers(books, site);
        let mut latencies = Latencies { ms: Vec::with_capacity(self.places.len()), unserved: 0 };
        for (number, place) in self.places.iter().enumerate() {
            let of = &mut servers[number % self.of.uses.len()];
            let best = of
                .iter_mut()
                .map(|server| (self.answer_ms(*place, server), server))
                .min_by(|(a, _), (b, _)| a.total_cmp(b));
            match best {
                Some((ms, server)) if ms < WAIT_MAX_MS => {
                    server.busy += self.of.requests_per_s * server.service_ms / 1_000.0;
                    latencies.ms.push(ms);
                }
                _ => latencies.unserved += 1,
            }
        }
        latencies.ms.sort_by(f64::total_cmp);
        latencies
    }

    /// Replicas that answer, by what users use.
    fn servers(&self, books: &Books, site: &Site) -> Vec<Vec<Server>> {
        let mut all: Vec<Vec<Server>> = self.of.uses.iter().map(|_| Vec::new()).collect();
        let uses: BTreeMap<&str, usize> =
            self.of.uses.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        for (spec, bound) in books.all_bound() {
            let Some((demand, _)) = spec.id.as_str().rsplit_once('-') else { continue };
            let (Some(at), Some(body)) = (uses.get(demand), site.body(&bound.node)) else { continue };
            if body.is_empty() || !body.linked {
                continue;
            }
            let share = f64::from(spec.requests.milli_gpu.0).max(1.0) / 1_000.0;
            let latency = books.latency_ms(spec, &bound.variant);
            let service_ms = latency * body.of.slowness / share;
            all[*at].push(Server { at: body.spec.place.position, service_ms, busy: 0.0 });
        }
        all
    }

    fn answer_ms(&self, from: Position, server: &Server) -> f64 {
        let km = server.at.map_or(0.0, |at| from.distance_m(at) / 1_000.0);
        let with_me = server.busy + self.of.requests_per_s * server.service_ms / 1_000.0;
        if with_me > SATURATED {
            return WAIT_MAX_MS;
        }
        self.of.access_ms + self.of.ms_per_km * km + server.service_ms / (1.0 - with_me)
    }
}
