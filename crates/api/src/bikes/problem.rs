//! Refusals of bikes regions as problems.

use crate::problem::{Code, Problem};
use paceline_model::bikes::Refusal;

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let code = match refusal {
            Refusal::Invalid(_) => Code::E0101,
            Refusal::Unknown { .. } => Code::E0201,
            Refusal::KeyReused => Code::E0301,
            Refusal::BikesAboard { .. } => Code::E0501,
            Refusal::OrderStands { .. } => Code::E0520,
            Refusal::NotTheirs { .. } => Code::E0521,
            Refusal::LoadDiffers { .. } => Code::E0522,
            Refusal::VanStands { .. } => Code::E0523,
        };
        let text = refusal.to_string();
        let detail = text.split_once(' ').map_or(text.as_str(), |(_, detail)| detail);
        match refusal {
            Refusal::Invalid(invalid) => Self::invalid([invalid]),
            _ => Self::new(code, detail),
        }
    }
}
