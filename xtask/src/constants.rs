//! Constants named `*_MAX` stand in a list of limits, or beside their use: private, with a reason above, and named in no
//! other file. Called by `tidy`.

use crate::finding::Finding;
use crate::shape::Source;
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};

/// The lists of limits: what stands here may be used anywhere. The journal and the adapter of Kubernetes know nothing
/// of the model.
const LISTS: [&str; 3] = [LIMITS, "crates/journal/src/limits.rs", "adapters/kubernetes/src/limits.rs"];
const LIMITS: &str = "crates/model/src/limits.rs";
const ENDING: &str = "_MAX";

/// Each constant outside the list that others can see or do name, or that has no reason.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let read: Vec<(&Source, Constants)> =
        sources.iter().map(|source| (source, Constants::of(source))).collect();
    let is_list = |source: &Source| LISTS.contains(&source.file.as_str());
    // A name that some file shows to others is that file's to mend, and no word against a private one of the same name.
    let shown = |(source, constants): &(&Source, Constants)| {
        let of = constants.defined.iter().filter(|defined| is_list(source) || !defined.private);
        of.map(|defined| defined.name.clone()).collect::<Vec<_>>()
    };
    let shown: BTreeSet<String> = read.iter().flat_map(shown).collect();
    let mut named: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (source, constants) in &read {
        for name in constants.named.iter().filter(|name| !shown.contains(*name)) {
            named.entry(name).or_default().insert(&source.file);
        }
    }
    let of_file = |(source, constants): &(&Source, Constants)| -> Vec<Finding> {
        let found = constants.defined.iter().filter_map(|defined| {
            let rule = wrong(source, defined, named.get(defined.name.as_str()))?;
            Some(Finding::new(&source.file, defined.line, format!("`{}` {rule}", defined.name)))
        });
        found.collect()
    };
    read.iter().filter(|(source, _)| !is_list(source)).flat_map(of_file).collect()
}

fn wrong(source: &Source, defined: &Defined, named: Option<&BTreeSet<&str>>) -> Option<String> {
    if !defined.private {
        return Some(format!(
            "is seen by other files: it belongs into {LIMITS}, or private beside its one use"
        ));
    }
    let same_crate = |file: &&&str| **file != source.file && in_crate(file) == in_crate(&source.file);
    if let Some(other) = named.into_iter().flatten().find(same_crate) {
        return Some(format!("is named by {other} too: it belongs into {LIMITS}, or beside its one use"));
    }
    (!has_reason(&source.text, defined.line)).then(|| "has no comment above that gives its reason".to_owned())
}

/// The folder of a file's crate.
fn in_crate(file: &str) -> &str {
    file.split_once("/src/").map_or(file, |(folder, _)| folder)
}

/// Whether a comment stands above, or above the constants that stand above without a gap.
fn has_reason(text: &str, line: usize) -> bool {
    let lines: Vec<&str> = text.lines().take(line - 1).map(str::trim).collect();
    let above = lines.iter().rev().find(|line| !line.contains("const ") && !line.starts_with("#["));
    above.is_some_and(|line| line.starts_with("//"))
}

struct Defined {
    name: String,
    private: bool,
    line: usize,
}

/// What one file defines and what it names from elsewhere.
#[derive(Default)]
struct Constants {
    defined: Vec<Defined>,
    /// Last names of paths with a module before them.
    named: BTreeSet<String>,
}

impl Constants {
    fn of(source: &Source) -> Self {
        let mut constants = Self::default();
        constants.visit_file(&source.tree);
        constants
    }

    fn define(&mut self, name: &syn::Ident, private: bool) {
        let (name, line) = (name.to_string(), name.span().start().line);
        if name.ends_with(ENDING) {
            self.defined.push(Defined { name, private, line });
        }
    }
}

impl<'ast> Visit<'ast> for Constants {
    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.define(&item.ident, matches!(item.vis, syn::Visibility::Inherited));
        visit::visit_item_const(self, item);
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.define(&item.ident, matches!(item.vis, syn::Visibility::Inherited));
        visit::visit_impl_item_const(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let last = path.segments.last().filter(|_| path.segments.len() > 1);
        self.named.extend(last.map(|last| last.ident.to_string()));
        visit::visit_path(self, path);
    }

    fn visit_use_name(&mut self, name: &'ast syn::UseName) {
        self.named.insert(name.ident.to_string());
    }

    fn visit_use_rename(&mut self, renamed: &'ast syn::UseRename) {
        self.named.insert(renamed.ident.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let parse = |(file, text): &(&str, &str)| Source::parse(file, text).expect("the sample is Rust");
        let sources: Vec<Source> = files.iter().map(parse).collect();
        check(&sources).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn private_with_a_reason_and_used_here_is_fine() {
        let text =
            "// A screen.\nconst ROWS_MAX: u8 = 1;\nconst COLUMNS_MAX: u8 = 2;\nfn f() -> u8 { ROWS_MAX }\n";
        assert!(found(&[("crates/a/src/b.rs", text)]).is_empty());
    }

    #[test]
    fn one_that_others_can_see_belongs_into_the_limits() {
        let text = "//! A.\n/// Few.\npub(crate) const ROWS_MAX: u8 = 1;\n";
        let seen = found(&[("crates/a/src/b.rs", text)]);
        assert_eq!(seen.len(), 1);
        assert!(seen[0].starts_with("crates/a/src/b.rs:3: `ROWS_MAX` is seen by other files"), "{seen:?}");
        assert!(found(&[(LIMITS, text)]).is_empty());
    }

    #[test]
    fn a_child_that_reaches_up_for_it_is_found() {
        let files = [
            ("crates/a/src/b/mod.rs", "// Few.\nconst ROWS_MAX: u8 = 1;\n"),
            ("crates/a/src/b/c.rs", "use super::ROWS_MAX;\n"),
            ("crates/z/src/b.rs", "fn f() -> u8 { other::ROWS_MAX }\n"),
        ];
        let named = found(&files);
        assert_eq!(named.len(), 1, "{named:?}");
        assert!(named[0].contains("is named by crates/a/src/b/c.rs too"), "{named:?}");
    }

    #[test]
    fn one_without_a_reason_is_found() {
        assert_eq!(
            found(&[("crates/a/src/b.rs", "//! A.\n\nconst ROWS_MAX: u8 = 1;\n")]),
            ["crates/a/src/b.rs:3: `ROWS_MAX` has no comment above that gives its reason"]
        );
    }
}
