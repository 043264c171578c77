//! The floor of solvers is numbers only: what its files import is read from the sources. Circles of imports are for `tidy`.
//!
//! Read are `use` declarations and paths that begin with `crate::` or `super::`. Tests inside a file may look anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Module = Vec<String>;

/// What the floor of solvers may use of other crates.
const CRATES: [&str; 2] = ["std", "thiserror"];
/// What it may use of this one.
const SHARED: [&str; 2] = ["budget", "rng"];

/// What one file imports: files of this crate, and names of other crates.
#[derive(Debug, Default)]
struct Imports {
    files: BTreeSet<Module>,
    crates: BTreeSet<String>,
}

#[test]
fn the_solvers_import_nothing_but_each_other_the_budget_and_chance() {
    assert_eq!(foreign(&read(&sources())), [] as [String; 0]);
}

#[test]
fn what_must_not_be_imported_is_found_however_it_is_written() {
    let found = |text: &str| {
        foreign(&read(&house(&[
            ("solver::a", text),
            ("solver", ""),
            ("solver::b", ""),
            ("budget", ""),
            ("plan", ""),
        ])))
    };
    assert_eq!(found("use crate::budget::Budget;\nuse super::b::B;\nuse std::fmt;"), [] as [String; 0]);
    assert_eq!(found("use crate::{budget::Budget, plan::{Plan, Stage}};"), ["solver::a: plan"]);
    assert_eq!(found("fn f() -> super::super::plan::Plan {}"), ["solver::a: plan"]);
    assert_eq!(found("use crate::Plan;"), ["solver::a: the crate's root"]);
    assert_eq!(found("use paceline_road::Roads;"), ["solver::a: crate paceline_road"]);
    assert_eq!(found("fn f(at: paceline_model::Instant) {}"), ["solver::a: crate paceline_model"]);
    assert_eq!(found("// use crate::plan::Plan;\n#[cfg(test)]\nuse crate::plan::Plan;"), [] as [String; 0]);
}

fn house(files: &[(&str, &str)]) -> BTreeMap<Module, String> {
    let module = |name: &str| name.split("::").map(str::to_owned).collect();
    files.iter().map(|(name, text)| (module(name), (*text).to_owned())).collect()
}

/// All files below `src/` by module.
fn sources() -> BTreeMap<Module, String> {
    let mut sources = BTreeMap::new();
    gather(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &[], &mut sources);
    assert!(sources.len() > 50, "the sources are where they were");
    sources
}

fn gather(folder: &Path, module: &[String], sources: &mut BTreeMap<Module, String>) {
    for entry in std::fs::read_dir(folder).expect("the sources can be read") {
        let path = entry.expect("the sources can be read").path();
        let name = path.file_stem().expect("files have names").to_string_lossy().into_owned();
        let own = if name == "mod" || name == "lib" { module.to_vec() } else { [module, &[name]].concat() };
        if path.is_dir() {
            gather(&path, &own, sources);
        } else if path.extension().is_some_and(|end| end == "rs") {
            sources.insert(own, std::fs::read_to_string(&path).expect("the sources can be read"));
        }
    }
}

fn read(sources: &BTreeMap<Module, String>) -> BTreeMap<Module, Imports> {
    let of = |module: &Module, text: &String| {
        let mut imports = Imports::default();
        for path in paths(text) {
            resolve(module, &path, sources, &mut imports);
        }
        imports
    };
    sources.iter().map(|(module, text)| (module.clone(), of(module, text))).collect()
}

/// All paths that a file names: those of its `use` declarations with their braces undone, and others from `crate`, `super`
/// or a crate of the workspace on.
fn paths(text: &str) -> Vec<Vec<String>> {
    let code: Vec<&str> = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .collect();
    let code = code.join("\n");
    let mut paths = Vec::new();
    for (at, part) in code.split("use ").enumerate() {
        let (used, rest) = if at == 0 { ("", part) } else { part.split_once(';').unwrap_or(("", part)) };
        expand(&[], &used.split_whitespace().collect::<String>(), &mut paths);
        let words = rest.split(|c: char| !(c.is_ascii_alphanumeric() || "_:".contains(c)));
        let inline = words.filter(|word| {
            word.starts_with("crate::") || word.starts_with("super::") || word.starts_with("paceline_")
        });
        paths.extend(inline.map(|word| word.split("::").map(str::to_owned).collect()));
    }
    paths
}

/// `a::{b, c::d}` as `a::b` and `a::c::d`.
fn expand(before: &[String], tree: &str, paths: &mut Vec<Vec<String>>) {
    let segments = |text: &str| -> Vec<String> {
        let names = text.split("::").filter(|name| !name.is_empty());
        [before.to_vec(), names.map(str::to_owned).collect()].concat()
    };
    let Some((head, rest)) = tree.split_once('{') else {
        if !tree.is_empty() {
            paths.push(segments(tree));
        }
        return;
    };
    let (head, inner) = (segments(head), rest.strip_suffix('}').unwrap_or(rest));
    let (mut depth, mut from) = (0, 0);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&head, &inner[from..at], paths);
                from = at + 1;
            }
            _ => {}
        }
    }
}

/// Adds the file that a path leads into, or the crate that it comes from.
fn resolve(module: &[String], path: &[String], sources: &BTreeMap<Module, String>, imports: &mut Imports) {
    let supers = path.iter().take_while(|name| *name == "super").count();
    let (mut at, rest) = match path[0].as_str() {
        "crate" => (Vec::new(), &path[1..]),
        "self" => (module.to_vec(), &path[1..]),
        "super" => (module[..module.len().saturating_sub(supers)].to_vec(), &path[supers..]),
        own if sources.contains_key(&[module, &[own.to_owned()]].concat()) => (module.to_vec(), path),
        other => {
            imports.crates.insert(other.to_owned());
            return;
        }
    };
    for name in rest {
        let deeper = [at.as_slice(), std::slice::from_ref(name)].concat();
        if !sources.contains_key(&deeper) {
            break;
        }
        at = deeper;
    }
    imports.files.insert(at);
}

/// What files of the floor of solvers import from outside it.
fn foreign(imports: &BTreeMap<Module, Imports>) -> Vec<String> {
    let is_solver = |module: &Module| module.first().is_some_and(|first| first == "solver");
    let mut found = Vec::new();
    for (module, imports) in imports.iter().filter(|(module, _)| is_solver(module)) {
        let shared = |file: &Module| file.len() == 1 && SHARED.contains(&file[0].as_str());
        let name = |file: &Module| match file.is_empty() {
            true => "the crate's root".to_owned(),
            false => file.join("::"),
        };
        let files = imports.files.iter().filter(|file| !is_solver(file) && !shared(file)).map(name);
        let crates = imports.crates.iter().filter(|other| !CRATES.contains(&other.as_str()));
        let crates = crates.map(|other| format!("crate {other}"));
        found.extend(files.chain(crates).map(|import| format!("{}: {import}", module.join("::"))));
    }
    found
}
