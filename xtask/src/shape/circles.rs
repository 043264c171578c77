//! Circles of imports between the files of a crate: one cannot be read, tested or moved without the others.
//!
//! A file imports another if a path in it leads to a module or an item there, through re-exports to where the item is
//! defined. A re-export alone imports nothing: it is a sign at the door. Tests may reach anywhere.

use super::modules::{Modules, Path, imports};
use super::{Measured, Shape, Source, is_test};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use syn::visit::{self, Visit};

/// For each file of a crate's `src/` the number of files in its circle, 1 if it is in none.
pub(crate) fn measure(sources: &[Source]) -> Vec<Measured> {
    let mut crates: BTreeMap<&str, Vec<(&Source, Path)>> = BTreeMap::new();
    for source in sources {
        if let Some((name, path)) = place(&source.file) {
            crates.entry(name).or_default().push((source, path));
        }
    }
    crates.values().flat_map(|files| circles(files)).collect()
}

/// The crate's folder and the module's path of a file under some `src/`. `main.rs` beside `lib.rs` is a crate of its own.
fn place(file: &str) -> Option<(&str, Path)> {
    let (name, inside) = file.split_once("/src/")?;
    let mut path: Path = inside.strip_suffix(".rs")?.split('/').map(str::to_owned).collect();
    match path.last().map(String::as_str) {
        Some("mod") => _ = path.pop(),
        Some("lib" | "main") if path.len() == 1 => path.clear(),
        _ => {}
    }
    let name = if inside == "main.rs" { file } else { name };
    (!inside.starts_with("bin/")).then_some((name, path))
}

fn circles(files: &[(&Source, Path)]) -> Vec<Measured> {
    let numbered = files.iter().enumerate().map(|(number, (source, path))| (number, *source, path.clone()));
    let modules = Modules::read(numbered);
    let edges: Vec<BTreeSet<usize>> = files
        .iter()
        .enumerate()
        .map(|(number, (source, path))| {
            let mut uses = Uses { modules: &modules, at: path.clone(), found: BTreeSet::new() };
            uses.visit_file(&source.tree);
            uses.found.remove(&number);
            uses.found
        })
        .collect();
    let reached: Vec<BTreeSet<usize>> = (0..files.len()).map(|start| reach(&edges, start)).collect();
    (0..files.len())
        .map(|file| {
            let circle = reached[file].iter().filter(|&&other| reached[other].contains(&file));
            let remark = way_back(&edges, file)
                .map(|way| {
                    let names = way.iter().map(|&on| files[on].0.file.as_str());
                    names.collect::<Vec<_>>().join(" -> ")
                })
                .unwrap_or_default();
            Measured {
                shape: Shape::Circle,
                file: files[file].0.file.clone(),
                line: 1,
                item: String::new(),
                number: circle.count().max(1),
                remark,
            }
        })
        .collect()
}

/// All files that one imports, directly or through others; itself only if a way leads back.
fn reach(edges: &[BTreeSet<usize>], start: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<usize> = edges[start].iter().copied().collect();
    while let Some(file) = open.pop() {
        if reached.insert(file) {
            open.extend(&edges[file]);
        }
    }
    reached
}

/// A shortest way from a file back to itself, with the file at both ends.
fn way_back(edges: &[BTreeSet<usize>], start: usize) -> Option<Vec<usize>> {
    let mut before: BTreeMap<usize, usize> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(file) = open.pop_front() {
        for &next in &edges[file] {
            if before.contains_key(&next) {
                continue;
            }
            before.insert(next, file);
            open.push_back(next);
        }
        if before.contains_key(&start) {
            break;
        }
    }
    let mut way = vec![start, *before.get(&start)?];
    while let Some(&last) = way.last().filter(|&&last| last != start) {
        way.push(before[&last]);
    }
    way.reverse();
    Some(way)
}

