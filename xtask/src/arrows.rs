//! The arrows between crates: those that ARCHITECTURE.md draws against those that cargo knows.
//!
//! The page holds one code block that begins with `arrows`. Its lines read
//! `a <- b <- c` (each may use anything to its left; groups of such lines add up), `x: everything but y`, and `x: none`.
//! Dependencies of tests are free.

use crate::finding::Finding;
use anyhow::Context as _;
use std::collections::{BTreeMap, BTreeSet};

/// Per crate, without the prefix of its package, the crates of this workspace that it depends on.
pub(crate) type Dependencies = BTreeMap<String, BTreeSet<String>>;

const BLOCK: &str = "```text arrows";
const PREFIX: &str = "paceline-";

/// Reads the normal and build dependencies under `crates/` and `adapters/` and of `xtask` from `cargo metadata --no-deps`.
///
/// Errors: the JSON has another shape than cargo documents.
pub(crate) fn dependencies(metadata: &serde_json::Value) -> anyhow::Result<Dependencies> {
    let packages = metadata["packages"].as_array().context("cargo's metadata names no packages")?;
    let housed = packages.iter().filter(|package| is_housed(package));
    housed.map(|package| Ok((short(&package["name"])?, uses(package)?))).collect()
}

/// The benchmarks beside the house may use what they like.
fn is_housed(package: &serde_json::Value) -> bool {
    let manifest = package["manifest_path"].as_str().unwrap_or_default().replace('\\', "/");
    manifest.contains("/crates/")
        || manifest.contains("/adapters/")
        || manifest.ends_with("/xtask/Cargo.toml")
}

fn uses(package: &serde_json::Value) -> anyhow::Result<BTreeSet<String>> {
    let all = package["dependencies"].as_array().context("a package lists no dependencies")?;
    // Only those of this workspace have a path.
    let ours = all.iter().filter(|used| used["path"].is_string() && used["kind"] != "dev");
    ours.map(|used| short(&used["name"])).collect()
}

fn short(name: &serde_json::Value) -> anyhow::Result<String> {
    let name = name.as_str().context("a package has no name")?;
    Ok(name.strip_prefix(PREFIX).unwrap_or(name).to_owned())
}

/// Each dependency that the page does not allow, each crate that it does not know, each that it draws and that is gone.
pub(crate) fn check(file: &str, text: &str, dependencies: &Dependencies) -> Vec<Finding> {
    let Some(page) = Page::read(text) else {
        return vec![Finding::new(file, 1, format!("no block that begins with `{BLOCK}`"))];
    };
    let mut findings = Vec::new();
    for (name, uses) in dependencies {
        if !page.allowed.contains_key(name) {
            findings.push(Finding::new(
                file,
                page.line,
                format!("crate `{name}` has no place among the arrows"),
            ));
            continue;
        }
        for used in uses.iter().filter(|used| !page.allowed[name].contains(*used)) {
            findings.push(Finding::new(
                file,
                page.line,
                format!("`{name}` uses `{used}`, and no arrow says that it may"),
            ));
        }
    }
    let gone = page.allowed.keys().filter(|name| !dependencies.contains_key(*name));
    findings.extend(
        gone.map(|name| {
            Finding::new(file, page.line, format!("the arrows name `{name}`, which is no crate"))
        }),
    );
    findings
}

/// The block of arrows, read.
struct Page {
    /// Of the block's first line, from 1.
    line: usize,
    allowed: Dependencies,
}

impl Page {
    fn read(text: &str) -> Option<Page> {
        let start = text.lines().position(|line| line.trim() == BLOCK)?;
        let lines: Vec<&str> =
            text.lines().skip(start + 1).take_while(|line| !line.starts_with("```")).collect();
        let mut allowed = Dependencies::new();
        lines.iter().filter(|line| line.contains("<-")).for_each(|line| chain(line, &mut allowed));
        let said: Vec<(&str, &str)> = lines.iter().filter_map(|line| line.split_once(':')).collect();
        for (name, _) in &said {
            allowed.entry(name.trim().to_owned()).or_default();
        }
        let names: BTreeSet<String> = allowed.keys().cloned().collect();
        said.iter().for_each(|(name, rule)| except(name.trim(), rule, &names, &mut allowed));
        Some(Page { line: start + 1, allowed })
    }
}

