//! What a part of a route says about loads, and how two parts join in constant time.

/// A sequence of stops as loads see it: how far the load falls and rises on the way, counted from what was aboard before,
/// and by how much it has changed in the end. A vehicle of `capacity` can serve it, with some load at the start, if and
/// only if its width is at most `capacity`, because it may start with anything from `-fall` to `capacity - rise`.
///
/// Source: Dell'Amico, Iori, Novellani and Stützle, Computers and Operations Research 71, 2016, section on feasibility.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LoadSpan {
    /// Lowest load on the way, 0 at most.
    pub(super) fall: i32,
    /// Highest load on the way, 0 at least.
    pub(super) rise: i32,
    /// Load at the end.
    pub(super) total: i32,
}

impl LoadSpan {
    pub(super) fn stop(demand: i32) -> Self {
        Self { fall: demand.min(0), rise: demand.max(0), total: demand }
    }
    pub(super) fn of(demands: impl IntoIterator<Item = i32>) -> Self {
        demands.into_iter().fold(Self::default(), |span, demand| span.then(Self::stop(demand)))
    }
    /// This part, and `next` behind it.
    pub(super) fn then(self, next: Self) -> Self {
        Self {
            fall: self.fall.min(self.total + next.fall),
            rise: self.rise.max(self.total + next.rise),
            total: self.total + next.total,
        }
    }
    /// The same stops in the other order.
    pub(super) fn reversed(self) -> Self {
        Self { fall: self.total - self.rise, rise: self.total - self.fall, total: self.total }
    }
    /// The least capacity that serves it.
    pub(super) fn width(self) -> i32 {
        self.rise - self.fall
    }
}

#[cfg(test)]
mod tests {
    use super::LoadSpan;
    use crate::rng::Rng;

    /// Tries every start.
    fn can_be_served(demands: &[i32], capacity: i32) -> bool {
        let keeps = |start: i32| {
            let loads = demands.iter().scan(start, |load, demand| {
                *load += demand;
                Some(*load)
            });
            loads.into_iter().all(|load| (0..=capacity).contains(&load))
        };
        (0..=capacity).any(keeps)
    }

    #[test]
    fn joined_spans_say_whether_some_start_serves_all_stops() {
        let mut rng = Rng::new(1);
        for _ in 0..5_000 {
            let demands: Vec<i32> = (0..rng.below(8)).map(|_| rng.below(15) as i32 - 7).collect();
            let cut = rng.below(demands.len() + 1);
            let capacity = 7 + rng.below(8) as i32;
            let joined = LoadSpan::of(demands[..cut].iter().copied())
                .then(LoadSpan::of(demands[cut..].iter().copied()));
            assert_eq!(
                joined.width() <= capacity,
                can_be_served(&demands, capacity),
                "{demands:?} {capacity}"
            );
            assert_eq!(joined.total, demands.iter().sum::<i32>());
        }
    }
}
