//! Watts of the trace's GPU models.

/// Idle and full watts as arXiv 2412.17484 lists them. Two models are anonymous in the trace: `G2` counts as A10, the nearest in the GPUs and CPUs of its
/// nodes, and `G3` as A100.
pub(crate) fn watts(models: &[String]) -> Vec<(u32, u32)> {
    let watts = |model: &String| match model.as_str() {
        "T4" => (10, 70),
        "A10" | "G2" => (30, 150),
        "P100" => (25, 250),
        "G3" => (50, 400),
        _ => (30, 300),
    };
    models.iter().map(watts).collect()
}
