//! What driving uses at each speed: the factor by which `import` and `traffic` make effort of length.

/// Miles per hour and the factor on the nominal consumption at that speed.
///
/// Source: the normalised electric powertrain of NREL HIVE (BSD-3-Clause), itself from NREL FASTSim runs.
const FACTORS: [(f64, f64); 13] = [
    (2.5, 1.435975446),
    (7.5, 1.252653024),
    (12.5, 1.152371252),
    (17.5, 1.035082396),
    (22.5, 0.952447407),
    (27.5, 0.929755405),
    (32.5, 0.953249563),
    (37.5, 0.995732494),
    (42.5, 1.037245858),
    (47.5, 1.098571736),
    (52.5, 1.159856089),
    (57.5, 1.18870426),
    (62.5, 1.283088977),
];

const KM_PER_MILE: f64 = 1.609_344;

/// The factor on a vehicle's nominal consumption at `kmh`: linear between the table's rows, held at its ends.
pub(crate) fn factor(kmh: f64) -> f64 {
    let mph = kmh / KM_PER_MILE;
    let next = FACTORS.partition_point(|&(speed, _)| speed < mph);
    if next == 0 {
        return FACTORS[0].1;
    }
    if next == FACTORS.len() {
        return FACTORS[next - 1].1;
    }
    let ((low, a), (high, b)) = (FACTORS[next - 1], FACTORS[next]);
    a + (b - a) * (mph - low) / (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_meets_the_table_is_linear_between_and_flat_outside() {
        assert_eq!(factor(0.0), FACTORS[0].1);
        assert_eq!(factor(500.0), FACTORS[12].1);
        assert!((factor(22.5 * KM_PER_MILE) - 0.952447407).abs() < 1e-9);
        assert!((factor(25.0 * KM_PER_MILE) - (0.952447407 + 0.929755405) / 2.0).abs() < 1e-9);
    }
}
