//! Documents: texts with a name and a format, what is to be said about them, and how it is shown.

mod diagnostic;
mod document;
mod format;
mod position;
mod render;
mod report;
mod source;
mod wording;

pub use diagnostic::{Diagnostic, Place, Severity};
pub use document::Document;
pub use format::Format;
pub use render::Style;
pub use report::Report;
pub use source::Source;
