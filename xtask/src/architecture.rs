//! What ARCHITECTURE.md says of the code: every file and folder that it names exists, and what each of its sections
//! `### Journey: …` lists is short, and real.
//!
//! A journey is a numbered list of stops. Each stop names a file in backticks, and may name an item in it:
//! `crates/serve/src/region.rs::apply`. At most eight stops, none visited twice, and the items exist.

use crate::finding::Finding;

const HEADING: &str = "### Journey: ";
/// More cannot be held in mind at once, and then it is not a way but a maze.
const STOPS_MAX: usize = 8;
const ENDINGS: [&str; 5] = [".rs", ".md", ".toml", ".sh", ".py"];

/// Each file or folder named on the page, whole or from some folder on, that is not among the `tracked` files.
pub(crate) fn check_names(file: &str, text: &str, tracked: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fenced = false;
    for (row, line) in text.lines().enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        let words: Vec<&str> = match fenced {
            true => line.split_whitespace().collect(),
            false => line.split('`').skip(1).step_by(2).collect(),
        };
        let paths = words.into_iter().filter_map(|word| as_path(word, fenced));
        let gone = paths.filter(|path| !path.starts_with("target/") && !is_tracked(tracked, path));
        findings.extend(
            gone.map(|path| Finding::new(file, row + 1, format!("`{path}` is no file and no folder"))),
        );
    }
    findings
}

/// The word as a file, or, outside of drawings, as a folder, without an item or a line behind it.
fn as_path(word: &str, drawn: bool) -> Option<&str> {
    let path = word.split_once(':').map_or(word, |(path, _)| path);
    let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let is_file = path.len() > 3 && ENDINGS.iter().any(|end| path.ends_with(end));
    let is_folder = !drawn && path.ends_with('/');
    (plain && !path.starts_with(['/', '.']) && (is_file || is_folder)).then_some(path)
}

fn is_tracked(tracked: &[String], path: &str) -> bool {
    tracked.iter().any(|file| {
        let mut found = file.match_indices(path);
        found.any(|(at, _)| {
            let starts = at == 0 || file[..at].ends_with('/');
            starts && (path.ends_with('/') || at + path.len() == file.len())
        })
    })
}

/// What is wrong with the journeys of a page; `read` gives a file's text.
pub(crate) fn check_journeys(file: &str, text: &str, read: impl Fn(&str) -> Option<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    for (row, heading) in lines.iter().enumerate().filter(|(_, line)| line.starts_with(HEADING)) {
        let body = lines[row + 1..].iter().take_while(|line| !line.starts_with('#'));
        let stops: Vec<Stop> =
            (row + 2..).zip(body).filter_map(|(line, text)| Stop::read(line, text)).collect();
        if stops.is_empty() || stops.len() > STOPS_MAX {
            let rule = format!("`{heading}` has {} stops, between 1 and {STOPS_MAX}", stops.len());
            findings.push(Finding::new(file, row + 1, rule));
        }
        let wrong = stops
            .iter()
            .enumerate()
            .filter_map(|(at, stop)| Some(Finding::new(file, stop.line, stop.wrong(&stops[..at], &read)?)));
        findings.extend(wrong);
    }
    findings
}

/// One entry of a numbered list.
struct Stop<'a> {
    line: usize,
    /// The first path in backticks; none is a finding.
    path: Option<&'a str>,
    item: Option<&'a str>,
}

impl<'a> Stop<'a> {
    fn read(line: usize, text: &'a str) -> Option<Self> {
        let (number, rest) = text.split_once(". ")?;
        number.parse::<usize>().ok()?;
        let named = rest.split('`').skip(1).step_by(2).find(|word| word.contains(".rs"));
        let (path, item) = match named.and_then(|named| named.split_once("::")) {
            Some((path, item)) => (Some(path), Some(item)),
            None => (named, None),
        };
        Some(Self { line, path, item })
    }

