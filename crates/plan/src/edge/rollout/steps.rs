//! How many nodes a step exposes: in whole numbers, since 29 % of 100 is 28.999999999999996 in binary fractions.

/// What one step of a list comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// As it was asked for.
    pub percent: u8,
    /// Nodes that are exposed once it has begun: of all, not more than asked for, and never none.
    pub nodes: u32,
    /// Whether it adds no node: it is passed over, waits for no gate, and takes no credit from one.
    pub adds_none: bool,
}

/// What rising percentages of `nodes` come to: `max(1, nodes * percent div 100)`, and none where there is none.
pub fn exposures(nodes: u32, percents: &[u8]) -> Vec<Exposure> {
    let mut before = None;
    let exposure = |percent: &u8| {
        let share = (u64::from(nodes) * u64::from(*percent) / 100) as u32;
        let count = share.max(1).min(nodes);
        let adds_none = before.replace(count) == Some(count);
        Exposure { percent: *percent, nodes: count, adds_none }
    };
    percents.iter().map(exposure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_exposes_never_more_nodes_than_asked_for_and_never_none() {
        /// Nodes, percentages, what they come to, and which of them add none.
        type Case = (u32, &'static [u8], &'static [u32], &'static [u8]);
        let cases: [Case; 10] = [
            (0, &[10, 100], &[0, 0], &[100]),
            (1, &[10, 50, 100], &[1, 1, 1], &[50, 100]),
            (2, &[10, 50, 90, 100], &[1, 1, 1, 2], &[50, 90]),
            (3, &[10, 33, 34, 50, 67, 99, 100], &[1, 1, 1, 1, 2, 2, 3], &[33, 34, 50, 99]),
            (7, &[1, 5, 25, 50, 100], &[1, 1, 1, 3, 7], &[5, 25]),
            (40, &[10, 25, 50, 100], &[4, 10, 20, 40], &[]),
            (42, &[5, 20, 50, 100], &[2, 8, 21, 42], &[]),
            (100, &[29, 57, 58, 100], &[29, 57, 58, 100], &[]),
            (137, &[1, 10, 50, 100], &[1, 13, 68, 137], &[]),
            (1_000, &[1, 7, 29, 100], &[10, 70, 290, 1_000], &[]),
        ];
        for (nodes, percents, right, nothing_new) in cases {
            let found = exposures(nodes, percents);
            assert_eq!(found.iter().map(|of| of.nodes).collect::<Vec<_>>(), right, "{nodes} nodes");
            let none: Vec<u8> = found.iter().filter(|of| of.adds_none).map(|of| of.percent).collect();
            assert_eq!(none, nothing_new, "{nodes} nodes");
        }
    }

    #[test]
    fn all_is_a_hundred_percent_and_less_is_never_all_but_of_one() {
        for nodes in 1..400 {
            for percent in 1..=100_u8 {
                let count = exposures(nodes, &[percent])[0].nodes;
                assert_eq!(count == nodes, percent == 100 || nodes == 1, "{percent} % of {nodes}");
            }
        }
    }
}
