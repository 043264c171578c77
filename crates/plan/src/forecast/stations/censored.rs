//! What a count says that was cut short: a station that ran empty shows as many rentals as it had bikes, and not how soon they were gone.

/// Beyond so many expected riders it is certain to within the last digit that they come at once.
const MEAN_MAX: f64 = 500.0;

/// The part of a span in which riders could still be counted, if all `room` that there was went, and `mean` riders were expected over the whole span.
///
/// Riders come as a Poisson process; it is the mean time of the last of `room` riders, given that so many came:
/// `room / mean * Pr(N > room) / Pr(N >= room)`, written so that no digits are lost where that is improbable.
pub(super) fn share_counted(room: u32, mean: f64) -> f64 {
    let mean = mean.clamp(0.0, MEAN_MAX);
    let room = f64::from(room);
    room / (room + 1.0) * tail(room + 1.0, mean) / tail(room, mean)
}

/// The chance of `from` or more riders over that of exactly `from`.
fn tail(from: f64, mean: f64) -> f64 {
    let (mut sum, mut term, mut at) = (1.0, 1.0, from);
    while term > sum * 1e-12 {
        at += 1.0;
        term *= mean / at;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::share_counted;
    use crate::Rng;

    #[test]
    fn it_is_the_mean_time_until_the_last_bike_is_gone() {
        let mut rng = Rng::of(1, "censored");
        for (room, mean) in [(1, 0.3), (3, 2.0), (5, 9.0)] {
            let (mut sum, mut count) = (0.0, 0.0);
            for _ in 0..400_000 {
                let at: f64 = (0..room).map(|_| -(1.0 - rng.unit()).ln() / mean).sum();
                if at < 1.0 {
                    sum += at;
                    count += 1.0;
                }
            }
            let played: f64 = sum / count;
            assert!((share_counted(room, mean) - played).abs() < 0.01, "{room} {mean}: {played}");
        }
    }

    #[test]
    fn what_nobody_expected_came_evenly_spread() {
        assert!((share_counted(9, 1e-9) - 0.9).abs() < 1e-9);
        assert!(share_counted(1, 1e9) < 0.01 && share_counted(1, 0.0) == 0.5);
    }
}
