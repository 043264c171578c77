//! The parts of an expression, and how deep they lie in one another.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr};

/// How many parts lie in one another at most. This goes through them without a call for each: whatever is deep is found before anybody descends.
pub(super) fn depth(of: &IdedExpr) -> usize {
    let mut deepest = 0;
    let mut open = vec![(of, 1)];
    while let Some((part, depth)) = open.pop() {
        deepest = deepest.max(depth);
        open.extend(parts(part).into_iter().map(|part| (part, depth + 1)));
    }
    deepest
}

fn parts(of: &IdedExpr) -> Vec<&IdedExpr> {
    match &of.expr {
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map.entries.iter().flat_map(|entry| entry_parts(&entry.expr)).collect(),
        Expr::Struct(of) => of.entries.iter().flat_map(|entry| entry_parts(&entry.expr)).collect(),
        Expr::Comprehension(of) => {
            vec![&of.iter_range, &of.accu_init, &of.loop_cond, &of.loop_step, &of.result]
        }
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
    }
}

/// The key, where there is one, and the value of an entry.
pub(super) fn entry_parts(of: &EntryExpr) -> Vec<&IdedExpr> {
    match of {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}

/// The parts, to be changed.
pub(super) fn parts_mut(of: &mut IdedExpr) -> Vec<&mut IdedExpr> {
    match &mut of.expr {
        Expr::Call(call) => call.target.as_deref_mut().into_iter().chain(&mut call.args).collect(),
        Expr::Select(select) => vec![&mut select.operand],
        Expr::List(list) => list.elements.iter_mut().collect(),
        Expr::Map(map) => map.entries.iter_mut().flat_map(|entry| entry_parts_mut(&mut entry.expr)).collect(),
        Expr::Struct(of) => {
            of.entries.iter_mut().flat_map(|entry| entry_parts_mut(&mut entry.expr)).collect()
        }
        Expr::Comprehension(of) => {
            let of = of.as_mut();
            vec![&mut of.iter_range, &mut of.accu_init, &mut of.loop_cond, &mut of.loop_step, &mut of.result]
        }
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
    }
}

fn entry_parts_mut(of: &mut EntryExpr) -> Vec<&mut IdedExpr> {
    match of {
        EntryExpr::StructField(field) => vec![&mut field.value],
        EntryExpr::MapEntry(entry) => vec![&mut entry.key, &mut entry.value],
    }
}
