//! Bounds on shapes, and the list of exceptions that may only shrink: `xtask/ratchet.toml`.
//!
//! What is over its bound stands in the list with its number today. A larger number is a finding. So is a smaller one, and
//! an entry whose item is gone or holds the bound: the list must follow, so that nothing grows back into the room left.
//! `tidy --write` makes the list follow; it adds nothing, unless there is no list yet.

use crate::finding::Finding;
use crate::shape::{Measured, Shape};
use anyhow::{Context as _, bail};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Where the list stands.
pub(crate) const FILE: &str = "xtask/ratchet.toml";

const HEAD: &str = "\
# What is larger than the bounds of STYLE.md allow, with its number today. Numbers here may only get smaller, and lines
# only go: `cargo run -p xtask -- tidy --write` takes out what holds its bound now and lowers what shrank.
";

/// Exceptions by shape and by the key of an item.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct List(BTreeMap<(Shape, String), Exception>);

#[derive(Debug, PartialEq, Eq)]
struct Exception {
    number: usize,
    /// In the list, from 1.
    line: usize,
}

impl List {
    /// Reads `[section]` and `"key" = number` lines.
    ///
    /// Errors: a line is neither, a section is no shape, or a key stands twice.
    pub(crate) fn read(text: &str) -> anyhow::Result<Self> {
        let mut list = Self::default();
        let mut shape = None;
        for (row, line) in text.lines().enumerate() {
            let at = || format!("{FILE}:{}: `{line}`", row + 1);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                let known = Shape::ALL.into_iter().find(|shape| shape.section() == section);
                shape = Some(known.with_context(|| format!("{} is no shape", at()))?);
                continue;
            }
            let shape = shape.with_context(|| format!("{} stands before any section", at()))?;
            let (key, number) =
                entry(line).with_context(|| format!("{} is not `\"item\" = number`", at()))?;
            let exception = Exception { number, line: row + 1 };
            if list.0.insert((shape, key), exception).is_some() {
                bail!("{} stands twice", at());
            }
        }
        Ok(list)
    }

    /// Every measured item over its bound: the list of a house that has none.
    pub(crate) fn first(measured: &[Measured]) -> Self {
        let over = largest(measured).into_iter().filter(|((shape, _), found)| found.number > shape.bound());
        Self(over.map(|(key, found)| (key, Exception { number: found.number, line: 0 })).collect())
    }

    /// The list without what holds its bound or is gone, and with lower numbers where items shrank. Nothing is added and
    /// nothing is raised.
    pub(crate) fn shrunk(self, measured: &[Measured]) -> Self {
        let largest = largest(measured);
        let follow = |(key, old): ((Shape, String), Exception)| {
            let number = largest.get(&key)?.number.min(old.number);
            (number > key.0.bound()).then_some((key, Exception { number, line: old.line }))
        };
        Self(self.0.into_iter().filter_map(follow).collect())
    }

    pub(crate) fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        for shape in Shape::ALL {
            let of: Vec<_> = self.0.iter().filter(|((other, _), _)| *other == shape).collect();
            if of.is_empty() {
                continue;
            }
            // Writing to a string cannot fail.
            _ = writeln!(text, "\n[{}]", shape.section());
            for ((_, key), exception) in of {
                _ = writeln!(text, "\"{key}\" = {}", exception.number);
            }
        }
        text
    }

    /// What is over both its bound and its exception, and what of the list no longer holds.
    pub(crate) fn check(&self, measured: &[Measured]) -> Vec<Finding> {
        let largest = largest(measured);
        let grown = largest.iter().filter_map(|(key, found)| self.grown(key, found));
        let stale = self.0.iter().filter_map(|(key, exception)| stale(key, exception, largest.get(key)));
        grown.chain(stale).collect()
    }

    fn grown(&self, key: &(Shape, String), found: &Measured) -> Option<Finding> {
        let (shape, number) = (key.0, found.number);
        let allowed = self.0.get(key).map(|exception| exception.number);
        if number <= allowed.unwrap_or(shape.bound()) {
            return None;
        }
        let item = if found.item.is_empty() { String::new() } else { format!("`{}`: ", found.item) };
        let bound = match allowed {
            Some(allowed) => format!("{FILE} allows it {allowed}, which may only shrink"),
            None => format!("at most {}", shape.bound()),
        };
        let remark = if found.remark.is_empty() { String::new() } else { format!(" ({})", found.remark) };
        Some(Finding::new(&found.file, found.line, format!("{item}{number} {shape}, {bound}{remark}")))
    }
}

