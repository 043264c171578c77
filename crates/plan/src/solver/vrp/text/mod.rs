//! Reads the four text formats in which the field keeps its instances. Takes text, never a file.
//!
//! | format | recognised by | asks for |
//! | --- | --- | --- |
//! | Li and Lim | a first line of three numbers | vehicles, then distance |
//! | Solomon | a line `VEHICLE` | vehicles, then distance |
//! | Cordeau (dial-a-ride) | a first line of five numbers | distance |
//! | Schneider, Stenger and Goeke (electric) | a first line that begins with `StringID` | vehicles, then distance |

mod cordeau;
mod fields;
mod li_lim;
mod schneider;
mod solomon;

pub use crate::solver::text::TextError;

use super::problem::VrpProblem;
use crate::solver::text::TextLine;

/// Reads an instance, whichever of the four formats it is in.
///
/// Errors: the first thing that is wrong, with line, field, value and rule.
pub fn parse(text: &str) -> Result<VrpProblem, TextError> {
    let lines: Vec<TextLine> = TextLine::all(text).collect();
    let Some(first) = lines.first() else {
        return Err(TextError {
            line: 0,
            field: "text",
            value: String::new(),
            rule: "an instance has at least a line for the fleet and one for the depot".into(),
        });
    };
    let problem = if first.words().next().is_some_and(|word| word.eq_ignore_ascii_case("StringID")) {
        schneider::parse(&lines)
    } else if lines.iter().any(|line| line.text.eq_ignore_ascii_case("VEHICLE")) {
        solomon::parse(&lines)
    } else {
        match first.words().count() {
            3 => li_lim::parse(&lines),
            5 => cordeau::parse(&lines),
            _ => Err(first.error(
                "format",
                first.text,
                "begins like none of Li-Lim, Solomon, Cordeau, Schneider",
            )),
        }
    }?;
    fields::sound(&problem, &lines)?;
    Ok(problem)
}
