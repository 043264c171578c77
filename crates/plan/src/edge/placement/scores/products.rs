//! What GPUs draw, by their products' names.

/// Watts idle, and with any load. A name is compared by its words: `Tesla-T4`, `NVIDIA A100-SXM4-80GB`. A product without figures of its own
/// stands with the nearest by its design power: the small ones for inference and modules with the T4, Hopper and later with the A100, and
/// what nobody knows with the V100.
///
/// Source: arXiv 2412.17484 (CCGrid 2025) for T4, A10, P100, V100 and A100; the nearest are ours.
pub fn watts_of(product: &str) -> (u32, u32) {
    let named = |names: &[&str]| {
        let mut words = product.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(|word| names.iter().any(|name| word.eq_ignore_ascii_case(name)))
    };
    match () {
        () if named(&["T4", "L4", "A2", "P4", "Jetson", "Orin", "Xavier", "Nano", "Thor"]) => (10, 70),
        () if named(&["A10", "A10G", "A30", "A16", "L20"]) => (30, 150),
        () if named(&["P100", "P40"]) => (25, 250),
        () if named(&["A100", "A800", "H100", "H800", "H200", "H20", "GH200", "B200"]) => (50, 400),
        () => (30, 300),
    }
}

#[cfg(test)]
mod tests {
    use super::watts_of;

    #[test]
    fn a_product_is_known_by_a_word_of_its_name() {
        let names = ["Tesla-T4", "NVIDIA A100-SXM4-80GB", "nvidia-a10", "Tesla V100-SXM2", "nobody knows"];
        assert_eq!(names.map(watts_of), [(10, 70), (50, 400), (30, 150), (30, 300), (30, 300)]);
    }
}
