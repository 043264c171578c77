//! The problem laid out for the solver: columns by vehicle, worst ones dropped, members flat.

use super::{Problem, Selection};
use crate::Budget;

/// Columns grouped by vehicle. Only those that are worth more than leaving their requests are kept.
pub(super) struct Sheet {
    /// Vehicle `v` owns the columns `first[v]..first[v + 1]`.
    pub(super) first: Vec<u32>,
    /// Per column, its place in [`Problem::columns`].
    pub(super) place: Vec<u32>,
    /// Per column, what it saves.
    pub(super) gain: Vec<i64>,
    /// Column `c` serves `members[starts[c]..starts[c + 1]]`.
    pub(super) starts: Vec<u32>,
    pub(super) members: Vec<u32>,
    /// How many requests there are.
    pub(super) requests: usize,
}

/// Members read per step of [`Budget`].
const READ_PER_STEP: u64 = 32;

impl Sheet {
    /// Lays the problem out: passes over all columns and no sorting, paid for and not stopped, for without them nothing is
    /// known of the problem. Ends with a look at the clock.
    pub(super) fn new(problem: &Problem, budget: &mut Budget) -> Self {
        let gains: Vec<i64> = problem.columns.iter().map(|column| problem.gain(column)).collect();
        let worth = |place: u32| gains[place as usize] > 0 && !problem.columns.get(place).requests.is_empty();
        let kept = || (0..gains.len() as u32).filter(|&place| worth(place));
        let mut first = vec![0; problem.vehicles as usize + 1];
        kept().for_each(|place| first[problem.columns.get(place).vehicle as usize + 1] += 1);
        (0..problem.vehicles as usize).for_each(|vehicle| first[vehicle + 1] += first[vehicle]);
        let mut next = first.clone();
        let mut places = vec![0; next[problem.vehicles as usize] as usize];
        for place in kept() {
            let next = &mut next[problem.columns.get(place).vehicle as usize];
            places[*next as usize] = place;
            *next += 1;
        }
        let mut sheet = Self {
            first,
            gain: places.iter().map(|&place| gains[place as usize]).collect(),
            starts: Vec::with_capacity(places.len() + 1),
            members: Vec::with_capacity(problem.columns.members()),
            requests: problem.outside.len(),
            place: places,
        };
        sheet.starts.push(0);
        for &place in &sheet.place {
            sheet.members.extend_from_slice(problem.columns.get(place).requests);
            sheet.starts.push(sheet.members.len() as u32);
        }
        budget.spend((problem.columns.members() + problem.columns.len()) as u64 / READ_PER_STEP + 1);
        sheet
    }
    pub(super) fn vehicles(&self) -> usize {
        self.first.len() - 1
    }
    pub(super) fn columns(&self) -> usize {
        self.place.len()
    }
    /// The columns of a vehicle.
    pub(super) fn own(&self, vehicle: usize) -> std::ops::Range<usize> {
        self.first[vehicle] as usize..self.first[vehicle + 1] as usize
    }
    /// The requests of a column.
    pub(super) fn requests_of(&self, column: usize) -> &[u32] {
        &self.members[self.starts[column] as usize..self.starts[column + 1] as usize]
    }
    /// A selection of the problem as columns here; columns that were dropped count as none.
    pub(super) fn read(&self, selection: &Selection) -> Vec<Option<u32>> {
        let find = |(vehicle, place): (usize, &Option<u32>)| {
            let wanted = (*place)?;
            self.own(vehicle).find(|&column| self.place[column] == wanted).map(|column| column as u32)
        };
        selection.column_of.iter().enumerate().map(find).collect()
    }
    /// Columns here as a selection of the problem.
    pub(super) fn write(&self, column_of: &[Option<u32>]) -> Selection {
        let place = |column: &Option<u32>| column.map(|column| self.place[column as usize]);
        Selection { column_of: column_of.iter().map(place).collect() }
    }
}
