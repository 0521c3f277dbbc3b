//! The tree against what its documents claim. Each rule says what it is for, and what to do where it is broken.

mod documents;
mod errors;
mod layers;
mod public;
mod sources;
mod versions;
mod words;
