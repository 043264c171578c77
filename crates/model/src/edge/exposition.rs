//! Prometheus' text exposition, as exporters write it. Source: *Exposition formats*, version 0.0.4, prometheus.io. Strict: one line that is
//! none makes the whole text unreadable, since what follows cannot be trusted either. How long a text may be is its reader's bound.

use std::fmt;

/// Labels of one sample. Exporters have about ten.
const SAMPLE_LABELS_MAX: usize = 64;

/// One sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample<'a> {
    /// The metric's name.
    pub name: &'a str,
    /// Its labels, in their order.
    pub labels: Vec<(&'a str, String)>,
    /// Its value; `NaN` and infinities are values here.
    pub value: f64,
}

impl Sample<'_> {
    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// A line that is no sample and no comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Which, from 1.
    pub line: usize,
    /// What is expected and not there.
    pub expected: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} has no {}", self.line, self.expected)
    }
}

/// The samples of a text. Errors: the first line that is none.
pub fn samples(text: &str) -> impl Iterator<Item = Result<Sample<'_>, Malformed>> {
    let lines = text.lines().zip(1..).map(|(line, number)| (line.trim_matches([' ', '\t']), number));
    lines
        .filter(|(line, _)| !line.is_empty() && !line.starts_with('#'))
        .map(|(line, number)| sample(line).map_err(|expected| Malformed { line: number, expected }))
}

fn sample(line: &str) -> Result<Sample<'_>, &'static str> {
    let (name, rest) = name(line, true).ok_or("metric name")?;
    let (labels, rest) = match rest.trim_start().strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Vec::new(), rest),
    };
    let mut words = rest.split_ascii_whitespace();
    let value = words.next().and_then(|word| word.parse().ok()).ok_or("value")?;
    if words.next().is_some_and(|word| word.parse::<i64>().is_err()) || words.next().is_some() {
        return Err("end after its value and time");
    }
    Ok(Sample { name, labels, value })
}

/// A name and what follows it. Only those of metrics have colons.
fn name(text: &str, colons: bool) -> Option<(&str, &str)> {
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || colons && byte == b':';
    let end = text.bytes().position(|byte| !of_name(byte)).unwrap_or(text.len());
    let begins = text.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    (end > 0 && begins).then(|| text.split_at(end))
}

type Labels<'a> = Vec<(&'a str, String)>;

/// Labels up to the brace that ends them, and what follows.
fn labels(mut rest: &str) -> Result<(Labels<'_>, &str), &'static str> {
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(rest) = rest.strip_prefix('}') {
            return Ok((labels, rest));
        }
        if labels.len() == SAMPLE_LABELS_MAX {
            return Err("end of its labels");
        }
        let (label, after) = name(rest, false).ok_or("label name")?;
        let after = after.trim_start().strip_prefix('=').ok_or("= after a label's name")?;
        let after = after.trim_start().strip_prefix('"').ok_or("label value in quotes")?;
        let (value, after) = quoted(after)?;
        labels.push((label, value));
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(after) => after,
            None if after.starts_with('}') => after,
            None => return Err("comma or brace after a label"),
        };
    }
}

/// Text up to the quote that ends it, and what follows.
fn quoted(text: &str) -> Result<(String, &str), &'static str> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => match characters.next().map(|(_, escaped)| escaped) {
                Some('n') => value.push('\n'),
                Some(escaped @ ('\\' | '"')) => value.push(escaped),
                _ => return Err("known escape"),
            },
            other => value.push(other),
        }
    }
    Err("quote after a label's value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exporters_write_is_read() {
        let text = "# HELP DCGM_FI_DEV_GPU_TEMP GPU temperature (in C).\n# TYPE DCGM_FI_DEV_GPU_TEMP gauge\n\
                    DCGM_FI_DEV_GPU_TEMP{gpu=\"0\",UUID=\"GPU-1\",modelName=\"Tesla \\\"T4\\\"\",} 71\n\n\
                    node_power_supply_online{power_supply=\"AC\"} 1 1767225600000\n  up 1\nodd{a = \"}\"} NaN\nfull +Inf";
        let read: Vec<Sample<'_>> = samples(text).collect::<Result<_, _>>().expect("well-formed");
        assert_eq!(read.len(), 5);
        assert_eq!(
            (read[0].label("UUID"), read[0].label("modelName")),
            (Some("GPU-1"), Some("Tesla \"T4\""))
        );
        assert_eq!((read[0].value, read[1].value, read[2].name), (71.0, 1.0, "up"));
        assert!(read[3].value.is_nan() && read[3].label("a") == Some("}") && read[4].value.is_infinite());
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let cases = [
            ("ok 1\n<html>", "line 2 has no metric name"),
            ("a{b=\"c\" 1", "line 1 has no comma or brace after a label"),
            ("a{b=\"c} 1", "line 1 has no quote after a label's value"),
            ("a{b=\"\\x\"} 1", "line 1 has no known escape"),
            ("a{=\"c\"} 1", "line 1 has no label name"),
            ("a{b:c=\"d\"} 1", "line 1 has no = after a label's name"),
            ("a", "line 1 has no value"),
            ("a 1 soon", "line 1 has no end after its value and time"),
            ("a 1 2 3", "line 1 has no end after its value and time"),
            ("1a 1", "line 1 has no metric name"),
        ];
        for (text, said) in cases {
            let first = samples(text).find_map(Result::err).expect("it is malformed");
            assert_eq!(first.to_string(), said, "{text}");
        }
        let many: String = (0..=SAMPLE_LABELS_MAX).map(|number| format!("l{number}=\"\",")).collect();
        assert!(samples(&format!("a{{{many}}} 1")).any(|sample| sample.is_err()));
    }
}
