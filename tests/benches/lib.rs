//! The benchmarks are in `missions`: `cargo measure`.
