//! Quantities of a fixed route: never another value than trying everything gives.

use paceline_plan::solver::rebalancing::{LoadValues, Quantities, RouteStops, StopValues, best_quantities};
use proptest::prelude::*;

/// A route that owns its values.
#[derive(Clone, Debug)]
struct Case {
    start_load: u32,
    capacity: u32,
    stops: Vec<(i32, Vec<f64>)>,
    end_values: Vec<f64>,
}

impl Case {
    fn stops(&self) -> Vec<StopValues<'_>> {
        self.stops.iter().map(|(delta_min, values)| StopValues { delta_min: *delta_min, values }).collect()
    }

    fn best(&self) -> Option<Quantities> {
        let (start_load, capacity) = (self.start_load, self.capacity);
        best_quantities(&RouteStops {
            start_load,
            capacity,
            stops: &self.stops(),
            end_values: &self.end_values,
        })
    }

    /// What these changes are worth and how many bikes they move; `None` if they break a rule.
    fn judge(&self, deltas: &[i32]) -> Option<(f64, u32)> {
        let (mut load, mut value, mut moved) = (i64::from(self.start_load), 0.0, 0);
        let fits = |load: i64| (0..=i64::from(self.capacity)).contains(&load);
        if deltas.len() != self.stops.len() || !fits(load) {
            return None;
        }
        for (&delta, (delta_min, values)) in deltas.iter().zip(&self.stops) {
            load -= i64::from(delta);
            value += values[usize::try_from(delta - delta_min).ok()?];
            moved += delta.unsigned_abs();
            if !fits(load) {
                return None;
            }
        }
        if !self.end_values.is_empty() {
            value += self.end_values.get(load as usize)?;
        }
        (value > f64::NEG_INFINITY).then_some((value, moved))
    }

    /// The most value, and with it the fewest bikes, over all changes there are.
    fn exhaustive(&self, chosen: &mut Vec<i32>) -> Option<(f64, u32)> {
        let Some((delta_min, values)) = self.stops.get(chosen.len()) else { return self.judge(chosen) };
        let mut best: Option<(f64, u32)> = None;
        for delta in *delta_min..delta_min + values.len() as i32 {
            chosen.push(delta);
            if let Some((value, moved)) = self.exhaustive(chosen)
                && best.is_none_or(|(most, fewest)| value > most || value == most && moved < fewest)
            {
                best = Some((value, moved));
            }
            chosen.pop();
        }
        best
    }
}

fn cases() -> impl Strategy<Value = Case> {
    // Whole numbers, so that sums are exact in any order.
    let value = prop_oneof![9 => (-20..20).prop_map(f64::from), 1 => Just(f64::NEG_INFINITY)];
    let stop = (-4..4_i32, prop::collection::vec(value.clone(), 0..6));
    let stops = prop::collection::vec(stop, 0..6);
    let end_values = prop_oneof![Just(Vec::new()), prop::collection::vec(value, 1..8)];
    (0..8_u32, 0..7_u32, stops, end_values).prop_map(|(start_load, capacity, stops, end_values)| Case {
        start_load,
        capacity,
        stops,
        end_values,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn the_best_quantities_are_those_of_an_exhaustive_search(case in cases()) {
        let best = case.best();
        let oracle = case.exhaustive(&mut Vec::new());
        prop_assert_eq!(best.as_ref().and_then(|best| case.judge(&best.deltas)), oracle, "{:?}", best);
        prop_assert_eq!(best.map(|best| best.value), oracle.map(|(value, _)| value));
    }

    #[test]
    fn wherever_a_route_is_cut_its_parts_join_to_the_same_value(case in cases()) {
        let stops = case.stops();
        for cut in 0..=stops.len() {
            let start = LoadValues::at_start(case.capacity, case.start_load);
            let before = stops[..cut].iter().fold(start, |values, stop| values.after(stop));
            let end = LoadValues::at_end(case.capacity, &case.end_values);
            let behind = stops[cut..].iter().rev().fold(end, |values, stop| values.before(stop));
            prop_assert_eq!(before.joined(&behind), case.best().map(|best| best.value), "cut at {}", cut);
        }
    }
}

#[test]
fn a_van_takes_where_bikes_are_worth_little_and_gives_where_they_are_worth_much() {
    let surplus = vec![-1.0, -0.4, -0.1, 0.0];
    let shortage = vec![0.0, 3.0, 5.0, 5.5];
    let case =
        Case { start_load: 0, capacity: 2, stops: vec![(-3, surplus), (0, shortage)], end_values: vec![] };
    assert_eq!(case.best(), Some(Quantities { deltas: vec![-2, 2], value: 4.6 }));
}

#[test]
fn of_two_choices_worth_the_same_the_one_with_fewer_bikes_is_taken() {
    let case = Case { start_load: 3, capacity: 5, stops: vec![(-2, vec![1.0; 5]); 2], end_values: vec![] };
    assert_eq!(case.best(), Some(Quantities { deltas: vec![0, 0], value: 2.0 }));
}
