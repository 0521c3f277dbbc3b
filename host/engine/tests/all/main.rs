//! The engine, driven with scripted outcomes: what always holds, and patches.

mod bounds;
mod drivers;
mod hashes;
mod invariants;
mod patches;
mod support;
