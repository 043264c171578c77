//! Taints and tolerations. Source: Kubernetes, "Taints and Tolerations".

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::resource::v1 as resource;

/// What a taint, or a toleration, is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing new is placed there.
    NoSchedule,
    /// Nothing new is placed there, as far as there is another node.
    PreferNoSchedule,
    /// Nothing new is placed there, and what is there leaves.
    NoExecute,
    /// One that this version does not know. It keeps everybody off.
    Unknown,
}

impl Effect {
    fn read(text: &str) -> Self {
        match text {
            "NoSchedule" => Self::NoSchedule,
            "PreferNoSchedule" => Self::PreferNoSchedule,
            "NoExecute" => Self::NoExecute,
            _ => Self::Unknown,
        }
    }
}

/// A taint of a node, or of a device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value, empty where it has none.
    pub value: String,
    /// What it does.
    pub effect: Effect,
}

impl Taint {
    /// Reads one.
    pub fn read(of: &core::Taint) -> Self {
        let value = of.value.clone().unwrap_or_default();
        Self { key: of.key.clone(), value, effect: Effect::read(&of.effect) }
    }

    /// Reads one of a device; `None`: its effect forbids nothing, or is one that this version does not know, which the API says forbids nothing.
    pub fn of_device(of: &resource::DeviceTaint) -> Option<Self> {
        let effect = Effect::read(&of.effect);
        let is_hard = matches!(effect, Effect::NoSchedule | Effect::NoExecute);
        is_hard.then(|| Self { key: of.key.clone(), value: of.value.clone().unwrap_or_default(), effect })
    }

    /// What a cordoned node stands for.
    pub fn cordon() -> Self {
        let key = "node.kubernetes.io/unschedulable".into();
        Self { key, value: String::new(), effect: Effect::NoSchedule }
    }
}

/// A toleration of a pod, or of a claim.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Toleration {
    key: String,
    value: Value,
    effect: Option<Effect>,
}

/// Which values it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Any,
    Is(String),
    /// By an operator that this version does not know: no value.
    None,
}

impl Toleration {
    /// Reads one.
    pub fn read(of: &core::Toleration) -> Self {
        Self::new(&of.key, of.operator.as_deref(), &of.value, of.effect.as_deref())
    }

    /// Reads one of a claim, for taints of devices.
    pub fn of_claim(of: &resource::DeviceToleration) -> Self {
        Self::new(&of.key, of.operator.as_deref(), &of.value, of.effect.as_deref())
    }

    fn new(
        key: &Option<String>,
        operator: Option<&str>,
        value: &Option<String>,
        effect: Option<&str>,
    ) -> Self {
        let value = match operator {
            Some("Exists") => Value::Any,
            None | Some("" | "Equal") => Value::Is(value.clone().unwrap_or_default()),
            Some(_) => Value::None,
        };
        let effect = effect.filter(|effect| !effect.is_empty()).map(Effect::read);
        Self { key: key.clone().unwrap_or_default(), value, effect }
    }

    /// Whether it is about this taint. An empty key is about every key, but with a value of any kind only; no effect is about every effect.
    pub fn covers(&self, taint: &Taint) -> bool {
        let of_key = if self.key.is_empty() { self.value == Value::Any } else { self.key == taint.key };
        let of_value = match &self.value {
            Value::Any => true,
            Value::Is(value) => *value == taint.value,
            Value::None => false,
        };
        of_key && of_value && self.effect.is_none_or(|effect| effect == taint.effect)
    }
}
