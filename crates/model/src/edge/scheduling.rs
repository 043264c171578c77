//! Which nodes a workload may and may not run on: taints with tolerations, and requirements on labels. Source: Kubernetes,
//! "Taints and Tolerations" and "Assigning Pods to Nodes" (`nodeSelectorTerms`, the operators of `matchExpressions`).

use super::label::{LabelKey, LabelValue};
use crate::limits::{Invalid, LABEL_VALUES_MAX, Rule};
use serde::{Deserialize, Serialize};

/// What a taint does to who does not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TaintEffect {
    /// Nothing new is placed there.
    NoSchedule,
    /// Nothing new is placed there where there is another place.
    PreferNoSchedule,
    /// What runs there moves away too.
    NoExecute,
}

/// A node keeps off what does not tolerate this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Taint {
    /// What it is about.
    pub key: LabelKey,
    /// Which of it; may be empty.
    pub value: LabelValue,
    /// What it does.
    pub effect: TaintEffect,
}

/// A workload does not mind some taints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Toleration {
    /// Of this key; `None`: of any (Kubernetes' empty key with `Exists`).
    pub key: Option<LabelKey>,
    /// Of this value (`Equal`); `None`: of any (`Exists`).
    pub value: Option<LabelValue>,
    /// Of this effect; `None`: of any.
    pub effect: Option<TaintEffect>,
}

impl Toleration {
    /// Whether it is about this taint.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.key.as_ref().is_none_or(|key| *key == taint.key)
            && self.value.as_ref().is_none_or(|value| *value == taint.value)
            && self.effect.is_none_or(|effect| effect == taint.effect)
    }
}

/// How a label is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Operator {
    /// It has one of the values.
    In,
    /// It has none of them; a node without the label matches too.
    NotIn,
    /// The node has the label.
    Exists,
    /// It has not.
    DoesNotExist,
}

/// What a node's label must say for a workload to run there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Requirement {
    /// Which label.
    pub key: LabelKey,
    /// How it is compared.
    pub operator: Operator,
    /// With what; nothing for `Exists` and `DoesNotExist`.
    pub values: Vec<LabelValue>,
}

impl Requirement {
    /// Errors: values where none may be, none where some must be, or too many.
    pub fn validate(self) -> Result<Self, Invalid> {
        let (least, most) = match self.operator {
            Operator::In | Operator::NotIn => (1, LABEL_VALUES_MAX),
            Operator::Exists | Operator::DoesNotExist => (0, 0),
        };
        if (least..=most).contains(&self.values.len()) {
            return Ok(self);
        }
        let rule = Rule::Size { least, most, unit: "values with this operator".into() };
        Err(Invalid::new("values", format!("{} values", self.values.len()), rule))
    }

    /// Whether a node matches whose label has this value.
    pub fn matches(&self, value: Option<&str>) -> bool {
        let one_of = |value: &str| self.values.iter().any(|wanted| wanted.as_str() == value);
        match self.operator {
            Operator::In => value.is_some_and(one_of),
            Operator::NotIn => !value.is_some_and(one_of),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> LabelKey {
        LabelKey::new(text).expect("a key")
    }
    fn value(text: &str) -> LabelValue {
        LabelValue::new(text).expect("a value")
    }

    #[test]
    fn a_toleration_without_a_key_is_of_every_taint() {
        let taint = Taint { key: key("radio"), value: value("narrow"), effect: TaintEffect::NoSchedule };
        let of = |key, value, effect| Toleration { key, value, effect }.tolerates(&taint);
        assert!(of(None, None, None) && of(Some(key("radio")), None, Some(TaintEffect::NoSchedule)));
        assert!(!of(Some(key("radio")), Some(value("wide")), None));
        assert!(!of(Some(key("radio")), None, Some(TaintEffect::NoExecute)));
    }

    #[test]
    fn a_label_that_is_missing_matches_as_in_kubernetes() {
        let of = |operator, values: &[&str], label| {
            let values = values.iter().map(|text| value(text)).collect();
            Requirement { key: key("zone"), operator, values }.validate().map(|known| known.matches(label))
        };
        assert_eq!(of(Operator::In, &["a"], None), Ok(false));
        assert_eq!(of(Operator::NotIn, &["a"], None), Ok(true));
        assert_eq!(of(Operator::DoesNotExist, &[], None), Ok(true));
        assert_eq!(of(Operator::In, &["a", "b"], Some("b")), Ok(true));
        assert!(of(Operator::In, &[], None).is_err() && of(Operator::Exists, &["a"], None).is_err());
    }
}
