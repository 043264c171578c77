//! Quantities of resources, exactly. Source: Kubernetes, "Quantity" (`k8s.io/apimachinery/pkg/api/resource`).

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An amount of a resource in billionths of its unit, the finest that the API keeps. Sums end at the largest number instead of going round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(i128);

/// A quantity that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is no quantity: must be a decimal number with a suffix such as m, k, Mi or e3")]
pub struct NoQuantity {
    /// What was read.
    pub value: String,
}

/// Billionths in one.
const ONE: i128 = 1_000_000_000;
/// The largest number that the API keeps is 2^63 - 1.
const UNITS_MAX: i128 = i64::MAX as i128;
/// More digits than this say nothing that the API would keep.
const DIGITS_MAX: usize = 64;

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// As much as there can be.
    pub const MAX: Self = Self(UNITS_MAX * ONE);

    /// So many whole ones.
    pub fn whole(units: i64) -> Self {
        Self(i128::from(units) * ONE)
    }

    /// Reads a quantity as the API writes it. What is finer than a billionth is rounded up, as the API does.
    ///
    /// Errors: the text is no quantity.
    pub fn read(text: &str) -> Result<Self, NoQuantity> {
        let wrong = || NoQuantity { value: text.chars().take(DIGITS_MAX).collect() };
        let (is_negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let (before, after) = number.split_once('.').unwrap_or((number, ""));
        if before.len() + after.len() == 0 || before.len() + after.len() > DIGITS_MAX || after.contains('.') {
            return Err(wrong());
        }
        let (factor, exponent) = scale(suffix).ok_or_else(wrong)?;
        let digits: String = [before, after].concat();
        let magnitude = scaled(&digits, factor, exponent - after.len() as i32);
        Ok(Self(if is_negative { -magnitude } else { magnitude }))
    }

    /// This and more.
    pub fn plus(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0))
    }

    /// This without some; below nothing where more is taken than there is.
    pub fn minus(self, less: Self) -> Self {
        Self(self.0.saturating_sub(less.0))
    }

    /// As a whole number; `None`: it is none.
    pub fn as_whole(self) -> Option<i64> {
        (self.0 % ONE == 0).then(|| i64::try_from(self.0 / ONE).ok()).flatten()
    }

    /// As a floating-point number, which may be off by a little.
    pub fn as_float(self) -> f64 {
        self.0 as f64 / ONE as f64
    }

    /// The least that is not less than this among `from`, `from` and one step, and so on; this itself where the step is nothing.
    pub fn stepped_up(self, from: Self, step: Self) -> Self {
        if self <= from {
            return from;
        }
        let over = self.0.saturating_sub(from.0);
        let rest = over.checked_rem(step.0).unwrap_or(0);
        if rest == 0 { self } else { Self(self.0.saturating_add(step.0.saturating_sub(rest))) }
    }

    /// How much of `whole` this is, in thousandths, between 0 and 1,000.
    pub fn permille_of(self, whole: Self) -> i64 {
        if whole.0 <= 0 {
            return 1_000;
        }
        let part = self.0.clamp(0, whole.0);
        i64::try_from(part.saturating_mul(1_000) / whole.0).unwrap_or(1_000)
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (units, rest) = (self.0 / ONE, (self.0 % ONE).unsigned_abs());
        if rest == 0 {
            return write!(f, "{units}");
        }
        let sign = if self.0 < 0 && units == 0 { "-" } else { "" };
        write!(f, "{sign}{units}.{}", format!("{rest:09}").trim_end_matches('0'))
    }
}

/// What a suffix stands for: a factor, and a power of ten. `1E` is an exa, `1E3` a thousand.
fn scale(suffix: &str) -> Option<(i128, i32)> {
    let binary = |power: u32| Some((1i128 << (10 * power), 0));
    match suffix {
        "" => Some((1, 0)),
        "n" => Some((1, -9)),
        "u" => Some((1, -6)),
        "m" => Some((1, -3)),
        "k" => Some((1, 3)),
        "M" => Some((1, 6)),
        "G" => Some((1, 9)),
        "T" => Some((1, 12)),
        "P" => Some((1, 15)),
        "E" => Some((1, 18)),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?.parse::<i32>().ok()?;
            (exponent.abs() <= DIGITS_MAX as i32).then_some((1, exponent))
        }
    }
}

