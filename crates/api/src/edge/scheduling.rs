//! Taints, tolerations and requirements on labels, in Kubernetes' words.

use super::at;
use paceline_model::Invalid;
use paceline_model::edge::{self as model, LabelKey, LabelValue};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An enum whose words are Kubernetes' own.
macro_rules! kubernetes {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl From<model::$name> for $name {
            fn from(of: model::$name) -> Self {
                match of { $(model::$name::$variant => Self::$variant,)* }
            }
        }

        impl From<$name> for model::$name {
            fn from(of: $name) -> Self {
                match of { $($name::$variant => Self::$variant,)* }
            }
        }
    };
}

kubernetes! {
    /// What a taint does to who does not tolerate it.
    TaintEffect {
        /// Nothing new is placed there.
        NoSchedule,
        /// Nothing new is placed there where there is another place.
        PreferNoSchedule,
        /// What runs there moves away too.
        NoExecute,
    }
}

kubernetes! {
    /// How a label is compared.
    Operator {
        /// It has one of the values.
        In,
        /// It has none of them, or is missing.
        NotIn,
        /// The node has the label.
        Exists,
        /// It has not.
        DoesNotExist,
    }
}

/// A node keeps off what does not tolerate this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Taint {
    /// What it is about.
    pub key: String,
    /// Which of it; empty if left out.
    #[serde(default)]
    pub value: String,
    /// What it does.
    pub effect: TaintEffect,
}

impl Taint {
    pub(super) fn taint(&self) -> Result<model::Taint, Invalid> {
        Ok(model::Taint {
            key: at("taints.key", LabelKey::new(&self.key))?,
            value: at("taints.value", LabelValue::new(&self.value))?,
            effect: self.effect.into(),
        })
    }
}

impl From<&model::Taint> for Taint {
    fn from(of: &model::Taint) -> Self {
        Self { key: of.key.to_string(), value: of.value.to_string(), effect: of.effect.into() }
    }
}

/// A workload does not mind some taints. What is left out means any.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Toleration {
    /// Of this key.
    #[serde(default)]
    pub key: Option<String>,
    /// Of this value.
    #[serde(default)]
    pub value: Option<String>,
    /// Of this effect.
    #[serde(default)]
    pub effect: Option<TaintEffect>,
}

impl Toleration {
    pub(super) fn toleration(&self) -> Result<model::Toleration, Invalid> {
        Ok(model::Toleration {
            key: self.key.as_deref().map(|key| at("tolerations.key", LabelKey::new(key))).transpose()?,
            value: self
                .value
                .as_deref()
                .map(|value| at("tolerations.value", LabelValue::new(value)))
                .transpose()?,
            effect: self.effect.map(Into::into),
        })
    }
}

impl From<&model::Toleration> for Toleration {
    fn from(of: &model::Toleration) -> Self {
        Self {
            key: of.key.as_ref().map(ToString::to_string),
            value: of.value.as_ref().map(ToString::to_string),
            effect: of.effect.map(Into::into),
        }
    }
}

/// What a node's label must say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Which label: one of the node's own, or `kubernetes.io/hostname`, `kubernetes.io/arch`, `topology.kubernetes.io/zone`,
    /// `topology.paceline.dev/site`, `topology.paceline.dev/rack`, `topology.paceline.dev/cluster`.
    pub key: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what; left out for `Exists` and `DoesNotExist`.
    #[serde(default)]
    pub values: Vec<String>,
}

impl Requirement {
    pub(super) fn requirement(&self) -> Result<model::Requirement, Invalid> {
        let values = self.values.iter().map(|value| at("affinity.values", LabelValue::new(value)));
        let requirement = model::Requirement {
            key: at("affinity.key", LabelKey::new(&self.key))?,
            operator: self.operator.into(),
            values: values.collect::<Result<_, _>>()?,
        };
        requirement.validate().map_err(|invalid| invalid.within("affinity"))
    }
}

impl From<&model::Requirement> for Requirement {
    fn from(of: &model::Requirement) -> Self {
        let values = of.values.iter().map(ToString::to_string).collect();
        Self { key: of.key.to_string(), operator: of.operator.into(), values }
    }
}
