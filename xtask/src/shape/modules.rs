//! The modules of one crate: which file each is in, what it defines, and what its `use` declarations bring in. Called by
//! `circles` to find the file that a path leads to, through re-exports.

use super::{Source, is_test};
use std::collections::{BTreeMap, BTreeSet};

/// A path of modules from the crate's root, or of modules and then an item.
pub(super) type Path = Vec<String>;

/// Re-exports of re-exports are followed this far; a longer chain is a `use` circle, which does not compile.
const CHAIN_MAX: usize = 16;

/// What one module says.
#[derive(Default)]
struct Module {
    file: usize,
    items: BTreeSet<String>,
    /// Names that `use` brings in, and where from as it is written.
    names: BTreeMap<String, Path>,
    globs: Vec<Path>,
}

/// All modules of a crate.
pub(super) struct Modules(BTreeMap<Path, Module>);

/// Where a path leads.
enum Target {
    Module(Path),
    /// An item, or something within one, in this file.
    Item(usize),
}

/// One name that a `use` declaration brings in.
pub(super) struct Import {
    pub(super) path: Path,
    /// What it is called here; none for a glob.
    pub(super) name: Option<String>,
}

impl Modules {
    pub(super) fn read<'a>(sources: impl Iterator<Item = (usize, &'a Source, Path)>) -> Self {
        let mut modules = Self(BTreeMap::new());
        for (file, source, path) in sources {
            modules.add(file, path, &source.tree.items);
        }
        modules
    }

    fn add(&mut self, file: usize, path: Path, items: &[syn::Item]) {
        let mut module = Module { file, ..Module::default() };
        for item in items {
            match item {
                syn::Item::Use(item) => {
                    for import in imports(&item.tree) {
                        match import.name {
                            Some(name) => _ = module.names.insert(name, import.path),
                            None => module.globs.push(import.path),
                        }
                    }
                }
                syn::Item::Mod(inline) if !is_test(&inline.attrs) => {
                    if let Some((_, items)) = &inline.content {
                        let path = [&path[..], &[inline.ident.to_string()]].concat();
                        self.add(file, path, items);
                    }
                }
                other => module.items.extend(name_of(other)),
            }
        }
        self.0.insert(path, module);
    }

    /// The file that a path leads to when it is written in module `from`; none if it leads out of the crate.
    pub(super) fn file(&self, from: &[String], path: &[String]) -> Option<usize> {
        match self.resolve(from, path, CHAIN_MAX)? {
            Target::Module(module) => self.0.get(&module).map(|module| module.file),
            Target::Item(file) => Some(file),
        }
    }

    fn resolve(&self, from: &[String], path: &[String], left: usize) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let mut target = match first.as_str() {
            "crate" => Target::Module(Path::new()),
            "self" => Target::Module(from.to_vec()),
            "super" => Target::Module(above(from)?),
            name => self.look_up(from, name, left)?,
        };
        for name in rest {
            let Target::Module(module) = &target else { break };
            target = if name == "super" {
                Target::Module(above(module)?)
            } else {
                self.look_up(module, name, left)?
            };
        }
        Some(target)
    }

    /// What a module calls `name`: a module in it, an item, or what one of its `use` declarations brings in.
    fn look_up(&self, module: &[String], name: &str, left: usize) -> Option<Target> {
        let left = left.checked_sub(1)?;
        let child = [module, &[name.to_owned()]].concat();
        if self.0.contains_key(&child) {
            return Some(Target::Module(child));
        }
        let here = self.0.get(module)?;
        if here.items.contains(name) {
            return Some(Target::Item(here.file));
        }
        if let Some(path) = here.names.get(name) {
            return self.resolve(module, path, left);
        }
        let globs = here.globs.iter().filter_map(|glob| match self.resolve(module, glob, left)? {
            Target::Module(other) if other != module => Some(other),
            _ => None,
        });
        globs.into_iter().find_map(|glob| self.look_up(&glob, name, left))
    }
}

fn above(module: &[String]) -> Option<Path> {
    Some(module.split_last()?.1.to_vec())
}

/// All names that a `use` tree brings in.
pub(super) fn imports(tree: &syn::UseTree) -> Vec<Import> {
    let mut found = Vec::new();
    walk(tree, &mut Path::new(), &mut found);
    found
}

fn walk(tree: &syn::UseTree, before: &mut Path, found: &mut Vec<Import>) {
    let with = |before: &Path, name: String| {
        // `use a::{self}` is `use a`.
        if name == "self" && !before.is_empty() { before.clone() } else { [&before[..], &[name]].concat() }
    };
    match tree {
        syn::UseTree::Path(path) => {
            before.push(path.ident.to_string());
            walk(&path.tree, before, found);
            before.pop();
        }
        syn::UseTree::Name(name) => {
            let path = with(before, name.ident.to_string());
            found.push(Import { name: path.last().cloned(), path });
        }
        syn::UseTree::Rename(renamed) => {
            let path = with(before, renamed.ident.to_string());
            found.push(Import { name: Some(renamed.rename.to_string()), path });
        }
        syn::UseTree::Glob(_) => found.push(Import { path: before.clone(), name: None }),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, before, found)),
    }
}

fn name_of(item: &syn::Item) -> Option<String> {
    let name = match item {
        syn::Item::Const(item) => &item.ident,
        syn::Item::Enum(item) => &item.ident,
        syn::Item::Fn(item) => &item.sig.ident,
        syn::Item::Static(item) => &item.ident,
        syn::Item::Struct(item) => &item.ident,
        syn::Item::Trait(item) => &item.ident,
        syn::Item::Type(item) => &item.ident,
        syn::Item::Union(item) => &item.ident,
        syn::Item::Macro(item) => return item.ident.as_ref().map(ToString::to_string),
        _ => return None,
    };
    Some(name.to_string())
}