/// `a <- b <- c`: each may use anything to its left.
fn chain(line: &str, allowed: &mut Dependencies) {
    let drawn = line.split_once('(').map_or(line, |(drawn, _remark)| drawn);
    let names: Vec<&str> = drawn.split("<-").map(str::trim).collect();
    for (at, name) in names.iter().enumerate() {
        allowed
            .entry((*name).to_owned())
            .or_default()
            .extend(names[..at].iter().map(|left| (*left).to_owned()));
    }
}

/// `x: everything but y, z`, `x: everything` or `x: none`. Only the binary sits above all others, so `everything` leaves
/// it and the house rules out.
fn except(name: &str, rule: &str, names: &BTreeSet<String>, allowed: &mut Dependencies) {
    let Some(but) = rule.trim().strip_prefix("everything") else { return };
    let but: BTreeSet<&str> = but.trim().trim_start_matches("but").split(',').map(str::trim).collect();
    let above = ["paceline", "xtask", name];
    let rest = names.iter().filter(|other| !but.contains(other.as_str()) && !above.contains(&other.as_str()));
    allowed.entry(name.to_owned()).or_default().extend(rest.cloned());
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Page\n\n```text arrows\nmodel <- road <- serve   (a remark)\nsim: everything but serve\npaceline: everything\nxtask: none\n```\n";

    fn house(extra: &[(&str, &str)]) -> Dependencies {
        let crates = ["model", "road", "serve", "sim", "paceline", "xtask"];
        let mut all: Dependencies = crates.map(|name| (name.to_owned(), BTreeSet::new())).into();
        for (name, used) in extra {
            all.entry((*name).to_owned()).or_default().insert((*used).to_owned());
        }
        all
    }

    fn found(extra: &[(&str, &str)]) -> Vec<String> {
        check("ARCHITECTURE.md", PAGE, &house(extra)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn arrows_to_the_left_are_allowed() {
        let drawn = [
            ("road", "model"),
            ("serve", "model"),
            ("serve", "road"),
            ("sim", "road"),
            ("paceline", "serve"),
            ("paceline", "sim"),
        ];
        assert!(found(&drawn).is_empty(), "{:?}", found(&drawn));
    }

    #[test]
    fn an_arrow_to_the_right_is_found() {
        assert_eq!(
            found(&[("model", "road")]),
            ["ARCHITECTURE.md:3: `model` uses `road`, and no arrow says that it may"]
        );
    }

    #[test]
    fn exceptions_hold() {
        assert_eq!(found(&[("sim", "serve")]).len(), 1);
        assert_eq!(found(&[("xtask", "model")]).len(), 1);
        assert_eq!(found(&[("sim", "paceline")]).len(), 1);
    }

    #[test]
    fn crates_that_only_one_side_knows_are_found() {
        assert_eq!(
            found(&[("fleet", "model")]),
            ["ARCHITECTURE.md:3: crate `fleet` has no place among the arrows"]
        );
        let mut less = house(&[]);
        less.remove("road");
        assert_eq!(
            check("ARCHITECTURE.md", PAGE, &less)[0].rule,
            "the arrows name `road`, which is no crate"
        );
    }

    #[test]
    fn a_page_without_arrows_is_found() {
        assert_eq!(check("ARCHITECTURE.md", "# Page\n", &house(&[])).len(), 1);
    }

    #[test]
    fn dependencies_of_tests_are_free() {
        let metadata = serde_json::json!({ "packages": [{
            "name": "paceline-road",
            "manifest_path": "/x/crates/road/Cargo.toml",
            "dependencies": [
                { "name": "paceline-model", "kind": null, "path": "/x/crates/model" },
                { "name": "paceline-sim", "kind": "dev", "path": "/x/crates/sim" },
                { "name": "serde", "kind": null },
            ],
        }] });
        let read = dependencies(&metadata).expect("this is cargo's shape");
        assert_eq!(read["road"], BTreeSet::from(["model".to_owned()]));
    }
}
