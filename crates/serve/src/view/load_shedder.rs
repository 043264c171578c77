//! A change of the load shedder.

use paceline_api::stream::{Admission, AdmissionChange};
use paceline_supervise::Admission as Known;

pub(crate) fn admission_change(of: &paceline_supervise::AdmissionChange) -> AdmissionChange {
    let (from, to) = (admission(of.from), admission(of.to));
    AdmissionChange { from, to, tasks: of.tasks, expected: of.expected }
}

fn admission(of: Known) -> Admission {
    match of {
        Known::Admitting => Admission::Admitting,
        Known::Shedding => Admission::Shedding,
        Known::Probing => Admission::Probing,
    }
}
