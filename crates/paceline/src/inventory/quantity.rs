//! Amounts as Kubernetes writes them. Source: kubernetes.io, "Quantity", its grammar; a fixed point, never a float.

use anyhow::Context as _;

/// Fraction digits that an amount is taken with: nanos, the smallest that there is.
const SCALE: u32 = 9;

/// Thousandths. Rounded down: nobody gives away more than there is.
pub(super) fn milli(text: &str) -> anyhow::Result<u64> {
    Ok(u64::try_from(nanos(text)? / 10_u128.pow(SCALE - 3))?)
}

/// MiB of bytes, rounded down.
pub(super) fn mebibytes(text: &str) -> anyhow::Result<u64> {
    Ok(u64::try_from((nanos(text)? / 10_u128.pow(SCALE)) >> 20)?)
}

/// Whole pieces, rounded down.
pub(super) fn whole(text: &str) -> anyhow::Result<u64> {
    Ok(u64::try_from(nanos(text)? / 10_u128.pow(SCALE))?)
}

fn nanos(text: &str) -> anyhow::Result<u128> {
    let wrong = || format!("`{text}` is no quantity such as 4, 7910m or 32Gi");
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (before, after) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{before}{after}");
    let digits: u128 = digits.parse().ok().with_context(wrong)?;
    let (binary, exponent) = suffix_value(suffix).with_context(wrong)?;
    // What lies below a nano is cut off.
    let places = exponent + SCALE as i32 - i32::try_from(after.len())?;
    let power = 10_u128.checked_pow(places.unsigned_abs()).with_context(wrong)?;
    let whole = digits.checked_mul(1 << binary).with_context(wrong)?;
    if places < 0 { Ok(whole / power) } else { whole.checked_mul(power).with_context(wrong) }
}

/// A suffix as powers of two and of ten.
fn suffix_value(suffix: &str) -> Option<(u32, i32)> {
    let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().position(|known| *known == suffix);
    if let Some(at) = binary {
        return Some((10 * (at as u32 + 1), 0));
    }
    let decimal = [
        ("n", -9),
        ("u", -6),
        ("m", -3),
        ("", 0),
        ("k", 3),
        ("M", 6),
        ("G", 9),
        ("T", 12),
        ("P", 15),
        ("E", 18),
    ];
    if let Some((_, exponent)) = decimal.iter().find(|(known, _)| *known == suffix) {
        return Some((0, *exponent));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    (-9..=18).contains(&exponent).then_some((0, exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_kubernetes_writes_them() {
        let cpus = ["4", "7910m", "0.5", ".5", "2.", "1k", "1500000u", "+2", "1e3", "12E-1", "0"];
        assert_eq!(
            cpus.map(|text| milli(text).unwrap()),
            [4_000, 7_910, 500, 500, 2_000, 1_000_000, 1_500, 2_000, 1_000_000, 1_200, 0]
        );
        let memory =
            ["32Gi", "32873936Ki", "128974848", "129M", "1.5Gi", "129e6", "128974848000m", "1048575"];
        assert_eq!(
            memory.map(|text| mebibytes(text).unwrap()),
            [32_768, 32_103, 123, 123, 1_536, 123, 123, 0]
        );
        assert_eq!(whole("8").unwrap(), 8);
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in
            ["", "Gi", "-1", "4 Gi", "1.2.3", "1Q", "1e99", "99999999999999999999999999999999999999Ei", "1e"]
        {
            assert!(nanos(text).is_err(), "{text}");
        }
    }
}
