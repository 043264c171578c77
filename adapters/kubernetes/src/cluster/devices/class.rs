//! Classes of devices, which requests name.

use k8s_openapi::api::resource::v1 as resource;
use std::sync::Arc;

/// A class of devices.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceClass {
    /// Expressions, all of which select a device of the class.
    pub selectors: Vec<Arc<str>>,
    /// What drivers are told of each device that is given.
    pub config: Vec<resource::DeviceClassConfiguration>,
}

impl DeviceClass {
    /// Reads one.
    pub fn read(of: &resource::DeviceClass) -> Self {
        Self {
            selectors: selectors(of.spec.selectors.as_ref()),
            config: of.spec.config.clone().unwrap_or_default(),
        }
    }
}

/// The expressions of selectors. A selector of a kind that this version does not know selects nothing.
pub(super) fn selectors(of: Option<&Vec<resource::DeviceSelector>>) -> Vec<Arc<str>> {
    let expression = |one: &resource::DeviceSelector| match &one.cel {
        Some(cel) => cel.expression.as_str().into(),
        None => "false".into(),
    };
    of.into_iter().flatten().map(expression).collect()
}
