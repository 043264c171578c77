//! Refusals of federations as problems.

use crate::problem::{Code, Problem};
use paceline_model::federation::Refusal;

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let code = match refusal {
            Refusal::Invalid(_) => Code::E0101,
            Refusal::Unknown { .. } => Code::E0201,
            Refusal::KeyReused => Code::E0301,
            Refusal::InUse { .. } => Code::E0501,
            Refusal::Ending { .. } => Code::E0512,
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
    use paceline_model::edge::WorkloadId;
    use paceline_model::federation::ClusterId;
    use paceline_model::{Invalid, Rule};

    #[test]
    fn each_refusal_is_a_problem_with_the_code_that_its_words_begin_with() {
        let cluster = ClusterId::new("north").expect("a name");
        let workload = WorkloadId::new("welds").expect("a name");
        let refusals = [
            Refusal::Invalid(Invalid::new("url", "ftp://x", Rule::Shape("must be another".into()))),
            Refusal::unknown("cluster", &cluster),
            Refusal::KeyReused,
            Refusal::InUse { cluster, workloads: "welds".into() },
            Refusal::Ending { workload, clusters: "north".into() },
        ];
        for refusal in refusals {
            let problem = Problem::from(&refusal);
            assert_eq!(refusal.to_string(), format!("{} {}", problem.code, problem.detail));
        }
    }
}
