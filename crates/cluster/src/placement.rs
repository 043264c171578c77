//! Which server is to run a region: weighted rendezvous hashing. Each server draws a number for each region, and the highest has it, so
//! that whoever comes or goes moves only the regions that it has or will have, and no server asks another.
//!
//! Source: Thaler and Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM Transactions on Networking 6(1), 1998; with
//! weights by the logarithmic method of Schindelhauer and Schomaker, "Weighted distributed hash tables", SPAA 2005.

use paceline_model::{RegionId, ServerId};
use sha2::{Digest as _, Sha256};

/// These servers, each with its weight, from the one that is to run the region on. One without weight comes last.
///
/// Shape: as many as there are servers. Work: one hash for each.
pub fn ranked<'a>(
    region: &RegionId,
    servers: impl IntoIterator<Item = (&'a ServerId, f64)>,
) -> Vec<&'a ServerId> {
    let mut scored: Vec<(f64, &ServerId)> =
        servers.into_iter().map(|(server, weight)| (score(region, server, weight), server)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.into_iter().map(|(_, server)| server).collect()
}

/// `-weight / ln(u)` of an even draw: the highest of several falls to each in proportion to its weight.
fn score(region: &RegionId, server: &ServerId, weight: f64) -> f64 {
    if weight <= 0.0 || weight.is_nan() {
        return f64::NEG_INFINITY;
    }
    -weight / draw(region, server).ln()
}

/// An even draw from between 0 and 1, the same in every version of this program.
fn draw(region: &RegionId, server: &ServerId) -> f64 {
    let mut hash = Sha256::new();
    hash.update(region.as_str());
    // No name has this byte: no two pairs of names run together alike.
    hash.update([0]);
    hash.update(server.as_str());
    let bits = hash.finalize().iter().take(8).fold(0u64, |bits, byte| (bits << 8) | u64::from(*byte)) >> 11;
    (bits as f64 + 0.5) / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn server(name: &str) -> ServerId {
        ServerId::new(name).expect("a name")
    }

    fn region(number: usize) -> RegionId {
        RegionId::new(&format!("city-{number}")).expect("a name")
    }

    /// How many of so many regions each has.
    fn shares(servers: &[(ServerId, f64)], regions: usize) -> BTreeMap<String, usize> {
        let mut shares = BTreeMap::new();
        for number in 0..regions {
            let first = ranked(&region(number), servers.iter().map(|(name, weight)| (name, *weight)))[0];
            *shares.entry(first.to_string()).or_default() += 1;
        }
        shares
    }

    #[test]
    fn regions_fall_to_servers_in_proportion_to_their_weights() {
        let servers = [(server("a"), 1.0), (server("b"), 1.0), (server("c"), 2.0), (server("none"), 0.0)];
        let shares = shares(&servers, 8_000);
        for (name, expected) in [("a", 2_000.0), ("b", 2_000.0), ("c", 4_000.0)] {
            let share = shares[name] as f64;
            // Four standard deviations of a binomial draw are some 160.
            assert!((share - expected).abs() < 160.0, "{name} has {share}, expected {expected}");
        }
        assert!(!shares.contains_key("none"));
    }

    #[test]
    fn the_rank_of_a_region_is_the_same_in_every_version() {
        let servers = [server("a"), server("b"), server("c")];
        let order = |number| {
            let ranked = ranked(&region(number), servers.iter().map(|name| (name, 1.0)));
            ranked.into_iter().map(ServerId::as_str).collect::<String>()
        };
        let orders: Vec<String> = (0..6).map(order).collect();
        expect_test::expect!["cba acb cba cba abc acb"].assert_eq(&orders.join(" "));
    }

    proptest! {
        #[test]
        fn who_leaves_moves_its_own_regions_alone(number in 0usize..1_000, count in 2usize..9, leaver in 0usize..9) {
            let servers: Vec<ServerId> = (0..count).map(|at| server(&format!("s{at}"))).collect();
            let of = |servers: &[ServerId]| {
                ranked(&region(number), servers.iter().map(|name| (name, 1.0))).into_iter().cloned().collect::<Vec<_>>()
            };
            let before = of(&servers);
            let left = &servers[leaver % count];
            let rest: Vec<ServerId> = servers.iter().filter(|name| *name != left).cloned().collect();
            let after: Vec<ServerId> = before.into_iter().filter(|name| name != left).collect();
            prop_assert_eq!(of(&rest), after);
        }
    }
}
