//! What the subcommands print: JSON for programs, a few lines for people.

use std::net::SocketAddr;

use serde_json::{Value, json};
use sortie_host::journal::{Clock, RunId, SystemClock, Token};
use sortie_restate::{InboxPage, StartReceipt};

use crate::options::Format;
use crate::render::{PrintError, print, print_json, printable};

pub(super) fn serving(address: SocketAddr, format: Format) -> Result<(), PrintError> {
    either(json!({"address": address}), || format!("Serving at http://{address} until Ctrl-C."), format)
}

pub(super) fn registered(url: &str, resumed: usize, format: Format) -> Result<(), PrintError> {
    let runs = match resumed {
        0 => String::new(),
        1 => "; 1 run is tried again".to_owned(),
        count => format!("; {count} runs are tried again"),
    };
    let say = || format!("Registered as {}{runs}.", printable(url));
    either(json!({"registered": url, "resumed": resumed}), say, format)
}

pub(super) fn started(run: &RunId, started: &StartReceipt, format: Format) -> Result<(), PrintError> {
    if !started.now {
        let say = || format!("run {run} was started before");
        return either(json!({"run": run, "started": false}), say, format);
    }
    let tokens: Vec<String> = started.tokens.iter().map(Token::reveal).collect();
    let say = || {
        let tokens = tokens.join("\n  ");
        format!("run {run} was started; the tokens of its waits, in their order, are shown this once:\n  {tokens}")
    };
    either(json!({"run": run, "started": true, "tokens": tokens}), say, format)
}

pub(super) fn told(told: &Value, what: &str, format: Format) -> Result<(), PrintError> {
    let member = |name: &str| member(told, &format!("/{name}"));
    let say =
        || format!("run {} {what} by {} at {} [{}]", member("run"), member("actor"), member("at"), member("code"));
    either(told.clone(), say, format)
}

pub(super) fn ended(end: &Value, format: Format) -> Result<(), PrintError> {
    let member = |at: &str| member(end, at);
    let say = || {
        if let Some(reason) = end.get("reason").and_then(Value::as_str) {
            return format!("run {} is cancelled by {}: {}", member("/run"), member("/by"), printable(reason));
        }
        let error = end.pointer("/result/error_message").and_then(Value::as_str);
        let error = error.map(|error| format!(": {}", printable(error))).unwrap_or_default();
        format!("run {} is {}, result {}{error}", member("/run"), member("/status"), member("/result_hash"))
    };
    either(end.clone(), say, format)
}

pub(super) fn shown(shown: &Value, format: Format) -> Result<(), PrintError> {
    let member = |at: &str| member(shown, at);
    let say = || {
        let mut text = format!("{}: {}, run {}", member("/mission"), member("/status"), member("/run"));
        if let Some(waiting) = shown.get("waiting").filter(|waiting| !waiting.is_null()) {
            text.push_str(&format!("\nasks at `{}`: {}", member("/waiting/step"), member("/waiting/description")));
            for name in ["choices", "schema", "context"] {
                if let Some(value) = waiting.get(name).filter(|value| !value.is_null()) {
                    text.push_str(&format!("\n{name}: {}", printable(&value.to_string())));
                }
            }
        }
        if shown.get("setback").is_some_and(|setback| !setback.is_null()) {
            text.push_str(&format!("\ndoes not go on [{}]: {}", member("/setback/code"), member("/setback/reason")));
        }
        if let Some(hash) = shown.pointer("/result/receipt/result_hash").and_then(Value::as_str) {
            text.push_str(&format!("\nresult {}", printable(hash)));
        }
        text
    };
    either(shown.clone(), say, format)
}

pub(super) fn inbox(listing: &InboxPage, format: Format) -> Result<(), PrintError> {
    let now = SystemClock.now();
    let rows: Vec<Value> = listing.runs.iter().map(|summary| summary.row(now)).collect();
    let say = || {
        let mut text = String::new();
        for row in &rows {
            let member = |name: &str| member(row, &format!("/{name}"));
            text.push_str(&format!(
                "{}  {}  {}  since {}\n",
                member("run"),
                member("mission"),
                member("description"),
                member("asked_at")
            ));
        }
        match (rows.is_empty(), listing.more) {
            (true, _) => text.push_str("Nothing waits for a person."),
            (false, true) => text.push_str("there are more: `--limit N`"),
            (false, false) => text.truncate(text.trim_end().len()),
        }
        text
    };
    either(json!({"waiting": rows, "more": listing.more}), say, format)
}

/// A text in what a service said.
fn member(of: &Value, at: &str) -> String {
    printable(of.pointer(at).and_then(Value::as_str).unwrap_or_default())
}

fn either(value: Value, say: impl FnOnce() -> String, format: Format) -> Result<(), PrintError> {
    match format {
        Format::Json => print_json(&value),
        Format::Human => print(&format!("{}\n", say())),
    }
}
