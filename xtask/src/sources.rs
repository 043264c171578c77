//! Rules for single files: a `//!` header, no paths of somebody's machine, and no work left over.

use crate::finding::Finding;

/// Where homes and scratch folders of machines begin. Split, so that this file does not find itself.
const MACHINE_PATHS: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];
/// The word of work that is left to nobody: what is missing stands in a document, and what is wrong is mended.
const LEFT_OVER: &str = concat!("TO", "DO");

/// What the rules say about one file.
pub(crate) fn check(file: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.ends_with(".rs") {
        findings.extend(header(file, text));
    }
    findings.extend(machine_paths(file, text));
    findings.extend(left_over(file, text));
    findings
}

fn header(file: &str, text: &str) -> Option<Finding> {
    let first = text.lines().next().unwrap_or_default();
    let missing = !first.starts_with("//! ");
    missing.then(|| {
        Finding::new(file, 1, "a file opens with `//!`: what it is for, who calls it, what is left out")
    })
}

fn machine_paths(file: &str, text: &str) -> Vec<Finding> {
    let found = |line: &str| MACHINE_PATHS.into_iter().find(|path| holds_path(line, path));
    text.lines()
        .enumerate()
        .filter_map(|(row, line)| Some((row, found(line)?)))
        .map(|(row, path)| {
            Finding::new(
                file,
                row + 1,
                format!("`{path}…` is a path on one machine: name it relative to the repository"),
            )
        })
        .collect()
}

fn left_over(file: &str, text: &str) -> Vec<Finding> {
    let says = |line: &str| line.split(|c: char| !c.is_alphanumeric()).any(|word| word == LEFT_OVER);
    let rows = text.lines().enumerate().filter(|(_, line)| says(line));
    rows.map(|(row, _)| {
        Finding::new(file, row + 1, format!("`{LEFT_OVER}`: do it, or say in a document that it is missing"))
    })
    .collect()
}

/// Whether `path` begins a path here, rather than sitting inside a longer one such as `https://a.example/home/`.
fn holds_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "/.-_}".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(file: &str, text: &str) -> Vec<String> {
        check(file, text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_without_a_header_is_found() {
        let found = rules("crates/a/src/lib.rs", "use std::fmt;\n//! Too late.\n");
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("crates/a/src/lib.rs:1: a file opens with"), "{found:?}");
    }

    #[test]
    fn a_file_with_a_header_and_other_languages_are_left_alone() {
        assert!(rules("a.rs", "//! What for.\n").is_empty());
        assert!(rules("a.py", "import os\n").is_empty());
    }

    #[test]
    fn work_left_over_is_found_as_a_word() {
        assert_eq!(rules("a.py", &format!("x = 1\n# {LEFT_OVER}: y\n")).len(), 1);
        assert!(rules("a.md", &format!("{LEFT_OVER}S are none, and a mastodon is none\n")).is_empty());
    }

    #[test]
    fn a_path_on_one_machine_is_found_in_any_text() {
        let line = format!("data: {}main/data\n", MACHINE_PATHS[0]);
        assert_eq!(rules("a.toml", &format!("\n{line}")).len(), 1);
        assert!(rules("a.toml", &format!("\n{line}"))[0].starts_with("a.toml:2:"));
    }

    #[test]
    fn the_same_letters_inside_a_longer_path_are_fine() {
        assert!(rules("a.md", &format!("https://a.example{}x\n", MACHINE_PATHS[2])).is_empty());
    }
}
