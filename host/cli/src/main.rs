//! The `sortie` command.

fn main() {}
