//! Events on pods: what happened to them, for `kubectl describe`. They are told beside everything else; where there are too many, some are left out.

use super::word::Subject;
use crate::cluster::Name;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use paceline_supervise::sync::mpsc;

/// Something that happened to a pod.
pub(super) struct Occurrence {
    of: Subject,
    event: Event,
}

impl Occurrence {
    pub(super) fn scheduled(of: &Subject, node: &Name) -> Self {
        Self::new(of, EventType::Normal, "Scheduled", "Binding", format!("Assigned {} to {node}", of.pod))
    }

    pub(super) fn waits(of: &Subject, message: &str) -> Self {
        Self::new(of, EventType::Warning, "FailedScheduling", "Scheduling", message.to_owned())
    }

    pub(super) fn gave_way(of: &Subject, by: &Subject, node: &Name) -> Self {
        Self::new(
            of,
            EventType::Normal,
            "Preempted",
            "Preempting",
            format!("Gives way to {} on {node}", by.pod),
        )
    }

    fn new(of: &Subject, type_: EventType, reason: &str, action: &str, note: String) -> Self {
        // The API takes notes of up to a kilobyte.
        let note = note.chars().take(1_000).collect();
        let event =
            Event { type_, reason: reason.into(), note: Some(note), action: action.into(), secondary: None };
        Self { of: of.clone(), event }
    }
}

/// Hands over what happened.
#[derive(Clone)]
pub(super) struct Teller(mpsc::Sender<Occurrence>);

/// Events under way; more than these are left out.
const WAITING_MAX: usize = 2_000;

impl Teller {
    /// A way to tell, and the end at which it is heard.
    pub(super) fn new() -> (Self, mpsc::Receiver<Occurrence>) {
        let (sender, receiver) = mpsc::channel("events", WAITING_MAX);
        (Self(sender), receiver)
    }

    pub(super) fn tell(&self, occurrence: Occurrence) {
        if self.0.try_send(occurrence).is_err() {
            tracing::debug!("more events than can be told: one is left out");
        }
    }
}

/// Writes events down, one after the other, until nobody tells any more.
pub(super) async fn write(client: Client, reporter: String, mut from: mpsc::Receiver<Occurrence>) {
    let recorder = Recorder::new(client, Reporter { controller: reporter, instance: None });
    while let Some(Occurrence { of, event }) = from.recv().await {
        let about = ObjectReference {
            api_version: Some("v1".into()),
            kind: Some("Pod".into()),
            name: Some(of.pod.name.to_string()),
            namespace: Some(of.pod.namespace.to_string()),
            uid: Some(of.uid.to_string()),
            ..ObjectReference::default()
        };
        if let Err(error) = recorder.publish(&event, &about).await {
            tracing::debug!(pod = %of.pod, %error, "an event could not be written");
        }
    }
}
