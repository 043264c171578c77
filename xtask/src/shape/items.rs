//! Lines of functions and files, parameters, and fields.

use super::{Measured, Shape, Source};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// What a derive says about a struct that is as wide as what it describes: it is configuration, or a record.
const DESCRIBES: [&str; 5] = ["Serialize", "Deserialize", "Parser", "Args", "EncodeLabelSet"];

/// Every function, struct and variant of a file, and the file itself.
pub(crate) fn measure(source: &Source) -> Vec<Measured> {
    let mut items = Items { file: &source.file, around: Vec::new(), found: Vec::new() };
    items.push(Shape::FileLines, 1, "", source.text.lines().count());
    items.visit_file(&source.tree);
    items.found
}

struct Items<'a> {
    file: &'a str,
    /// Names of the modules, types and functions that we are inside of.
    around: Vec<String>,
    found: Vec<Measured>,
}

impl Items<'_> {
    fn push(&mut self, shape: Shape, line: usize, name: &str, number: usize) {
        let mut item = self.around.join("::");
        if !name.is_empty() {
            item += if item.is_empty() { "" } else { "::" };
            item += name;
        }
        let remark = String::new();
        self.found.push(Measured { shape, file: self.file.to_owned(), line, item, number, remark });
    }

    /// From the line of `fn` to the closing brace: documents and attributes above it are not its length.
    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let (start, end) = (signature.span().start().line, block.span().end().line);
        self.push(Shape::FunctionLines, start, &signature.ident.to_string(), end + 1 - start);
        self.parameters(signature);
    }

    fn parameters(&mut self, signature: &syn::Signature) {
        let line = signature.span().start().line;
        self.push(Shape::Parameters, line, &signature.ident.to_string(), signature.inputs.len());
    }

    fn inside(&mut self, name: String, look: impl FnOnce(&mut Self)) {
        self.around.push(name);
        look(self);
        self.around.pop();
    }
}

impl<'ast> Visit<'ast> for Items<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        self.inside(item.sig.ident.to_string(), |inside| visit::visit_item_fn(inside, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        self.inside(item.sig.ident.to_string(), |inside| visit::visit_impl_item_fn(inside, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        match &item.default {
            Some(block) => self.function(&item.sig, block),
            None => self.parameters(&item.sig),
        }
        self.inside(item.sig.ident.to_string(), |inside| visit::visit_trait_item_fn(inside, item));
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let mut name = last_name(&item.self_ty);
        if let Some((path, _)) = &item.trait_ {
            let path = path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
            name = format!("<{name} as {path}>");
        }
        self.inside(name, |inside| visit::visit_item_impl(inside, item));
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.inside(item.ident.to_string(), |inside| visit::visit_item_trait(inside, item));
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.inside(item.ident.to_string(), |inside| visit::visit_item_mod(inside, item));
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        if !describes(&item.attrs) {
            let line = item.ident.span().start().line;
            self.push(Shape::Fields, line, &item.ident.to_string(), item.fields.len());
        }
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        if describes(&item.attrs) {
            return;
        }
        for variant in &item.variants {
            let name = format!("{}::{}", item.ident, variant.ident);
            self.push(Shape::Fields, variant.ident.span().start().line, &name, variant.fields.len());
        }
    }
}

fn last_name(of: &syn::Type) -> String {
    match of {
        syn::Type::Path(path) => {
            path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default()
        }
        syn::Type::Reference(to) => format!("&{}", last_name(&to.elem)),
        _ => "_".to_owned(),
    }
}

fn describes(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("derive")).any(|attribute| {
        let mut found = false;
        // A derive that cannot be read describes nothing; the compiler says what is wrong with it.
        _ = attribute.parse_nested_meta(|derive| {
            let last = derive.path.segments.last().map(|last| last.ident.to_string());
            found |= last.is_some_and(|last| DESCRIBES.contains(&last.as_str()));
            Ok(())
        });
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str, shape: Shape) -> Vec<(String, usize, usize)> {
        let source = Source::parse("a.rs", text).expect("the sample is Rust");
        let of = measure(&source).into_iter().filter(|measured| measured.shape == shape);
        of.map(|measured| (measured.item, measured.line, measured.number)).collect()
    }

    #[test]
    fn a_function_is_as_long_as_from_fn_to_its_brace() {
        let text = "//! A.\n/// Docs\n/// of two lines.\n#[inline]\npub fn f(\n    a: u8,\n) {\n    g();\n}\nfn g() {}\n";
        assert_eq!(numbers(text, Shape::FunctionLines), [("f".into(), 5, 5), ("g".into(), 10, 1)]);
    }

    #[test]
    fn methods_are_named_by_type_and_trait_and_inner_functions_by_their_outer() {
        let text = "impl A {\n fn f(&self) {\n  fn inner() {}\n }\n}\nimpl std::fmt::Display for &b::B<u8> {\n fn f() {}\n}\nmod m {\n fn h() {}\n}\n";
        let names: Vec<String> =
            numbers(text, Shape::FunctionLines).into_iter().map(|(name, ..)| name).collect();
        assert_eq!(names, ["A::f", "A::f::inner", "<&B as Display>::f", "m::h"]);
    }

    #[test]
    fn parameters_are_counted_with_self_and_without_a_body() {
        let text = "trait T {\n fn f(&self, a: u8, b: u8);\n}\nfn g((a, b): (u8, u8)) {}\n";
        assert_eq!(numbers(text, Shape::Parameters), [("T::f".into(), 2, 3), ("g".into(), 4, 1)]);
    }

    #[test]
    fn fields_of_configuration_and_records_are_not_counted() {
        let text = "struct A {\n a: u8,\n b: u8,\n}\n#[derive(Debug, serde::Deserialize)]\nstruct B {\n a: u8,\n}\n#[derive(clap::Args)]\nstruct C {\n a: u8,\n}\nenum E {\n V { a: u8 },\n}\n";
        assert_eq!(numbers(text, Shape::Fields), [("A".into(), 1, 2), ("E::V".into(), 14, 1)]);
    }

    #[test]
    fn a_file_is_as_long_as_its_lines() {
        assert_eq!(numbers("//! A.\n\nfn f() {}\n", Shape::FileLines), [(String::new(), 1, 3)]);
    }

    #[test]
    fn what_is_no_rust_says_where() {
        let error = Source::parse("a.rs", "fn f( {\n").err().expect("this is no Rust");
        assert!(error.contains(':'), "{error}");
    }
}
