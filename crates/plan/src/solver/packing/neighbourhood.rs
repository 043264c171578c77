//! Search around a packing: a few groups that compete for the same rows are set free, and the best way to pack
//! them again is found by depth-first search, everything else held.
//!
//! What a packing is short of the bound is the sum of its regrets (see `dual`). Regrets are never negative, so a
//! partial choice is given up as soon as its regrets reach those of the present one.

use super::column_table::ColumnTable;
use super::dual::Dual;
use super::state::PackingState;
use crate::budget::Budget;
use crate::rng::Rng;

/// Groups set free at once: at first, at least and at most.
const SIZE: (usize, usize, usize) = (10, 4, 40);
/// Columns tried in one search before it is given up.
const TRIES_MAX: u64 = 6_000;
/// Tries per step of [`Budget`].
const TRIES_PER_STEP: u64 = 8;

/// Columns of a group ranked per step of [`Budget`].
const RANKED_PER_STEP: u64 = 1;

/// The columns of one row with the least regrets, which come first; of equal ones those of lower number.
#[derive(Clone, Copy, Default)]
struct Takers {
    columns: [(i64, u32); 8],
    count: usize,
}

impl Takers {
    fn all(&self) -> &[(i64, u32)] {
        &self.columns[..self.count]
    }
    /// Takes in a column of higher number than those before it.
    fn offer(&mut self, regret: i64, column: u32) {
        let at = self.all().partition_point(|&(other, _)| other <= regret);
        if at < self.columns.len() {
            self.count = (self.count + 1).min(self.columns.len());
            self.columns[at..self.count].rotate_right(1);
            self.columns[at] = (regret, column);
        }
    }
}

/// The search with its tables.
pub(super) struct NeighbourhoodSearch<'a> {
    table: &'a ColumnTable,
    dual: &'a Dual,
    /// Columns of each group, least regret first.
    ranked: Vec<u32>,
    takers: Vec<Takers>,
    rng: Rng,
    size: f64,
    /// Per group: its position among the freed, or `u32::MAX`.
    position: Vec<u32>,
    /// Per row: whether it may be covered by the freed.
    open: Vec<bool>,
}

/// One set of freed groups with their choices.
struct Freed {
    groups: Vec<u32>,
    /// Position `p` may take `choices[starts[p]..starts[p + 1]]`, least regret first; `None` is to do nothing.
    starts: Vec<usize>,
    choices: Vec<(i64, Option<u32>)>,
    /// Rows that nothing after position `p` can cover: `closing[closes[p]..closes[p + 1]]`.
    closes: Vec<usize>,
    closing: Vec<u32>,
    /// What the present packing gives away here.
    regret: i64,
}

struct Tree<'a> {
    search: &'a NeighbourhoodSearch<'a>,
    freed: &'a Freed,
    used: &'a mut Vec<bool>,
    now: Vec<Option<u32>>,
    best: Vec<Option<u32>>,
    least: i64,
    found: bool,
    tries: u64,
}

