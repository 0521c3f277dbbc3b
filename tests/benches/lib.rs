//! The benchmarks are in `missions`: `cargo bench -p sortie-benches --features measure`.
