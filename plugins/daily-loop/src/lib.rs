//! The first-party plugin daily-loop.
