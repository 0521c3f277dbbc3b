//! The log, and what becomes of a panic.

/// How grave a message is. Closed, as the plugin interface is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// For the author.
    Debug,
    /// For anybody.
    Info,
    /// Something is odd.
    Warn,
    /// Something is wrong.
    Error,
}

/// Keeps a message, which is never part of a result. Natively, it goes to standard error.
///
/// ```
/// use sortie_plugin_sdk::{Level, log};
///
/// log(Level::Warn, "3 tasks have no due date");
/// ```
pub fn log(level: Level, message: &str) {
    #[cfg(target_arch = "wasm32")]
    {
        use crate::bindings::log;
        let level = match level {
            Level::Debug => log::Level::Debug,
            Level::Info => log::Level::Info,
            Level::Warn => log::Level::Warn,
            Level::Error => log::Level::Error,
        };
        log::log(level, message);
    }
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("{level:?}: {message}");
}

/// Makes a panic end the call with a failure that has the panic's message and place. A trap would have neither.
pub(crate) fn catch_panics() {
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("panicked");
        match panic.location() {
            Some(place) => end("panic", format!("panicked at {place}: {message}"), Some(place)),
            None => end("panic", format!("panicked: {message}"), None),
        }
    }));
}

/// Ends the call with a failure that has the author's place; a unit test panics there.
#[track_caller]
#[expect(clippy::panic, reason = "a unit test is told of the place as of any panic")]
pub(crate) fn mistake(code: &str, message: &str) -> ! {
    #[cfg(target_arch = "wasm32")]
    {
        let place = core::panic::Location::caller();
        end(code, format!("{place}: {message}"), Some(place));
    }
    let _ = code;
    panic!("{message}")
}

#[cfg(target_arch = "wasm32")]
fn end(code: &str, message: String, place: Option<&core::panic::Location<'_>>) {
    let details = place.map(|place| {
        serde_json::json!({"file": place.file(), "line": place.line(), "column": place.column()}).to_string()
    });
    crate::bindings::log::abort(&crate::bindings::types::Failure { code: code.to_owned(), message, details });
}
