//! Texts of drivers, as labels and tags may have them.

/// Longest value of a label, as Kubernetes has it.
const LABEL_CHARS_MAX: usize = 63;

/// A text as labels and tags may have it.
pub(super) fn tag(text: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    let text: String = text.trim().chars().map(|letter| if allowed(letter) { letter } else { '-' }).collect();
    let text: String = text
        .trim_matches(|letter: char| !letter.is_ascii_alphanumeric())
        .chars()
        .take(LABEL_CHARS_MAX)
        .collect();
    text.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_drivers_become_tags() {
        for (said, becomes) in
            [("NVIDIA GeForce RTX 3060", "NVIDIA-GeForce-RTX-3060"), (" (x) ", "x"), ("6.1+", "6.1")]
        {
            assert_eq!(tag(said), becomes);
        }
    }
}
