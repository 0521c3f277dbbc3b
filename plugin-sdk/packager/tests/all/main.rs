//! What becomes of components that are packed.

mod stack;
mod strip;
