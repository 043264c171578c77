//! What a limit in the tags says: numbers in their units, and limits that a kind of street implies (`DE:urban`). Pure.

use super::defaults::{ELSEWHERE, by_code, kmh_of_mph};

const KMH_PER_KNOT: f64 = 1.852;
/// Walking pace, as signs mean it.
const WALK_KMH: f64 = 10.0;
/// Numbers beyond these are typing errors.
const KMH: std::ops::RangeInclusive<f64> = 1.0..=200.0;

/// A limit in km/h. `None` if the value says nothing that can be driven by (`none`, `signals`, `variable`).
///
/// A number, with `mph`, `knots` or a spelling of km/h; of a list the first; `walk`; or a country and what implies its limit: `DE:urban`,
/// `FR:rural`, `AT:motorway`, `DE:zone30`, `GB:nsl_single`. A number after a country counts in that country's unit.
pub(super) fn parse(value: &str) -> Option<f64> {
    let value = value.split(';').next()?.trim().to_ascii_lowercase();
    match value.split_once(':') {
        Some((country, kind)) => implied(country, kind),
        None if value == "walk" => Some(WALK_KMH),
        None => measured(&value),
    }
}

fn measured(value: &str) -> Option<f64> {
    let digits = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let number: f64 = value[..digits].parse().ok()?;
    let kmh = match value[digits..].trim().trim_end_matches('.') {
        "" | "km/h" | "kmh" | "kph" | "kmph" | "km/hr" => number,
        "mph" | "mi/h" => kmh_of_mph(number),
        "knots" | "kn" => number * KMH_PER_KNOT,
        _ => return None,
    };
    Some(kmh).filter(|kmh| KMH.contains(kmh))
}

/// The limit that a kind of street implies in a country, or anywhere if the country's are not known.
fn implied(country: &str, kind: &str) -> Option<f64> {
    let country = country.split('-').next()?;
    let limits = by_code(country);
    let limits_or_usual = limits.unwrap_or(ELSEWHERE);
    let number = kind.trim_start_matches("zone").trim_start_matches(':');
    Some(match kind {
        "walk" | "living_street" | "pedestrian_zone" => WALK_KMH,
        "urban" | "nsl_restricted" => limits_or_usual.urban,
        "rural" => limits_or_usual.rural,
        "nsl_single" => limits?.rural,
        "nsl_dual" => limits?.motorway,
        "motorway" => limits_or_usual.motorway,
        "trunk" => limits_or_usual.trunk,
        "residential" => limits_or_usual.residential,
        "bicycle_road" => 30.0,
        _ => {
            let number: f64 = number.parse().ok()?;
            let kmh = if limits.is_some_and(|limits| limits.in_mph) { kmh_of_mph(number) } else { number };
            return Some(kmh).filter(|kmh| KMH.contains(kmh));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_read_in_every_spelling_and_nonsense_says_nothing() {
        for (text, kmh) in [
            ("50", 50.0),
            (" 80", 80.0),
            ("2", 2.0),
            ("80; 60", 80.0),
            ("25 mph", 40.2336),
            ("25mph", 40.2336),
            ("25 MPH", 40.2336),
            ("30 km/h", 30.0),
            ("30 kmph", 30.0),
            ("walk", 10.0),
        ] {
            assert!((parse(text).unwrap() - kmh).abs() < 1e-9, "{text}");
        }
        for text in
            ["none", "signals", "", "0", "999", "NaN", "inf", "50 apples", "DE:apples", "DE:zone", ":"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_kind_of_street_implies_the_limit_of_its_country() {
        for (text, kmh) in [
            ("DE:walk", 10.0),
            ("DE:zone30", 30.0),
            ("DE:zone:30", 30.0),
            ("DE:30", 30.0),
            ("DE:urban", 50.0),
            ("RO:urban", 50.0),
            ("DE:rural", 100.0),
            ("FR:rural", 80.0),
            ("XX:urban", 50.0),
            ("GB:zone20", kmh_of_mph(20.0)),
            ("GB:nsl_single", kmh_of_mph(60.0)),
            ("gb:nsl_dual", kmh_of_mph(70.0)),
        ] {
            let found = parse(text).unwrap();
            assert!((found - kmh).abs() < 1e-9, "{text}: {found}");
        }
    }
}
