//! What the program prints: JSON for programs, a few lines for people. Text that comes from elsewhere is shown as text.

use std::io::{self, Write};
use std::net::SocketAddr;

use serde_json::{Value, json};
use sortie_host::journal::{Clock, RunId, SystemClock};
use sortie_json::Foreign;
use sortie_restate::{InboxPage, Refusal, StartReceipt};

use super::Format;

pub(super) fn error(refusal: &Refusal, format: Format) {
    let text = match format {
        Format::Json => json!({"error": refusal}).to_string(),
        Format::Human => {
            let help = refusal.help.as_ref().map(|help| format!("\nhelp: {}", Foreign(help))).unwrap_or_default();
            format!("error[{}]: {}{help}", Foreign(&refusal.code), Foreign(&refusal.message))
        }
    };
    // Where standard error cannot be written, nothing can be said.
    let _ = writeln!(io::stderr(), "{text}");
}

pub(super) fn serving(address: SocketAddr, format: Format) -> io::Result<()> {
    told_of(json!({"address": address}), || format!("Serving at http://{address} until Ctrl-C."), format)
}

pub(super) fn registered(url: &str, resumed: usize, format: Format) {
    let say = || format!("Registered as {url}; {resumed} runs are tried again.");
    let _ = told_of(json!({"registered": url, "resumed": resumed}), say, format);
}

pub(super) fn started(run: &RunId, started: &StartReceipt, format: Format) -> io::Result<()> {
    if !started.now {
        let say = || format!("run {run} was started before");
        return told_of(json!({"run": run, "started": false}), say, format);
    }
    let tokens: Vec<String> = started.tokens.iter().map(sortie_host::journal::Token::reveal).collect();
    let say = || {
        let tokens = tokens.join("\n  ");
        format!("run {run} was started; the tokens of its waits, in their order, are shown this once:\n  {tokens}")
    };
    told_of(json!({"run": run, "started": true, "tokens": tokens}), say, format)
}

pub(super) fn told(told: &Value, what: &str, format: Format) -> io::Result<()> {
    let member = |name: &str| Foreign(told.get(name).and_then(Value::as_str).unwrap_or_default()).to_string();
    let say =
        || format!("run {} {what} by {} at {} [{}]", member("run"), member("actor"), member("at"), member("code"));
    told_of(told.clone(), say, format)
}

pub(super) fn ended(end: &Value, format: Format) -> io::Result<()> {
    let member = |at: &str| Foreign(end.pointer(at).and_then(Value::as_str).unwrap_or_default()).to_string();
    let say = || {
        if let Some(reason) = end.get("reason").and_then(Value::as_str) {
            return format!("run {} is cancelled by {}: {}", member("/run"), member("/by"), Foreign(reason));
        }
        let error = end.pointer("/result/error_message").and_then(Value::as_str);
        let error = error.map(|error| format!(": {}", Foreign(error))).unwrap_or_default();
        format!("run {} is {}, result {}{error}", member("/run"), member("/status"), member("/result_hash"))
    };
    told_of(end.clone(), say, format)
}

pub(super) fn shown(shown: &Value, format: Format) -> io::Result<()> {
    let member = |at: &str| Foreign(shown.pointer(at).and_then(Value::as_str).unwrap_or_default()).to_string();
    let say = || {
        let mut text = format!("{}: {}, run {}", member("/mission"), member("/status"), member("/run"));
        if let Some(waiting) = shown.get("waiting").filter(|waiting| !waiting.is_null()) {
            text.push_str(&format!("\nasks at `{}`: {}", member("/waiting/step"), member("/waiting/description")));
            for name in ["choices", "schema", "context"] {
                if let Some(value) = waiting.get(name).filter(|value| !value.is_null()) {
                    text.push_str(&format!("\n{name}: {}", Foreign(&value.to_string())));
                }
            }
        }
        if shown.get("setback").is_some_and(|setback| !setback.is_null()) {
            text.push_str(&format!("\ndoes not go on [{}]: {}", member("/setback/code"), member("/setback/reason")));
        }
        if let Some(hash) = shown.pointer("/result/receipt/result_hash").and_then(Value::as_str) {
            text.push_str(&format!("\nresult {}", Foreign(hash)));
        }
        text
    };
    told_of(shown.clone(), say, format)
}

pub(super) fn inbox(listing: &InboxPage, format: Format) -> io::Result<()> {
    let now = SystemClock.now();
    let rows: Vec<Value> = listing.runs.iter().map(|summary| summary.row(now)).collect();
    let say = || {
        let mut text = String::new();
        for row in &rows {
            let member = |name: &str| Foreign(row.get(name).and_then(Value::as_str).unwrap_or_default()).to_string();
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
    told_of(json!({"waiting": rows, "more": listing.more}), say, format)
}

fn told_of(value: Value, say: impl FnOnce() -> String, format: Format) -> io::Result<()> {
    let text = match format {
        Format::Json => value.to_string(),
        Format::Human => say(),
    };
    let mut output = io::stdout().lock();
    writeln!(output, "{text}")?;
    output.flush()
}