fn stale(
    (shape, key): &(Shape, String),
    exception: &Exception,
    found: Option<&&Measured>,
) -> Option<Finding> {
    let rule = match found {
        None => format!("`{key}` is gone: take this line out"),
        Some(found) if found.number <= shape.bound() => {
            format!("`{key}` has {} {shape} and needs no exception: take this line out", found.number)
        }
        Some(found) if found.number < exception.number => {
            format!("`{key}` shrank: the line is `\"{key}\" = {}` now", found.number)
        }
        Some(_) => return None,
    };
    Some(Finding::new(FILE, exception.line, rule))
}

fn entry(line: &str) -> Option<(String, usize)> {
    let (key, number) = line.strip_prefix('"')?.split_once("\" = ")?;
    Some((key.to_owned(), number.parse().ok()?))
}

/// By key; of two items with one name, such as functions behind opposite `cfg`s, the larger.
fn largest(measured: &[Measured]) -> BTreeMap<(Shape, String), &Measured> {
    let mut largest: BTreeMap<(Shape, String), &Measured> = BTreeMap::new();
    for found in measured {
        let kept = largest.entry((found.shape, found.key())).or_insert(found);
        if kept.number < found.number {
            *kept = found;
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# Head.\n\n[function_lines]\n\"a.rs f\" = 70\n\n[file_lines]\n\"a.rs\" = 500\n";

    fn measured(shape: Shape, item: &str, number: usize) -> Measured {
        let remark = String::new();
        Measured { shape, file: "a.rs".into(), line: 7, item: item.into(), number, remark }
    }

    fn house(lines_of_f: usize, lines_of_file: usize) -> Vec<Measured> {
        vec![measured(Shape::FunctionLines, "f", lines_of_f), measured(Shape::FileLines, "", lines_of_file)]
    }

    fn found(text: &str, house: &[Measured]) -> Vec<String> {
        List::read(text).expect("the list can be read").check(house).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_stands_in_the_list_with_its_number_is_allowed() {
        assert!(found(LIST, &house(70, 500)).is_empty());
    }

    #[test]
    fn growth_is_found_with_or_without_an_exception() {
        assert_eq!(
            found(LIST, &house(71, 500)),
            ["a.rs:7: `f`: 71 lines of a function, xtask/ratchet.toml allows it 70, which may only shrink"]
        );
        assert_eq!(found("", &house(61, 400)), ["a.rs:7: `f`: 61 lines of a function, at most 60"]);
        assert!(found("", &house(60, 400)).is_empty());
    }

    #[test]
    fn the_list_must_follow_what_shrank() {
        assert_eq!(
            found(LIST, &house(69, 500)),
            ["xtask/ratchet.toml:4: `a.rs f` shrank: the line is `\"a.rs f\" = 69` now"]
        );
        assert_eq!(
            found(LIST, &house(70, 400)),
            [
                "xtask/ratchet.toml:7: `a.rs` has 400 lines of a file and needs no exception: take this line out"
            ]
        );
        assert_eq!(
            found(LIST, &house(70, 500)[1..]),
            ["xtask/ratchet.toml:4: `a.rs f` is gone: take this line out"]
        );
    }

    #[test]
    fn written_anew_it_only_shrinks() {
        let shrunk = |house: &[Measured]| List::read(LIST).expect("it can be read").shrunk(house).text();
        assert_eq!(
            shrunk(&house(99, 450)),
            format!("{HEAD}\n[function_lines]\n\"a.rs f\" = 70\n\n[file_lines]\n\"a.rs\" = 450\n")
        );
        assert_eq!(shrunk(&house(60, 99)), HEAD);
        let other = [measured(Shape::Fields, "S", 16)];
        assert_eq!(shrunk(&other), HEAD, "nothing is added");
    }

    #[test]
    fn the_first_list_holds_all_that_is_over_and_reads_back() {
        let first = List::first(&[house(61, 400), vec![measured(Shape::FunctionLines, "f", 80)]].concat());
        assert_eq!(first.text(), format!("{HEAD}\n[function_lines]\n\"a.rs f\" = 80\n"));
        let read = List::read(&first.text()).expect("it reads back");
        assert_eq!(read.text(), first.text());
    }

    #[test]
    fn a_list_that_cannot_be_read_says_where() {
        let error = |text: &str| List::read(text).expect_err("it is wrong").to_string();
        assert!(error("\"a\" = 1\n").contains("ratchet.toml:1"));
        assert!(error("[depth]\n").contains("is no shape"));
        assert!(error("[fields]\n\"a\" = many\n").contains("ratchet.toml:2"));
        assert!(error("[fields]\n\"a\" = 1\n\"a\" = 2\n").contains("twice"));
    }
}
