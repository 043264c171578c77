//! Refusals of edge regions as problems.

use crate::problem::{Code, Problem};
use paceline_model::edge::Refusal;

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let code = match refusal {
            Refusal::Invalid(_) => Code::E0101,
            Refusal::Unknown { .. } => Code::E0201,
            Refusal::InUse { .. } => Code::E0501,
            Refusal::DeviceNotBarred { .. } => Code::E0502,
            Refusal::KeyReused => Code::E0301,
            Refusal::DefragmentationRuns { .. } => Code::E0503,
            Refusal::NotReadmitted { .. } => Code::E0504,
            Refusal::KeyOfNode { .. } => Code::E0505,
            Refusal::RolloutStands { .. } => Code::E0510,
        };
        match refusal {
            Refusal::Invalid(invalid) => Self::invalid([invalid]),
            _ => Self::refused(code, refusal),
        }
    }
}
