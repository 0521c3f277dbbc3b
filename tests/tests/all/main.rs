//! What holds of the whole tree: hostile plugins, what was published, the templates.

mod compatibility;
mod hostile;
mod template;
