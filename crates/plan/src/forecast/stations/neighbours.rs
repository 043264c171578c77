//! Which stations learn from which: each from the nearest ones, itself among them.

use paceline_model::Position;
use serde::{Deserialize, Serialize};

/// Stations that one learns its shape from. Fifteen did as well as eight in Oslo, and four did worse.
const NEAREST: usize = 8;

/// Who learns from whom, as stations are added.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Neighbours {
    places: Vec<Option<Position>>,
    /// For each station those that it learns from, with how far they are in metres, nearest first.
    nearest: Vec<Vec<(u32, f64)>>,
    /// For each station those that learn from it.
    pupils: Vec<Vec<u32>>,
}

impl Neighbours {
    /// One more station. Where its place is not known it learns from itself alone.
    pub(super) fn add(&mut self, place: Option<Position>) {
        let new = self.places.len() as u32;
        self.places.push(place);
        self.nearest.push(vec![(new, 0.0)]);
        self.pupils.push(vec![new]);
        let Some(place) = place else { return };
        for other in 0..new {
            let Some(there) = self.places[other as usize] else { continue };
            let metres = place.distance_m(there);
            self.offer(other, new, metres);
            self.offer(new, other, metres);
        }
    }
    /// Those that learn from what is seen at `station`.
    pub(super) fn pupils(&self, station: usize) -> &[u32] {
        &self.pupils[station]
    }

    /// `pupil` learns from `teacher` if that is one of its nearest; the farthest one makes room.
    fn offer(&mut self, pupil: u32, teacher: u32, metres: f64) {
        let nearest = &mut self.nearest[pupil as usize];
        let rank = nearest.partition_point(|(_, other)| *other <= metres);
        if rank >= NEAREST {
            return;
        }
        nearest.insert(rank, (teacher, metres));
        self.pupils[teacher as usize].push(pupil);
        if nearest.len() > NEAREST
            && let Some((gone, _)) = nearest.pop()
        {
            self.pupils[gone as usize].retain(|other| *other != pupil);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_learns_from_its_nearest_whatever_the_order_they_came_in() {
        let place = |at: u32| Position::new(59.9, 10.7 + f64::from(at) * 0.001).ok();
        let order = [7, 0, 12, 3, 9, 1, 11, 5, 2, 10, 4, 8, 6];
        let mut neighbours = Neighbours::default();
        order.iter().for_each(|at| neighbours.add(place(*at)));
        neighbours.add(None);
        for (pupil, at) in order.iter().enumerate() {
            let mut far: Vec<i32> = order.iter().map(|other| (*other as i32 - *at as i32).abs()).collect();
            far.sort();
            let learnt_from = |teacher: &usize| neighbours.pupils(*teacher).contains(&(pupil as u32));
            let mut from: Vec<i32> = (0..order.len())
                .filter(learnt_from)
                .map(|teacher| (order[teacher] as i32 - *at as i32).abs())
                .collect();
            from.sort();
            assert_eq!(from, far[..NEAREST], "station at {at}");
        }
        assert_eq!(neighbours.pupils(order.len()), [order.len() as u32], "no place, no neighbours");
    }
}
