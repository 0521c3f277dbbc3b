//! End-to-end tests, hostile plugins, golden corpus, benchmarks.
