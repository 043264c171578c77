//! What a parser says of a body, in the words of JSON and not in those of the language that this program is written in.

/// Types as the parser calls them, and as whoever writes JSON does. Longer names stand before those that they begin with.
const TYPES: [(&str, &str); 16] = [
    ("u8", "a whole number from 0 to 255"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number from 0 to 4294967295"),
    ("u64", "a whole number that is not negative"),
    ("usize", "a whole number that is not negative"),
    ("i64", "a whole number"),
    ("f32", "a number"),
    ("f64", "a number"),
    ("bool", "true or false"),
    ("a boolean", "true or false"),
    ("a sequence", "a list"),
    ("a map", "an object"),
    ("a tuple of size 2", "a list of two"),
    ("an array of length 2", "a list of two"),
    ("string or map", "text"),
    ("unit", "null"),
];
/// What was found, likewise.
const FOUND: [(&str, &str); 4] = [
    ("invalid type: sequence", "invalid type: a list"),
    ("invalid type: map", "invalid type: an object"),
    ("floating point `", "number `"),
    ("boolean `", "`"),
];

/// The same in plain words.
pub(super) fn plain_words(said: &str) -> String {
    let said = FOUND.iter().fold(said.to_owned(), |said, (rust, plain)| said.replacen(rust, plain, 1));
    let Some((before, expected)) = said.rsplit_once(", expected ") else { return said };
    let (what, place) = match expected.find(" at line ") {
        Some(at) => expected.split_at(at),
        None => (expected, ""),
    };
    let known = TYPES.iter().find(|(rust, _)| *rust == what).map(|(_, plain)| *plain);
    let plain = known.or(what.starts_with("struct ").then_some("an object")).unwrap_or(what);
    format!("{before}, expected {plain}{place}")
}

#[cfg(test)]
mod tests {
    use super::plain_words;
    use paceline_api::{NewGeofence, NewOrder};

    fn said<T: serde::de::DeserializeOwned + std::fmt::Debug>(text: &str) -> String {
        let json = &mut serde_json::Deserializer::from_str(text);
        let error = super::super::objects::read::<T, _>(json).expect_err("it is malformed");
        plain_words(&error.to_string())
    }

    #[test]
    fn nobody_needs_to_know_the_language_of_this_program() {
        for (text, plain) in [
            (
                r#"{"party":"two"}"#,
                r#"invalid type: string "two", expected a whole number from 0 to 255 at line 1 column 14"#,
            ),
            (
                r#"{"party":300}"#,
                "invalid value: integer `300`, expected a whole number from 0 to 255 at line 1 column 12",
            ),
            (
                r#"{"party":1.5}"#,
                "invalid type: number `1.5`, expected a whole number from 0 to 255 at line 1 column 12",
            ),
            (r#"{"pickup":[1,2]}"#, "invalid type: a list, expected an object at line 1 column 10"),
            (
                r#"{"pickup":{"lat":"x"}}"#,
                r#"invalid type: string "x", expected a number at line 1 column 20"#,
            ),
            (r#"{"priority":{}}"#, "invalid type: an object, expected a list at line 1 column 12"),
            ("[]", "invalid type: a list, expected an object at line 1 column 0"),
        ] {
            assert_eq!(said::<NewOrder>(text), plain);
        }
        let ring = said::<NewGeofence>(r#"{"type":"Polygon","coordinates":[[[1]]]}"#);
        assert_eq!(ring, "invalid length 1, expected a list of two at line 1 column 37");
    }
}
