//! Prints the public interface of a library, an item a line, of what rustdoc wrote of it as JSON.
//!
//! What each type has by itself (`Send`, blanket implementations) is left out; what is derived is not.

use std::env;
use std::error::Error;
use std::io::{self, Write as _};

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args_os().nth(1).ok_or("give a file that rustdoc wrote")?;
    let builder = public_api::Builder::from_rustdoc_json(file).omit_blanket_impls(true).omit_auto_trait_impls(true);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for item in builder.build()?.items() {
        writeln!(out, "{item}")?;
    }
    Ok(out.flush()?)
}
