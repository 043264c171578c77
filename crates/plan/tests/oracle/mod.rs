//! A slow and simple judge of assignments: cheapest augmentations one after the other, by Bellman and Ford. It shares
//! nothing with the solver, knows no prices of nodes, and is itself checked against trying everything.

use paceline_plan::solver::assignment::Problem;

/// The least cost of `problem`.
///
/// Each round finds the alternating walk that gains most, over all orders at once, and takes it; when none gains, the
/// matching is cheapest.
pub(crate) fn least_cost(problem: &Problem) -> i128 {
    let (orders, vehicles) = (problem.outside.len(), problem.vehicles);
    let mut price = vec![vec![None; vehicles]; orders];
    for pair in &problem.pairs {
        let cell: &mut Option<i128> = &mut price[pair.order as usize][pair.vehicle as usize];
        *cell = Some(cell.map_or(i128::from(pair.price), |known| known.min(i128::from(pair.price))));
    }
    let mut order_of = vec![None; vehicles];
    while improve(problem, &price, &mut order_of) {}
    let mut cost: i128 = problem.outside.iter().map(|&outside| i128::from(outside)).sum();
    for (vehicle, &order) in order_of.iter().enumerate() {
        if let Some(order) = order {
            let order: usize = order;
            cost += price[order][vehicle].expect("a taken pair exists") - i128::from(problem.outside[order]);
        }
    }
    cost
}

/// Takes the walk from an open order to a free vehicle that gains most; `false` if none gains. The best matching of so
/// many pairs becomes the best one of one pair more, so no order that has a vehicle ever needs to be left out again.
fn improve(problem: &Problem, price: &[Vec<Option<i128>>], order_of: &mut [Option<usize>]) -> bool {
    let vehicles = order_of.len();
    let vehicle_of =
        |order: usize, order_of: &[Option<usize>]| order_of.iter().position(|&at| at == Some(order));
    let gain = |order: usize, vehicle: usize| {
        price[order][vehicle].map(|price| i128::from(problem.outside[order]) - price)
    };
    // Best gain of a walk that ends with each vehicle, and the order that takes it on that walk.
    let mut best: Vec<Option<(i128, usize)>> = vec![None; vehicles];
    for order in (0..price.len()).filter(|&order| vehicle_of(order, order_of).is_none()) {
        for (vehicle, best) in best.iter_mut().enumerate() {
            if let Some(gain) = gain(order, vehicle)
                && best.is_none_or(|(known, _)| gain > known)
            {
                *best = Some((gain, order));
            }
        }
    }
    for _ in 0..vehicles {
        for from in 0..vehicles {
            let (Some((so_far, _)), Some(order)) = (best[from], order_of[from]) else { continue };
            let given_up = gain(order, from).expect("a taken pair exists");
            for to in (0..vehicles).filter(|&to| to != from) {
                if let Some(gain) = gain(order, to) {
                    let walk = so_far - given_up + gain;
                    if best[to].is_none_or(|(known, _)| walk > known) {
                        best[to] = Some((walk, order));
                    }
                }
            }
        }
    }
    take(&best, order_of)
}

fn take(best: &[Option<(i128, usize)>], order_of: &mut [Option<usize>]) -> bool {
    let ends = (0..best.len()).filter(|&vehicle| order_of[vehicle].is_none());
    let gain = |vehicle: usize| best[vehicle].map_or(0, |(gain, _)| gain);
    let Some(end) = ends.max_by_key(|&vehicle| gain(vehicle)).filter(|&vehicle| gain(vehicle) > 0) else {
        return false;
    };
    let mut vehicle = end;
    loop {
        let order = best[vehicle].expect("the walk came this way").1;
        let left = order_of.iter().position(|&at| at == Some(order));
        order_of[vehicle] = Some(order);
        let Some(left) = left else { return true };
        order_of[left] = None;
        vehicle = left;
    }
}
