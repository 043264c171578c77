//! The shapes of the code: how long functions and files are, how much they take, how much they hold, and which files
//! import one another in a circle. Called by `tidy`, which holds the numbers against bounds and the list of exceptions.
//!
//! Everything is read with `syn`; what macros make of their tokens is left out.

mod circles;
mod items;
mod modules;
mod spread;

pub(crate) use circles::measure as circles;
pub(crate) use items::measure as items;
pub(crate) use spread::Spread;

use std::fmt;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    FunctionLines,
    FileLines,
    Parameters,
    Fields,
    Circle,
}

impl Shape {
    pub(crate) const ALL: [Self; 5] =
        [Self::FunctionLines, Self::FileLines, Self::Parameters, Self::Fields, Self::Circle];

    /// The largest number that needs no exception.
    pub(crate) fn bound(self) -> usize {
        match self {
            // A screen: a longer one does several things, and each of them has a name.
            Self::FunctionLines => 60,
            // What one can hold in mind while reading.
            Self::FileLines => 400,
            // With `self`; more is a struct that has not been found yet.
            Self::Parameters => 6,
            // Outside configuration and records, which are as wide as what they describe.
            Self::Fields => 15,
            // A file alone.
            Self::Circle => 1,
        }
    }

    /// Its section in the list of exceptions.
    pub(crate) fn section(self) -> &'static str {
        match self {
            Self::FunctionLines => "function_lines",
            Self::FileLines => "file_lines",
            Self::Parameters => "parameters",
            Self::Fields => "fields",
            Self::Circle => "circle",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::FunctionLines => "lines of a function",
            Self::FileLines => "lines of a file",
            Self::Parameters => "parameters",
            Self::Fields => "fields outside configuration and records",
            Self::Circle => "files that import one another in a circle",
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.unit())
    }
}

/// One number of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Measured {
    pub(crate) shape: Shape,
    /// Relative to the repository.
    pub(crate) file: String,
    /// From 1.
    pub(crate) line: usize,
    /// The item's name within the file, such as `Fleet::handle`; empty for the file as a whole.
    pub(crate) item: String,
    pub(crate) number: usize,
    /// What else a finding should say, such as the way round a circle.
    pub(crate) remark: String,
}

impl Measured {
    /// How the list of exceptions names it: stable when lines move within a file.
    pub(crate) fn key(&self) -> String {
        if self.item.is_empty() { self.file.clone() } else { format!("{} {}", self.file, self.item) }
    }
}

/// A source file, parsed once for all rules.
pub(crate) struct Source {
    pub(crate) file: String,
    pub(crate) text: String,
    pub(crate) tree: syn::File,
}

impl Source {
    /// Errors: the text is no Rust; the place is in the message.
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, String> {
        let tree = syn::parse_file(text).map_err(|error| {
            let at = error.span().start();
            format!("{}:{}: {error}", at.line, at.column)
        })?;
        Ok(Self { file: file.to_owned(), text: text.to_owned(), tree })
    }
}

/// Whether something stands behind `#[cfg(test)]` or is a test.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let conditional = attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"));
        conditional || attribute.path().segments.last().is_some_and(|last| last.ident == "test")
    })
}
