//! `cel.bind(name, value, expression)`: the expression with a name for a value in it.

use super::parts::parts_mut;
use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, ListExpr, LiteralValue};

/// Makes a loop that is never entered of each: its accumulator is the name.
pub(super) fn expand(part: &mut IdedExpr) {
    parts_mut(part).into_iter().for_each(expand);
    if let Expr::Call(call) = &mut part.expr
        && let Some(bound) = bound(call)
    {
        part.expr = bound;
    }
}

/// Nothing where it is another call, or the first argument is no name: then it stays a call of a function that there is not.
fn bound(call: &mut CallExpr) -> Option<Expr> {
    let is_ours = call.func_name == "bind"
        && call.args.len() == 3
        && call.target.as_ref().is_some_and(|target| target.expr == Expr::Ident("cel".into()));
    let Expr::Ident(name) = call.args.first().filter(|_| is_ours)?.expr.clone() else { return None };
    let (result, value) = (call.args.pop()?, call.args.pop()?);
    let made = |expr| IdedExpr { id: 0, expr };
    Some(Expr::Comprehension(Box::new(ComprehensionExpr {
        iter_range: made(Expr::List(ListExpr::new(Vec::new()))),
        iter_var: "#unused".into(),
        iter_var2: None,
        accu_var: name.clone(),
        accu_init: value,
        loop_cond: made(Expr::Literal(LiteralValue::Boolean(false.into()))),
        loop_step: made(Expr::Ident(name)),
        result,
    })))
}
