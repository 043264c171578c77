//! Reads the format of Dell'Amico, Hadjicostantinou, Iori and Novellani: the number of vertices with the depot, their
//! demands, the capacity of a vehicle, and the table of costs, row by row. How it is broken into lines does not matter.
//! Takes text, never a file.

use super::problem::{CostTable, RebalancingProblem};
use crate::solver::text::{TextError, TextLine};

/// Vertices that an instance may have: the search keeps two tables of vertices x vertices, 8 MB at this limit.
const VERTICES_MAX: usize = 1_000;
/// The largest capacity. Keeps sums over all stations far from overflow.
const CAPACITY_MAX: i32 = 1_000_000;

/// Whether a text looks like one of these instances: its first line is one whole number.
pub fn is_rebalancing(text: &str) -> bool {
    let first = TextLine::all(text).next().map(|line| line.text);
    first.is_some_and(|line| line.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Reads an instance.
///
/// Errors: the first thing that is wrong, with line, field, value and rule.
pub fn parse(text: &str) -> Result<RebalancingProblem, TextError> {
    let mut words = Words::new(text);
    let vertices = words.vertices()?;
    let demands = (0..vertices).map(|vertex| words.demand(vertex)).collect::<Result<Vec<_>, _>>()?;
    let capacity = words.capacity(&demands)?;
    let cell = |at: usize| words.cost(at / vertices, at % vertices);
    let cells = (0..vertices * vertices).map(cell).collect::<Result<Vec<_>, _>>()?;
    words.end()?;
    Ok(RebalancingProblem { demands, capacity, costs: CostTable::new(vertices, cells) })
}

/// The words of a text, each with its line.
struct Words<'a, I: Iterator<Item = (TextLine<'a>, &'a str)>> {
    words: I,
    last: TextLine<'a>,
}

impl<'a> Words<'a, std::iter::Empty<(TextLine<'a>, &'a str)>> {
    fn new(text: &'a str) -> Words<'a, impl Iterator<Item = (TextLine<'a>, &'a str)>> {
        let words = TextLine::all(text).flat_map(|line| line.words().map(move |word| (line, word)));
        Words { words, last: TextLine { number: 0, text: "" } }
    }
}

impl<'a, I: Iterator<Item = (TextLine<'a>, &'a str)>> Words<'a, I> {
    fn next(&mut self, field: &'static str, which: impl Fn() -> String) -> Result<&'a str, TextError> {
        match self.words.next() {
            Some((line, word)) => {
                self.last = line;
                Ok(word)
            }
            None => Err(self.last.error(field, "", format!("{} is missing", which()))),
        }
    }

    fn vertices(&mut self) -> Result<usize, TextError> {
        let word = self.next("vertices", || "the number of vertices".into())?;
        match word.parse() {
            Ok(vertices) if (2..=VERTICES_MAX).contains(&vertices) => Ok(vertices),
            _ => Err(self.last.error("vertices", word, format!("a whole number from 2 to {VERTICES_MAX}"))),
        }
    }

    fn demand(&mut self, vertex: usize) -> Result<i32, TextError> {
        let word = self.next("demand", || format!("that of vertex {vertex}"))?;
        let rule = match word.parse::<i32>() {
            Ok(demand) if vertex == 0 && demand != 0 => {
                "the first vertex is the depot, whose demand is 0".into()
            }
            Ok(demand) if demand.abs() <= CAPACITY_MAX => return Ok(demand),
            _ => format!("vertex {vertex}: a whole number, at most {CAPACITY_MAX}, either way"),
        };
        Err(self.last.error("demand", word, rule))
    }

    fn capacity(&mut self, demands: &[i32]) -> Result<i32, TextError> {
        let word = self.next("capacity", || "the capacity of a vehicle".into())?;
        let least = demands.iter().map(|demand| demand.abs()).max().unwrap_or(0).max(1);
        match word.parse() {
            Ok(capacity) if (least..=CAPACITY_MAX).contains(&capacity) => Ok(capacity),
            _ => {
                let rule = format!(
                    "a whole number from {least}, which is the largest demand and at least 1, to {CAPACITY_MAX}"
                );
                Err(self.last.error("capacity", word, rule))
            }
        }
    }

    fn cost(&mut self, from: usize, to: usize) -> Result<i32, TextError> {
        let word = self.next("cost", || format!("that from vertex {from} to {to}"))?;
        // Files write costs as whole numbers, and what stands for "no arc" with an exponent.
        let cost = word.parse::<f64>().ok().filter(|cost| cost.fract() == 0.0);
        match cost {
            _ if from == to => cost.map(|_| 0),
            Some(cost) if (0.0..=f64::from(CostTable::cost_max())).contains(&cost) => Some(cost as i32),
            _ => None,
        }
        .ok_or_else(|| {
            let rule = format!("vertex {from} to {to}: a whole number from 0 to {}", CostTable::cost_max());
            self.last.error("cost", word, rule)
        })
    }

    fn end(&mut self) -> Result<(), TextError> {
        match self.words.next() {
            Some((line, word)) => Err(line.error("cost", word, "nothing follows the table of costs")),
            None => Ok(()),
        }
    }
}
