//! Rules for documents: a path that one of them names exists.

use crate::finding::Finding;

/// Folders and endings by which a word in backticks is taken for a path of this repository.
const FOLDERS: [&str; 12] = [
    "crates/",
    "adapters/",
    "docs/",
    "data/",
    "bench/",
    "xtask/",
    "scenarios/",
    "console/",
    "deploy/",
    "fuzz/",
    ".ci/",
    "target/",
];
const ENDINGS: [&str; 8] = [".md", ".rs", ".toml", ".sh", ".py", ".csv", ".gz", ".pbf"];

/// Whether the rules below hold for this file: pages at the top, those under `docs/`, and READMEs.
pub(crate) fn is_document(file: &str) -> bool {
    file.ends_with(".md")
        && (!file.contains('/') || file.starts_with("docs/") || file.ends_with("/README.md"))
}

/// Each path in backticks or in a relative link for which `exists` says no.
pub(crate) fn check(file: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fenced = false;
    for (row, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let named = in_backticks(line).filter_map(as_path).chain(links(line));
            let gone = named.filter(|path| !path.starts_with("target/") && !exists(path));
            findings.extend(gone.map(|path| Finding::new(file, row + 1, format!("`{path}` does not exist"))));
        }
    }
    findings
}

fn in_backticks(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The word as a path of this repository, without a `:line` behind it; none for patterns, commands and type names.
fn as_path(word: &str) -> Option<&str> {
    let path = word.split_once(':').map_or(word, |(path, _)| path);
    let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let in_folder = FOLDERS.iter().any(|folder| path.starts_with(folder));
    let is_file =
        path.contains('/') && !path.starts_with('/') && ENDINGS.iter().any(|end| path.ends_with(end));
    let is_page = !path.contains('/') && path.len() > 3 && path.ends_with(".md");
    (plain && (in_folder || is_file || is_page)).then_some(path)
}

/// The targets of relative links, `[text](path#place)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?.split('#').next()?;
        (!target.is_empty() && !target.contains("://") && !target.starts_with("mailto:")).then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(text: &str) -> Vec<String> {
        check("README.md", text, |path| path == "docs/here.md").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_named_path_that_is_gone_is_found_with_its_line() {
        assert_eq!(missing("See\n`docs/gone.md`.\n"), ["README.md:2: `docs/gone.md` does not exist"]);
        assert_eq!(
            missing("`crates/a/src/lib.rs:12`"),
            ["README.md:1: `crates/a/src/lib.rs` does not exist"]
        );
        assert_eq!(missing("`GONE.md`"), ["README.md:1: `GONE.md` does not exist"]);
    }

    #[test]
    fn a_link_to_a_file_that_is_gone_is_found() {
        assert_eq!(
            missing("[x](docs/gone.png#a) and [y](docs/here.md)"),
            ["README.md:1: `docs/gone.png` does not exist"]
        );
    }

    #[test]
    fn what_exists_and_what_is_no_path_is_left_alone() {
        let fine = "`docs/here.md` `Vec<u8>` `cargo test` `crates/*/README.md` `/v1/orders` `and/or` [a](https://b.example/c.md)";
        assert!(missing(fine).is_empty());
        assert!(missing("```\n`docs/gone.md`\n```\n").is_empty());
    }

    #[test]
    fn pages_under_docs_and_readmes_are_documents() {
        assert!(
            is_document("README.md") && is_document("docs/a/b.md") && is_document("crates/road/README.md")
        );
        assert!(!is_document("crates/road/notes.md") && !is_document("docs/a.txt"));
    }
}