    fn wrong(&self, before: &[Stop<'_>], read: impl Fn(&str) -> Option<String>) -> Option<String> {
        let Some(path) = self.path else {
            return Some("a stop names its file in backticks".to_owned());
        };
        if before.iter().any(|other| other.path == self.path) {
            return Some(format!("`{path}` is visited twice on one journey"));
        }
        let last = self.item?.rsplit("::").next()?.trim_end_matches("()");
        let defines = |text: &str| KINDS.iter().any(|kind| has_word(text, &format!("{kind} {last}")));
        // A file that is gone is said by the rule for names.
        (!defines(&read(path)?)).then(|| format!("`{path}` defines no `{last}`"))
    }
}

const KINDS: [&str; 6] = ["fn", "struct", "enum", "trait", "mod", "type"];

fn has_word(text: &str, word: &str) -> bool {
    let whole = |at: usize| {
        !text[at + word.len()..].chars().next().is_some_and(|next| next.is_alphanumeric() || next == '_')
    };
    text.match_indices(word).any(|(at, _)| whole(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(list: &str) -> Vec<String> {
        let page = format!("# Page\n\n### Journey: order in\n\n{list}\n## Next\n\n1. no stop\n");
        let read =
            |path: &str| (path == "crates/a/src/b.rs").then(|| "impl A {\n pub fn apply_all() {}\n}".into());
        check_journeys("ARCHITECTURE.md", &page, read).iter().map(ToString::to_string).collect()
    }

    fn gone(text: &str) -> Vec<String> {
        let tracked = ["README.md", "crates/a/src/b/c.rs"].map(String::from);
        check_names("ARCHITECTURE.md", text, &tracked).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_of_files_and_folders_are_real_whole_or_from_some_folder_on() {
        let fine = "`crates/a/src/b/c.rs::f` `b/c.rs` `c.rs:12` `b/` `README.md` `and/or` `/v1/x/` `a <- b`";
        assert!(gone(fine).is_empty(), "{:?}", gone(fine));
        assert!(gone("```text\n  c.rs -> README.md   serve/\n```\n").is_empty());
    }

    #[test]
    fn names_that_are_gone_are_found_in_text_and_drawings() {
        assert_eq!(gone("\n`xb/c.rs`"), ["ARCHITECTURE.md:2: `xb/c.rs` is no file and no folder"]);
        assert_eq!(gone("`d/`"), ["ARCHITECTURE.md:1: `d/` is no file and no folder"]);
        assert_eq!(gone("```text\nb/d.rs\n```\n"), ["ARCHITECTURE.md:2: `b/d.rs` is no file and no folder"]);
    }

    #[test]
    fn a_short_way_past_real_items_is_fine() {
        assert!(
            found("Text.\n1. `crates/a/src/b.rs::A::apply_all` does\n   more.\n2. `crates/a/src/c.rs`\n")
                .is_empty()
        );
    }

    #[test]
    fn a_stop_that_is_visited_twice_is_found() {
        assert_eq!(
            found("1. `a.rs`\n2. `b.rs`\n3. `a.rs`\n"),
            ["ARCHITECTURE.md:7: `a.rs` is visited twice on one journey"]
        );
    }

    #[test]
    fn an_item_that_is_gone_is_found() {
        assert_eq!(
            found("1. `crates/a/src/b.rs::apply`\n"),
            ["ARCHITECTURE.md:5: `crates/a/src/b.rs` defines no `apply`"]
        );
    }

    #[test]
    fn too_many_stops_none_and_one_without_a_file_are_found() {
        let nine: String = (1..=9).map(|stop| format!("{stop}. `f{stop}.rs`\n")).collect();
        assert!(found(&nine)[0].contains("has 9 stops"));
        assert!(found("Text.\n")[0].contains("has 0 stops"));
        assert_eq!(found("1. somewhere\n"), ["ARCHITECTURE.md:5: a stop names its file in backticks"]);
    }
}
