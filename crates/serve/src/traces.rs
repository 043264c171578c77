//! Traces for whoever collects them: spans go out over OTLP (HTTP, protobuf), and a processor on the way looks for hotspots.
//! The parts that need OpenTelemetry are behind the feature `otlp`; the settings are always read, so that a configuration
//! means the same to every build.

use crate::error::ServeError;
use crate::hotspots::Hotspots;
use paceline_model::limits::within;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where traces go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TraceOptions {
    /// The collector, without the path: `http://localhost:4318`. Nothing is sent where it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Traces kept, in percent of those begun. A trace is kept whole or not at all.
    pub sampled_percent: f64,
}

impl Default for TraceOptions {
    fn default() -> Self {
        Self { endpoint: None, sampled_percent: 100.0 }
    }
}

impl TraceOptions {
    /// Errors: a share beyond all; a collector where this build cannot send.
    pub fn validate(self) -> Result<Self, ServeError> {
        within("sampled_percent", self.sampled_percent, (0.0, 100.0))?;
        if self.endpoint.is_some() && !cfg!(feature = "otlp") {
            return Err(ServeError::Traces("this program was built without the feature `otlp`".into()));
        }
        Ok(self)
    }
}

/// Spans on their way out. Held as long as the program runs; [`Traces::end`] sends what is left.
pub struct Traces {
    pub(crate) hotspots: Arc<Hotspots>,
    #[cfg(feature = "otlp")]
    provider: Option<opentelemetry_sdk::trace::SdkTracerProvider>,
}

#[cfg(not(feature = "otlp"))]
impl Traces {
    /// Begins, if a collector is named. Errors: this build cannot send.
    pub fn start(options: &TraceOptions) -> Result<Self, ServeError> {
        options.clone().validate()?;
        Ok(Self { hotspots: Arc::default() })
    }
    /// Sends what is left.
    pub fn end(self) {}
}

#[cfg(feature = "otlp")]
pub use sending::TraceLayer;

