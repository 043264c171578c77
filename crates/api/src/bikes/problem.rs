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
        match refusal {
            Refusal::Invalid(invalid) => Self::invalid([invalid]),
            _ => Self::refused(code, refusal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_model::bikes::{OrderPhase, VanId, WorkOrderId};
    use paceline_model::{Invalid, Rule};

    #[test]
    fn each_refusal_is_a_problem_with_the_code_that_its_words_begin_with() {
        let (van, order) = (VanId::new("V1").expect("a name"), WorkOrderId::new("wo-1").expect("a name"));
        let (why, asked) = (": filled by riders".to_owned(), "accepted".to_owned());
        let refusals = [
            Refusal::Invalid(Invalid::new("bikes", 0, Rule::Within { low: 1.0, high: 20.0 })),
            Refusal::unknown("van", &van),
            Refusal::KeyReused,
            Refusal::BikesAboard { van: van.clone(), aboard: 3 },
            Refusal::OrderStands { order: order.clone(), phase: OrderPhase::Withdrawn, why, asked },
            Refusal::NotTheirs { order, with: "V2's".into() },
            Refusal::LoadDiffers { van: van.clone(), aboard: 4, capacity: 20, done: "unloaded 6".into() },
            Refusal::VanStands { van, stands: "is working already".into() },
        ];
        for refusal in refusals {
            let problem = Problem::from(&refusal);
            assert_eq!(refusal.to_string(), format!("{} {}", problem.code, problem.detail));
        }
    }
}
