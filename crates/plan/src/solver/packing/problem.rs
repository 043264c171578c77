//! The packing problem by itself: vehicles, requests and priced columns as numbers. Knows no roads, seats or windows.

/// One thing that a vehicle could do: serve exactly these requests, at this price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column<'a> {
    /// The vehicle's row.
    pub vehicle: u32,
    /// Rows of the requests that it serves, ascending.
    pub requests: &'a [u32],
    /// What doing it costs, in the unit of [`Problem::outside`].
    pub cost: i64,
}

/// All columns, stored flat. A column is named by its place in the order of [`Columns::push`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    heads: Vec<(u32, i64)>,
    ends: Vec<u32>,
    requests: Vec<u32>,
}

/// A set packing problem: at most one column per vehicle, each request in at most one taken column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// How many vehicles there are.
    pub vehicles: u32,
    /// What leaving each request unserved costs; not negative.
    pub outside: Vec<i64>,
    /// What the vehicles could do, in any order.
    pub columns: Columns,
}

/// Which column each vehicle takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Per vehicle, its column's place in [`Problem::columns`].
    pub column_of: Vec<Option<u32>>,
}

impl Columns {
    /// Adds a column and gives its place. `requests` are ascending; a column without requests is never taken.
    ///
    /// Errors: none; requests out of order are the caller's bug and panic.
    pub fn push(&mut self, vehicle: u32, requests: &[u32], cost: i64) -> u32 {
        assert!(requests.is_sorted_by(|a, b| a < b), "requests of a column ascend: {requests:?}");
        self.heads.push((vehicle, cost));
        self.requests.extend_from_slice(requests);
        self.ends.push(self.requests.len() as u32);
        self.heads.len() as u32 - 1
    }
    /// How many there are.
    pub fn len(&self) -> usize {
        self.heads.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }
    /// How many requests they serve in sum.
    pub(super) fn members(&self) -> usize {
        self.requests.len()
    }
    /// The column at `place`, which must exist.
    pub fn get(&self, place: u32) -> Column<'_> {
        let place = place as usize;
        let (vehicle, cost) = self.heads[place];
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        Column { vehicle, cost, requests: &self.requests[start as usize..self.ends[place] as usize] }
    }
    /// All of them in order.
    pub fn iter(&self) -> impl Iterator<Item = Column<'_>> {
        (0..self.len() as u32).map(|place| self.get(place))
    }
}

impl Problem {
    /// The objective: costs of the taken columns plus the outside prices of the requests in none of them.
    /// The selection must keep the rules, see [`super::check`].
    pub fn cost(&self, selection: &Selection) -> i64 {
        let taken = selection.column_of.iter().flatten().map(|&place| self.columns.get(place));
        let all: i64 = self.outside.iter().sum();
        all - taken.map(|column| self.gain(column)).sum::<i64>()
    }
    /// What taking the column saves against leaving its requests unserved.
    pub(super) fn gain(&self, column: Column<'_>) -> i64 {
        column.requests.iter().map(|&request| self.outside[request as usize]).sum::<i64>() - column.cost
    }
}

impl Selection {
    /// Nobody does anything.
    pub fn idle(vehicles: u32) -> Self {
        Self { column_of: vec![None; vehicles as usize] }
    }
}