#[cfg(feature = "otlp")]
mod sending {
    use super::{Arc, Hotspots, ServeError, TraceOptions, Traces};
    use crate::order_trace::TARGET;
    use opentelemetry::trace::{Span as _, SpanId, TracerProvider as _};
    use opentelemetry::{Context, KeyValue, Value};
    use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor};
    use paceline_tls::ClientTls;
    use std::time::Duration;
    use tracing_subscriber::Layer;
    use tracing_subscriber::filter::Targets;
    use tracing_subscriber::registry::LookupSpan;

    /// The target of the spans that supervision makes, one for each task.
    const TASKS: &str = "supervise::task";

    /// How long a batch of spans may take to the collector.
    const SEND_MAX: Duration = Duration::from_secs(5);

    /// A layer for `tracing_subscriber`; it takes only what is meant for traces.
    pub type TraceLayer<S> = Box<dyn Layer<S> + Send + Sync>;

    impl Traces {
        /// Begins, if a collector is named.
        ///
        /// Errors: an endpoint that is no address. A collector that does not answer is no error: spans are dropped,
        /// and the exporter says so in the log.
        pub fn start(options: &TraceOptions) -> Result<Self, ServeError> {
            let options = options.clone().validate()?;
            let hotspots = Arc::<Hotspots>::default();
            let Some(endpoint) = options.endpoint else { return Ok(Self { hotspots, provider: None }) };
            let exporter = SpanExporter::builder()
                .with_http()
                .with_http_client(client(&endpoint)?)
                .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
                .with_timeout(SEND_MAX)
                .build()
                .map_err(|error| ServeError::Traces(error.to_string()))?;
            hotspots.spans_tell();
            let share = Sampler::TraceIdRatioBased(options.sampled_percent / 100.0);
            let provider = SdkTracerProvider::builder()
                .with_sampler(Sampler::ParentBased(Box::new(share)))
                .with_resource(Resource::builder().with_service_name("paceline").build())
                .with_span_processor(Watch::new(hotspots.clone()))
                .with_batch_exporter(exporter)
                .build();
            Ok(Self { hotspots, provider: Some(provider) })
        }

        /// What a subscriber needs to hand its spans over; nothing where no collector is named.
        pub fn layer<S>(&self) -> Option<TraceLayer<S>>
        where
            S: tracing::Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
        {
            let tracer = self.provider.as_ref()?.tracer("paceline");
            let layer =
                tracing_opentelemetry::layer().with_tracer(tracer).with_location(true).with_threads(false);
            let trace = tracing::Level::TRACE;
            let only = Targets::new().with_target(TARGET, trace).with_target(TASKS, trace);
            Some(layer.with_filter(only).boxed())
        }

        /// Sends what is left.
        pub fn end(self) {
            if let Some(Err(error)) = self.provider.map(|provider| provider.shutdown()) {
                tracing::warn!(%error, "the last traces were not sent");
            }
        }
    }

    /// Speaks to the collector, by TLS where its address says so. Errors: the system believes no authorities.
    fn client(endpoint: &str) -> Result<reqwest::blocking::Client, ServeError> {
        let unusable = |error: String| ServeError::Traces(error);
        let tls = ClientTls::default().config(endpoint).map_err(|error| unusable(error.to_string()))?;
        let builder = reqwest::blocking::Client::builder().timeout(SEND_MAX).tls_backend_preconfigured(tls);
        // It has a runtime of its own, which may not be made on a thread of another.
        let built = std::thread::scope(|scope| scope.spawn(|| builder.build()).join());
        let built = built.map_err(|_| unusable("the HTTP client panicked".into()))?;
        built.map_err(|error| unusable(error.to_string()))
    }

    /// Looks for hotspots among the spans that pass.
    #[derive(Debug)]
    struct Watch {
        hotspots: Shown,
        since: std::time::Instant,
    }

    /// The processor must be `Debug`; what it has found is not worth printing.
    struct Shown(Arc<Hotspots>);

    impl std::fmt::Debug for Shown {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Hotspots")
        }
    }

    impl Watch {
        #[expect(clippy::disallowed_methods, reason = "spans are real time; no decision depends on them")]
        fn new(hotspots: Arc<Hotspots>) -> Self {
            Self { hotspots: Shown(hotspots), since: std::time::Instant::now() }
        }
    }

    impl SpanProcessor for Watch {
        fn on_start(&self, span: &mut Span, _: &Context) {
            // Tasks are counted as they begin: those that never end matter most.
            let Some(data) = span.is_recording().then(|| span.exported_data()).flatten() else { return };
            if data.name == "task" {
                self.hotspots.0.spawned(text(&data.attributes, "component"), self.since.elapsed());
            }
        }

        fn on_end(&self, span: SpanData) {
            let component = text(&span.attributes, "component");
            let task = text(&span.attributes, "task");
            let name = if task.is_empty() { span.name.as_ref() } else { task };
            if let Some(micros) = number(&span.attributes, "start_us") {
                self.hotspots.0.started(component, name, Duration::from_micros(micros));
            }
            let took = span.end_time.duration_since(span.start_time).unwrap_or_default();
            let own = u64::from_be_bytes(span.span_context.span_id().to_bytes());
            let parent = (span.parent_span_id != SpanId::INVALID)
                .then(|| u64::from_be_bytes(span.parent_span_id.to_bytes()));
            self.hotspots.0.ended(component, name, took, own, parent);
        }

        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }
        fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
            Ok(())
        }
    }

    fn find<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
        attributes.iter().find(|attribute| attribute.key.as_str() == key).map(|attribute| &attribute.value)
    }
    fn text<'a>(attributes: &'a [KeyValue], key: &str) -> &'a str {
        match find(attributes, key) {
            Some(Value::String(text)) => text.as_str(),
            _ => "",
        }
    }
    fn number(attributes: &[KeyValue], key: &str) -> Option<u64> {
        match find(attributes, key) {
            Some(Value::I64(number)) => u64::try_from(*number).ok(),
            // Unsigned numbers come as text: OpenTelemetry has no kind of its own for them.
            Some(Value::String(text)) => text.as_str().parse().ok(),
            _ => None,
        }
    }
}