/// Digits times a factor and a power of ten, in billionths, at most the largest that there is; what is finer is rounded up.
fn scaled(digits: &str, factor: i128, exponent: i32) -> i128 {
    let digits = digits.trim_start_matches('0');
    // A number of 127 bits: a binary factor takes up to 60 of them, and digits the rest.
    let kept = digits.len().min(if factor == 1 { 28 } else { 19 });
    let dropped = (digits.len() - kept) as i32;
    let head = digits[..kept].parse::<i128>().unwrap_or(0);
    let rounds_up = digits[kept..].bytes().any(|digit| digit != b'0');
    let mut value = head.saturating_mul(factor);
    let mut is_rounded = rounds_up;
    let power = exponent + dropped + 9;
    for _ in 0..power.unsigned_abs() {
        if power > 0 {
            value = value.saturating_mul(10);
        } else {
            is_rounded |= value % 10 != 0;
            value /= 10;
        }
    }
    value.saturating_add(i128::from(is_rounded)).min(UNITS_MAX * ONE)
}

/// Amounts by the name of the resource; a resource that is not named is there in no amount.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amounts(Vec<(Arc<str>, Amount)>);

impl Amounts {
    /// Reads a list of the API. What cannot be read counts as the most that there can be: it is room that nobody may count on.
    pub fn read(list: Option<&BTreeMap<String, Quantity>>) -> Self {
        let entries = list.into_iter().flatten();
        let read = |quantity: &Quantity| Amount::read(&quantity.0).unwrap_or(Amount::MAX);
        Self(entries.map(|(name, quantity)| (Arc::from(name.as_str()), read(quantity))).collect())
    }

    /// How much there is of one.
    pub fn get(&self, name: &str) -> Amount {
        self.position(name).map_or(Amount::ZERO, |at| self.0[at].1)
    }

    /// All that are named, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, Amount)> {
        self.0.iter().map(|(name, amount)| (name, *amount))
    }

    /// Sets one.
    pub fn set(&mut self, name: &Arc<str>, amount: Amount) {
        match self.position(name) {
            Ok(at) => self.0[at].1 = amount,
            Err(at) => self.0.insert(at, (name.clone(), amount)),
        }
    }

    /// Adds to each.
    pub fn add(&mut self, more: &Self) {
        more.iter().for_each(|(name, amount)| self.set(name, self.get(name).plus(amount)));
    }

    /// Takes from each.
    pub fn take(&mut self, less: &Self) {
        less.iter().for_each(|(name, amount)| self.set(name, self.get(name).minus(amount)));
    }

    /// Of each the larger.
    pub fn raise(&mut self, other: &Self) {
        other.iter().for_each(|(name, amount)| self.set(name, self.get(name).max(amount)));
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_ref().cmp(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) {
        assert_eq!(Amount::read(a), Amount::read(b), "{a} and {b}");
    }

    #[test]
    fn one_amount_has_many_spellings() {
        same("0.1", "100m");
        same("1e3", "1k");
        same("1E3", "1000");
        same("0.952k", "952");
        same("1Ki", "1024");
        same("1.5Gi", "1610612736");
        same("+2", "2.000");
        same(".5", "500m");
        same("1E", "1e18");
    }

    #[test]
    fn nothing_is_lost_between_a_tenth_and_ten_of_them() -> Result<(), NoQuantity> {
        let tenth = Amount::read("0.1")?;
        let ten = (0..10).fold(Amount::ZERO, |sum, _| sum.plus(tenth));
        assert_eq!(ten, Amount::whole(1));
        assert!(Amount::read("1Gi")?.minus(Amount::read("1e9")?) < Amount::read("72Mi")?);
        Ok(())
    }

    #[test]
    fn what_is_finer_than_a_billionth_is_rounded_up_and_what_is_too_large_ends_at_the_largest() {
        same("0.1n", "1n");
        same("1000000000000000000000000000000000000000000.1", "9223372036854775807");
        same("16Ei", "9223372036854775807");
    }

    #[test]
    fn an_amount_goes_up_to_the_next_step_and_stays_where_it_is_one() {
        let amount = Amount::whole;
        assert_eq!(amount(25).stepped_up(amount(10), amount(10)), amount(30));
        assert_eq!(amount(30).stepped_up(amount(10), amount(10)), amount(30));
        assert_eq!(amount(1).stepped_up(amount(10), amount(10)), amount(10));
        assert_eq!(amount(11).stepped_up(amount(10), Amount::ZERO), amount(11));
        assert_eq!(Amount::MAX.stepped_up(Amount::ZERO, Amount(7)).0 % 7, 0);
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in ["", "m", "1x", "1.2.3", "1 Gi", "--1", "1e", "1e999", "Ki", "."] {
            assert!(Amount::read(text).is_err(), "{text:?}");
        }
    }
}
