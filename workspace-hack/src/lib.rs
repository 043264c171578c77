//! Nothing. Its `Cargo.toml` asks for features, so that builds of the workspace with and without the heavy ones share what they have built.
