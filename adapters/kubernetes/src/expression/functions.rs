//! Functions of quantities and versions. Source: Kubernetes, "Common Expression Language in Kubernetes", quantity and semver library.

use super::values::{Quantity, Semver};
use crate::amount::Amount;
use cel::common::types::{CelBool, CelDouble, CelInt, CelString};
use cel::common::value::Val as _;
use cel::{DeclarationError, Env, ExecutionError, add_member_overload, add_overload};
use std::cmp::Ordering;

/// Adds them all.
pub(super) fn add(env: &mut Env) -> Result<(), DeclarationError> {
    add_quantities(env)?;
    add_versions(env)
}

fn add_quantities(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_type(Quantity::cel_type().to_owned())?;
    add_overload!(env, fn quantity: (CelString) -> Result<Quantity>)?;
    add_overload!(env, fn is_quantity: (CelString) -> CelBool)?;
    add_member_overload!(env, fn compare: (Quantity, Quantity) -> CelInt, name = "compareTo")?;
    add_member_overload!(env, fn is_less: (Quantity, Quantity) -> CelBool, name = "isLessThan")?;
    add_member_overload!(env, fn is_greater: (Quantity, Quantity) -> CelBool, name = "isGreaterThan")?;
    add_member_overload!(env, fn sign: (Quantity) -> CelInt)?;
    add_member_overload!(env, fn is_integer: (Quantity) -> CelBool)?;
    add_member_overload!(env, fn as_integer: (Quantity) -> Result<CelInt>)?;
    add_member_overload!(env, fn as_approximate_float: (Quantity) -> CelDouble)?;
    add_member_overload!(env, fn plus: (Quantity, Quantity) -> Quantity, name = "add")?;
    add_member_overload!(env, fn plus_whole: (Quantity, CelInt) -> Quantity, name = "add")?;
    add_member_overload!(env, fn minus: (Quantity, Quantity) -> Quantity, name = "sub")?;
    add_member_overload!(env, fn minus_whole: (Quantity, CelInt) -> Quantity, name = "sub")
}

fn add_versions(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_type(Semver::cel_type().to_owned())?;
    add_overload!(env, fn semver: (CelString) -> Result<Semver>)?;
    add_overload!(env, fn semver_of: (CelString, CelBool) -> Result<Semver>, name = "semver")?;
    add_overload!(env, fn is_semver: (CelString) -> CelBool)?;
    add_overload!(env, fn is_semver_of: (CelString, CelBool) -> CelBool, name = "isSemver")?;
    add_member_overload!(env, fn compare_versions: (Semver, Semver) -> CelInt, name = "compareTo")?;
    add_member_overload!(env, fn is_older: (Semver, Semver) -> CelBool, name = "isLessThan")?;
    add_member_overload!(env, fn is_newer: (Semver, Semver) -> CelBool, name = "isGreaterThan")?;
    add_member_overload!(env, fn major: (Semver) -> CelInt)?;
    add_member_overload!(env, fn minor: (Semver) -> CelInt)?;
    add_member_overload!(env, fn patch: (Semver) -> CelInt)
}

fn number(ordering: Ordering) -> CelInt {
    CelInt::from(ordering as i64)
}

fn quantity(text: &CelString<'_>) -> Result<Quantity, ExecutionError> {
    let read = Amount::read(text.inner()).map(Quantity);
    read.map_err(|error| ExecutionError::function_error("quantity", error))
}

fn is_quantity(text: &CelString<'_>) -> CelBool {
    Amount::read(text.inner()).is_ok().into()
}

fn compare(a: &Quantity, b: &Quantity) -> CelInt {
    number(a.0.cmp(&b.0))
}

fn is_less(a: &Quantity, b: &Quantity) -> CelBool {
    (a.0 < b.0).into()
}

fn is_greater(a: &Quantity, b: &Quantity) -> CelBool {
    (a.0 > b.0).into()
}

fn sign(of: &Quantity) -> CelInt {
    number(of.0.cmp(&Amount::ZERO))
}

fn is_integer(of: &Quantity) -> CelBool {
    of.0.as_whole().is_some().into()
}

fn as_integer(of: &Quantity) -> Result<CelInt, ExecutionError> {
    let whole = of.0.as_whole().map(CelInt::from);
    whole.ok_or_else(|| ExecutionError::function_error("asInteger", format!("{} is no whole number", of.0)))
}

fn as_approximate_float(of: &Quantity) -> CelDouble {
    of.0.as_float().into()
}

fn plus(a: &Quantity, b: &Quantity) -> Quantity {
    Quantity(a.0.plus(b.0))
}

fn plus_whole(a: &Quantity, b: &CelInt) -> Quantity {
    Quantity(a.0.plus(Amount::whole(*b.inner())))
}

fn minus(a: &Quantity, b: &Quantity) -> Quantity {
    Quantity(a.0.minus(b.0))
}

fn minus_whole(a: &Quantity, b: &CelInt) -> Quantity {
    Quantity(a.0.minus(Amount::whole(*b.inner())))
}

fn semver(text: &CelString<'_>) -> Result<Semver, ExecutionError> {
    let read = semver::Version::parse(text.inner()).map(Semver);
    read.map_err(|error| ExecutionError::function_error("semver", error))
}

/// A version that may begin with a v, lack its last numbers and have zeros in front, if that is to be mended.
fn semver_of(text: &CelString<'_>, is_mended: &CelBool) -> Result<Semver, ExecutionError> {
    if *is_mended.inner() { semver(&CelString::from(mended(text.inner()))) } else { semver(text) }
}

fn mended(text: &str) -> String {
    let text = text.trim_start_matches('v');
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let without_zeros = |number: &str| match number.trim_start_matches('0') {
        "" if !number.is_empty() => "0".to_owned(),
        number => number.to_owned(),
    };
    let mut numbers: Vec<_> = numbers.split('.').map(without_zeros).collect();
    numbers.resize(numbers.len().max(3), "0".to_owned());
    numbers.join(".") + rest
}

fn is_semver(text: &CelString<'_>) -> CelBool {
    semver(text).is_ok().into()
}

fn is_semver_of(text: &CelString<'_>, is_mended: &CelBool) -> CelBool {
    semver_of(text, is_mended).is_ok().into()
}

fn compare_versions(a: &Semver, b: &Semver) -> CelInt {
    number(a.0.cmp_precedence(&b.0))
}

fn is_older(a: &Semver, b: &Semver) -> CelBool {
    a.0.cmp_precedence(&b.0).is_lt().into()
}

fn is_newer(a: &Semver, b: &Semver) -> CelBool {
    a.0.cmp_precedence(&b.0).is_gt().into()
}

fn part(number: u64) -> CelInt {
    CelInt::from(i64::try_from(number).unwrap_or(i64::MAX))
}

fn major(of: &Semver) -> CelInt {
    part(of.0.major)
}

fn minor(of: &Semver) -> CelInt {
    part(of.0.minor)
}

fn patch(of: &Semver) -> CelInt {
    part(of.0.patch)
}
