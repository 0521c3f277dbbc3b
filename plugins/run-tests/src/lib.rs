//! The first-party plugin run-tests.
