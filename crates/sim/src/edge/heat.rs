//! How a box warms and cools: one lump of heat, into which its power goes and which its surroundings cool.
//!
//! `C · dT/dt = P − (T − Ta) / R`, whose solution for a constant power is `T(t) = T∞ + (T0 − T∞) · exp(−t / RC)` with
//! `T∞ = Ta + R · P`. Source: the lumped capacitance method (Incropera and DeWitt, *Fundamentals of Heat and Mass Transfer*, chapter 5), by
//! which processors are modelled in the large (Skadron et al., "Temperature-aware microarchitecture", ISCA 2003, section 4, a net of
//! such nodes; this is the net with one). `R` in kelvin a watt is what a data sheet calls the thermal resistance of sink and fan; `RC` is
//! the time constant. Known gap: die and box are one, so that the first seconds of a step in load are slower than a die's.

use super::parts::Heat;
use paceline_model::Millis;

/// A lump of heat at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lump {
    pub(super) celsius: f64,
}

/// What warms and cools it, for as long as it stays so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Drive {
    pub(super) watts: f64,
    pub(super) ambient: f64,
    pub(super) fan: bool,
}

impl Lump {
    /// Where it would settle.
    pub(super) fn settles_at(heat: &Heat, drive: Drive) -> f64 {
        let resistance = if drive.fan { heat.kelvin_per_watt } else { heat.kelvin_per_watt_without_fan };
        drive.ambient + heat.ambient_above_celsius + resistance * drive.watts
    }

    /// Goes on for a while. Returns how long after the beginning it came to `threshold` from below, if it did.
    pub(super) fn advance(
        &mut self,
        heat: &Heat,
        drive: Drive,
        span: Millis,
        threshold: f64,
    ) -> Option<Millis> {
        let (from, to) = (self.celsius, Self::settles_at(heat, drive));
        // Without its fan it cools worse and holds as much: its time constant is longer by as much.
        let slower = if drive.fan || heat.kelvin_per_watt <= 0.0 {
            1.0
        } else {
            heat.kelvin_per_watt_without_fan / heat.kelvin_per_watt
        };
        let constant = heat.time_constant.as_secs_f64() * slower;
        self.celsius = to + (from - to) * (-span.as_secs_f64() / constant).exp();
        let crosses = from < threshold && self.celsius >= threshold;
        crosses.then(|| {
            let seconds = -constant * ((threshold - to) / (from - to)).ln();
            Millis((seconds.max(0.0) * 1_000.0).round() as u32).min(span)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Drive = Drive { watts: 75.0, ambient: 22.0, fan: true };

    #[test]
    fn many_small_steps_are_one_large_one() {
        let heat = Heat::default();
        let (mut small, mut large) = (Lump { celsius: 22.0 }, Lump { celsius: 22.0 });
        for _ in 0..600 {
            small.advance(&heat, FULL, Millis(500), 85.0);
        }
        large.advance(&heat, FULL, Millis::from_secs(300), 85.0);
        assert!((small.celsius - large.celsius).abs() < 1e-6, "{small:?} {large:?}");
    }

    #[test]
    fn after_a_time_constant_it_has_gone_63_percent_of_the_way() {
        let heat = Heat::default();
        let mut lump = Lump { celsius: 22.0 };
        lump.advance(&heat, FULL, heat.time_constant, 85.0);
        let gone = (lump.celsius - 22.0) / (Lump::settles_at(&heat, FULL) - 22.0);
        assert!((gone - 0.632).abs() < 0.001, "{gone}");
    }

    #[test]
    fn a_box_without_its_fan_says_when_it_came_to_the_threshold() {
        let heat = Heat::default();
        let drive = Drive { fan: false, ..FULL };
        let mut lump = Lump { celsius: Lump::settles_at(&heat, FULL) };
        let crossed = lump.advance(&heat, drive, Millis::from_secs(3_600), 85.0).expect("it gets hot");
        let mut again = Lump { celsius: Lump::settles_at(&heat, FULL) };
        again.advance(&heat, drive, crossed, 200.0);
        assert!((again.celsius - 85.0).abs() < 0.01, "{again:?}");
    }
}
