//! The first-party plugin core.