/// The files that one file's paths lead to.
struct Uses<'a> {
    modules: &'a Modules,
    /// The module that we are in: that of the file, or one written within it.
    at: Path,
    found: BTreeSet<usize>,
}

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes: &[syn::Attribute] = match item {
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            _ => &[],
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // Declaring a module imports nothing from it.
        if item.content.is_some() {
            self.at.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.at.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if matches!(item.vis, syn::Visibility::Inherited) {
            let paths = imports(&item.tree);
            self.found.extend(paths.iter().filter_map(|import| self.modules.file(&self.at, &import.path)));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Path = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.found.extend(self.modules.file(&self.at, &names));
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(in crate::x)` says who may look, not where we look.
    }

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files in circles, each with its number and a way round.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let parse = |(file, text): &(&str, &str)| {
            Source::parse(&format!("crates/a/src/{file}"), text).expect("the sample is Rust")
        };
        let sources: Vec<Source> = files.iter().map(parse).collect();
        let circles = measure(&sources).into_iter().filter(|measured| measured.number > 1);
        circles
            .map(|measured| format!("{} {}", measured.number, measured.remark.replace("crates/a/src/", "")))
            .collect()
    }

    #[test]
    fn two_files_that_import_each_other_are_a_circle() {
        let files = [
            ("lib.rs", "mod b;\nmod c;"),
            ("b.rs", "use crate::c::C;\npub struct B;"),
            ("c.rs", "use super::b::B;\npub struct C;"),
        ];
        assert_eq!(found(&files), ["2 b.rs -> c.rs -> b.rs", "2 c.rs -> b.rs -> c.rs"]);
    }

    #[test]
    fn a_path_without_use_counts_and_so_does_a_longer_way() {
        let files = [
            ("lib.rs", "mod b;\nmod c;\nmod d;"),
            ("b/mod.rs", "pub fn b() { crate::c::c() }"),
            ("c.rs", "pub fn c() -> crate::d::D { todo() }"),
            ("d.rs", "use crate::b;\npub struct D;\nfn d() { b::b() }"),
        ];
        assert_eq!(found(&files)[0], "3 b/mod.rs -> c.rs -> d.rs -> b/mod.rs");
    }

    #[test]
    fn one_way_is_no_circle_and_declaring_a_module_imports_nothing() {
        assert!(found(&[("lib.rs", "mod b;\npub struct A;"), ("b.rs", "use crate::A;")]).is_empty());
    }

    #[test]
    fn a_re_export_is_followed_to_where_the_item_is_defined() {
        let files = [
            ("lib.rs", "mod b;\nmod c;\npub use b::*;\npub use c::{C as Renamed};"),
            ("b.rs", "use crate::Renamed;\npub struct B;"),
            ("c.rs", "use crate::B;\npub struct C;"),
        ];
        assert_eq!(found(&files).len(), 2, "b and c, but not lib.rs: {:?}", found(&files));
    }

    #[test]
    fn a_re_export_that_the_file_itself_uses_is_an_import() {
        let files =
            [("lib.rs", "mod b;\npub use b::B;\npub struct A(B);"), ("b.rs", "use crate::A;\npub struct B;")];
        assert_eq!(found(&files), ["2 lib.rs -> b.rs -> lib.rs", "2 b.rs -> lib.rs -> b.rs"]);
    }

    #[test]
    fn tests_may_reach_anywhere() {
        let files = [
            ("lib.rs", "mod b;\npub struct A(b::B);"),
            ("b.rs", "pub struct B;\n#[cfg(test)]\nmod tests {\n use super::*;\n use crate::A;\n}"),
        ];
        assert!(found(&files).is_empty());
    }

    #[test]
    fn a_module_within_a_file_is_that_file() {
        let files = [
            ("lib.rs", "mod b;\npub mod inner {\n pub struct A(super::b::B);\n}"),
            ("b.rs", "use crate::inner::A;\npub struct B;"),
        ];
        assert_eq!(found(&files).len(), 2);
    }

    #[test]
    fn other_crates_and_their_names_are_no_files_of_ours() {
        let files = [
            ("lib.rs", "mod b;\nuse b::B;"),
            ("b.rs", "use std::fmt;\nuse b::b;\nuse rand::rand;\npub struct B;"),
        ];
        assert!(found(&files).is_empty());
    }
}
