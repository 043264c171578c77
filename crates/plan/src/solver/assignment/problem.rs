//! The assignment problem by itself: orders, vehicles and priced pairs as numbers. Knows no roads and no constraints.

/// One order and one vehicle that could serve it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// The order's row.
    pub order: u32,
    /// The vehicle's row.
    pub vehicle: u32,
    /// What the pair costs.
    pub price: i64,
}

/// A sparse assignment problem in which an order may stay unserved at a price.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// What leaving each order unserved costs.
    pub outside: Vec<i64>,
    /// How many vehicles there are.
    pub vehicles: usize,
    /// The pairs that may be taken, in any order. Of two equal pairs the cheaper one counts.
    pub pairs: Vec<Pair>,
}

/// Who serves whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matching {
    /// Per order, its vehicle.
    pub vehicle_of: Vec<Option<u32>>,
    /// Whether it is the cheapest one; `false` if the budget ended first.
    pub exact: bool,
    /// At most so much above the cheapest one; 0 if `exact`. Known from the solver's prices, whatever it had to leave.
    pub gap: i128,
}

impl Problem {
    /// The objective: prices of the taken pairs plus the outside prices of the orders left out.
    /// `None` if the matching takes a pair that does not exist, or a vehicle twice.
    pub fn cost(&self, matching: &Matching) -> Option<i128> {
        let mut taken = vec![false; self.vehicles];
        let mut cheapest: Vec<Option<i64>> = vec![None; self.outside.len()];
        for pair in &self.pairs {
            let cell = &mut cheapest[pair.order as usize];
            if matching.vehicle_of[pair.order as usize] == Some(pair.vehicle) {
                *cell = Some(cell.map_or(pair.price, |price| price.min(pair.price)));
            }
        }
        let mut sum = 0;
        for (order, &vehicle) in matching.vehicle_of.iter().enumerate() {
            match vehicle {
                Some(vehicle) if std::mem::replace(&mut taken[vehicle as usize], true) => return None,
                Some(_) => sum += i128::from(cheapest[order]?),
                None => sum += i128::from(self.outside[order]),
            }
        }
        Some(sum)
    }
}
