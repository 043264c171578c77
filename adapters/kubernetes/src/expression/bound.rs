//! How many steps an expression takes at most, counted before it is asked.
//!
//! The server refuses dear expressions too; this holds whatever server there is. Every part is counted with the largest that its parts may become:
//! a loop runs as often as its range may be long, and a text or list that is put together is as long as its parts.

use super::parts::entry_parts;
use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};
use std::collections::BTreeMap;

/// A device has up to 32 attributes and capacities, each a name of up to 64 characters below a prefix of up to 63 and a value of up to 64.
const DEVICE: u64 = 32 * 256;
/// Characters that a function goes through in a step.
const CHARACTERS_A_STEP: u64 = 16;

/// Elements of a device's own maps.
const NAMES: u64 = 32;

/// What a part comes to at most.
#[derive(Clone, Copy, Debug)]
struct Most {
    steps: u64,
    size: Size,
}

/// How large a value is at most.
#[derive(Clone, Copy, Debug)]
struct Size {
    /// Characters and elements, those within elements too.
    all: u64,
    /// Elements; of a text, characters.
    elements: u64,
    /// Characters and elements of its largest element.
    largest: u64,
}

impl Size {
    const DEVICE: Self = Self { all: DEVICE, elements: NAMES, largest: DEVICE / NAMES };
    const NOTHING: Self = Self { all: 0, elements: 0, largest: 0 };

    fn of(all: u64) -> Self {
        Self { all, elements: all, largest: all }
    }

    fn and(self, other: Self) -> Self {
        Self {
            all: self.all.saturating_add(other.all),
            elements: self.elements.saturating_add(other.elements),
            largest: self.largest.max(other.largest),
        }
    }

    fn times(self, times: u64) -> Self {
        let (all, elements) = (self.all.saturating_mul(times), self.elements.saturating_mul(times));
        Self { all, elements, largest: self.largest }
    }
}

/// How many steps an expression of so many bytes takes at most.
pub(super) fn steps(of: &IdedExpr, bytes: usize) -> u64 {
    Bound { bytes: bytes as u64, named: BTreeMap::new() }.of(of).steps
}

struct Bound<'e> {
    bytes: u64,
    /// How large the values of names are.
    named: BTreeMap<&'e str, Size>,
}

impl<'e> Bound<'e> {
    fn of(&mut self, part: &'e IdedExpr) -> Most {
        match &part.expr {
            Expr::Literal(literal) => Most { steps: 1, size: Size::of(length(literal)) },
            Expr::Ident(name) => {
                Most { steps: 1, size: self.named.get(name.as_str()).copied().unwrap_or(Size::DEVICE) }
            }
            // What is below a name of the device is as large as that at most.
            Expr::Select(select) => self.all([select.operand.as_ref()]),
            Expr::List(list) => {
                let all = self.all(&list.elements);
                let elements = list.elements.len() as u64;
                let size =
                    Size { all: all.size.all.saturating_add(elements), elements, largest: all.size.all };
                Most { steps: all.steps, size }
            }
            Expr::Map(map) => self.entries(map.entries.iter().map(|entry| &entry.expr)),
            Expr::Struct(of) => self.entries(of.entries.iter().map(|entry| &entry.expr)),
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(of) => self.comprehension(of),
            Expr::Unspecified => Most { steps: 1, size: Size::of(1) },
        }
    }

    /// A function goes through its arguments once and comes to no more than all of them together, with two exceptions.
    fn call(&mut self, call: &'e CallExpr) -> Most {
        let all = self.all(call.target.as_deref().into_iter().chain(&call.args));
        let size = match call.func_name.as_str() {
            // Replacing puts a text in place of each character of another.
            "replace" => Size::of(all.size.all.saturating_mul(all.size.all)),
            operators::INDEX | operators::ADD => all.size,
            _ => Size::of(all.size.all),
        };
        // A pattern, as long as the expression at most, is run against a text.
        let times = if call.func_name == "matches" { self.bytes } else { 1 };
        let own = size.all.saturating_mul(times) / CHARACTERS_A_STEP;
        Most { steps: all.steps.saturating_add(own), size }
    }

    fn comprehension(&mut self, of: &'e ComprehensionExpr) -> Most {
        let (range, first) = (self.of(&of.iter_range), self.of(&of.accu_init));
        let outer = self.named.clone();
        let inner = [Some(&of.iter_var), of.iter_var2.as_ref()];
        let one = Size::of(range.size.largest);
        self.named.extend(inner.into_iter().flatten().map(|name| (name.as_str(), one)));
        self.named.insert(&of.accu_var, first.size);
        let (goes_on, step) = (self.of(&of.loop_cond), self.of(&of.loop_step));
        self.named.clone_from(&outer);
        self.named.insert(&of.accu_var, first.size.and(step.size.times(range.size.elements)));
        let result = self.of(&of.result);
        self.named = outer;
        let each = goes_on.steps.saturating_add(step.steps);
        let before = range.steps.saturating_add(first.steps).saturating_add(result.steps);
        let looped = range.size.elements.saturating_mul(each);
        Most { steps: before.saturating_add(looped), size: result.size }
    }

    fn all(&mut self, parts: impl IntoIterator<Item = &'e IdedExpr>) -> Most {
        parts.into_iter().fold(Most { steps: 1, size: Size::NOTHING }, |sum, part| {
            let most = self.of(part);
            Most { steps: sum.steps.saturating_add(most.steps), size: sum.size.and(most.size) }
        })
    }

    fn entries(&mut self, entries: impl Iterator<Item = &'e EntryExpr>) -> Most {
        self.all(entries.flat_map(entry_parts))
    }
}

fn length(literal: &LiteralValue) -> u64 {
    match literal {
        LiteralValue::String(text) => text.inner().len() as u64 + 1,
        LiteralValue::Bytes(bytes) => bytes.inner().len() as u64 + 1,
        _ => 1,
    }
}