impl<'a> NeighbourhoodSearch<'a> {
    /// `None` if the budget ends while columns are ranked.
    pub(super) fn new(
        table: &'a ColumnTable,
        dual: &'a Dual,
        seed: u64,
        budget: &mut Budget,
    ) -> Option<Self> {
        let mut ranked: Vec<u32> = (0..table.columns() as u32).collect();
        let mut takers = vec![Takers::default(); table.rows];
        for group in 0..table.groups() {
            let own = table.own(group);
            if !budget.spend(own.len() as u64 / RANKED_PER_STEP + 1) {
                return None;
            }
            ranked[own.clone()].sort_by_key(|&column| dual.regret[column as usize]);
            for column in own {
                let regret = dual.regret[column];
                table.rows_of(column).iter().for_each(|&r| takers[r as usize].offer(regret, column as u32));
            }
        }
        Some(Self {
            table,
            dual,
            ranked,
            takers,
            rng: Rng::new(seed),
            size: SIZE.0 as f64,
            position: vec![u32::MAX; table.groups()],
            open: vec![false; table.rows],
        })
    }
    /// One neighbourhood. Whether the packing became better.
    pub(super) fn step(
        &mut self,
        state: &mut PackingState,
        used: &mut Vec<bool>,
        budget: &mut Budget,
    ) -> bool {
        let groups = self.gather(state);
        let freed = self.free(state, groups);
        let mut tree = Tree {
            search: self,
            freed: &freed,
            used,
            now: vec![None; freed.groups.len()],
            best: Vec::new(),
            least: freed.regret,
            found: false,
            tries: 0,
        };
        tree.walk(0, 0);
        let (found, best, tries) = (tree.found, tree.best, tree.tries);
        budget.spend(1 + (tries + freed.choices.len() as u64) / TRIES_PER_STEP);
        if found {
            freed.groups.iter().for_each(|&group| state.take(self.table, group as usize, None));
            for (&group, column) in freed.groups.iter().zip(best) {
                state.take(self.table, group as usize, column);
            }
        }
        freed.groups.iter().for_each(|&group| self.position[group as usize] = u32::MAX);
        let change = if tries < TRIES_MAX / 4 {
            1.02
        } else if tries >= TRIES_MAX {
            0.97
        } else {
            1.0
        };
        self.size = (self.size * change).clamp(SIZE.1 as f64, SIZE.2 as f64);
        found
    }
    /// Groups to free: one that gives something away or could cover a row that is left out, and those it competes with.
    fn gather(&mut self, state: &PackingState) -> Vec<u32> {
        let wanted = (self.size as usize).min(self.table.groups());
        let mut groups = Vec::with_capacity(wanted);
        let mut next = 0;
        let seed = self.seed(state);
        self.add(&mut groups, seed);
        while groups.len() < wanted {
            if next == groups.len() {
                let other = self.rng.below(self.table.groups());
                self.add(&mut groups, other);
                continue;
            }
            self.rivals(state, &mut groups, next, wanted);
            next += 1;
        }
        groups
    }
    fn add(&mut self, groups: &mut Vec<u32>, group: usize) {
        if self.position[group] == u32::MAX {
            self.position[group] = groups.len() as u32;
            groups.push(group as u32);
        }
    }
    /// Of a few groups drawn, the one that gives away most.
    fn seed(&mut self, state: &PackingState) -> usize {
        let count = self.table.groups();
        let drawn: [usize; 3] = std::array::from_fn(|_| self.rng.below(count));
        drawn.into_iter().max_by_key(|&group| state.regret(self.dual, group)).unwrap_or(0)
    }
    /// Adds those who hold or could take what the group at `from` could take with little regret.
    fn rivals(&mut self, state: &PackingState, groups: &mut Vec<u32>, from: usize, wanted: usize) {
        let own = self.table.own(groups[from] as usize);
        let few = own.len().min(6);
        for _ in 0..3.min(few) {
            let column = self.ranked[own.start + self.rng.below(few)];
            for at in 0..self.table.rows_of(column as usize).len() {
                let row = self.table.rows_of(column as usize)[at] as usize;
                let rival = match state.covered_by[row] {
                    Some(group) => group as usize,
                    None => {
                        let takers = self.takers[row].all();
                        self.table.group_of[takers[self.rng.below(takers.len())].1 as usize] as usize
                    }
                };
                if groups.len() < wanted {
                    self.add(groups, rival);
                }
            }
        }
    }
    /// What the freed groups could do, with everything else held.
    fn free(&mut self, state: &PackingState, groups: Vec<u32>) -> Freed {
        let mut freed = Freed {
            starts: vec![0],
            choices: Vec::new(),
            closes: vec![0],
            closing: Vec::new(),
            regret: groups.iter().map(|&group| state.regret(self.dual, group as usize)).sum(),
            groups,
        };
        for &group in &freed.groups {
            let group = group as usize;
            let idle = self.dual.idle[group];
            let mut rests = false;
            for &column in &self.ranked[self.table.own(group)] {
                let regret = self.dual.regret[column as usize];
                if !rests && regret > idle {
                    rests = true;
                    freed.choices.push((idle, None));
                }
                let may = |&row: &u32| {
                    state.covered_by[row as usize]
                        .is_none_or(|covered_by| self.position[covered_by as usize] != u32::MAX)
                };
                if self.table.rows_of(column as usize).iter().all(may) {
                    freed.choices.push((regret, Some(column)));
                }
            }
            if !rests {
                freed.choices.push((idle, None));
            }
            freed.starts.push(freed.choices.len());
        }
        self.close(state, &mut freed);
        freed
    }
    /// For each row, after whom its fate is sealed; and what leaving the present ones out gives away.
    fn close(&mut self, state: &PackingState, freed: &mut Freed) {
        let mut backwards = Vec::new();
        let mut ends = Vec::new();
        for position in (0..freed.groups.len()).rev() {
            for (_, column) in &freed.choices[freed.starts[position]..freed.starts[position + 1]] {
                let Some(column) = *column else { continue };
                for &row in self.table.rows_of(column as usize) {
                    if !std::mem::replace(&mut self.open[row as usize], true) {
                        backwards.push(row);
                        if state.covered_by[row as usize].is_none() {
                            freed.regret += self.dual.price[row as usize];
                        }
                    }
                }
            }
            ends.push(backwards.len());
        }
        backwards.iter().for_each(|&row| self.open[row as usize] = false);
        let mut start = backwards.len();
        for &end in ends.iter().rev().skip(1).chain(&[0]) {
            freed.closing.extend(&backwards[end..start]);
            freed.closes.push(freed.closing.len());
            start = end;
        }
    }
}

impl Tree<'_> {
    fn walk(&mut self, position: usize, regret: i64) {
        let Some(&end) = self.freed.starts.get(position + 1) else {
            self.least = regret;
            self.best.clone_from(&self.now);
            self.found = true;
            return;
        };
        for choice in self.freed.starts[position]..end {
            let (own, column) = self.freed.choices[choice];
            self.tries += 1;
            if regret + own >= self.least || self.tries > TRIES_MAX {
                break;
            }
            if !self.occupy(column) {
                continue;
            }
            let lost = self.lost(position);
            if regret + own + lost < self.least {
                self.now[position] = column;
                self.walk(position + 1, regret + own + lost);
            }
            self.release(column);
        }
    }
    fn occupy(&mut self, column: Option<u32>) -> bool {
        let table = self.search.table;
        let rows = column.map_or(&[][..], |column| table.rows_of(column as usize));
        if rows.iter().any(|&row| self.used[row as usize]) {
            return false;
        }
        rows.iter().for_each(|&row| self.used[row as usize] = true);
        true
    }
    fn release(&mut self, column: Option<u32>) {
        let table = self.search.table;
        let rows = column.map_or(&[][..], |column| table.rows_of(column as usize));
        rows.iter().for_each(|&row| self.used[row as usize] = false);
    }
    /// Prices of the rows that nothing will cover once this position has chosen.
    fn lost(&self, position: usize) -> i64 {
        let sealed = &self.freed.closing[self.freed.closes[position]..self.freed.closes[position + 1]];
        let left = sealed.iter().filter(|&&row| !self.used[row as usize]);
        left.map(|&row| self.search.dual.price[row as usize]).sum()
    }
}
