//! A program that embeds Sortie: it registers plugins, and runs missions on eight threads at a time.
//!
//! ```sh
//! cargo run -p sortie-host --example embed                    # with the first-party plugins
//! cargo run -p sortie-host --example embed -- my-plugin.wasm  # and one of a third party, or a folder of them
//! ```
//!
//! Each line that it prints is a mission and the hash of its result. The same params and the same state give the same
//! hash on every thread, in every run and on every machine. For a third party's missions, the params are those of the
//! first example in the plugin's manifest. The first run compiles the plugins; later ones find them in the cache.

use std::error::Error;
use std::process::ExitCode;
use std::thread;

use serde_json::{Value, json};
use sortie_host::{ExecutionContext, Host, HostError, HumanPolicy};

const THREADS: usize = 8;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    // The one line that registers what comes with Sortie. A host is made once, at startup.
    let builder = Host::builder().first_party().human_steps(HumanPolicy::Mark);
    let host = match std::env::args_os().nth(1) {
        Some(path) => builder.plugin_file(path).build()?,
        None => builder.build()?,
    };

    let tasks = json!([{"uuid": "0e8c64b2-6f0c-4a3e-9a4c-0d6f4f6c1a02", "description": "Renew the passport",
        "status": "pending", "entry": "20251201T090000Z", "due": "20260106T000000Z", "priority": "H"}]);
    let context = ExecutionContext::new(json!({"tasks": tasks}))?;
    let missions = missions(&host);

    let reports: Vec<String> = thread::scope(|scope| {
        let run = |number: usize| {
            let (host, context, missions) = (&host, &context, &missions);
            scope.spawn(move || {
                missions.iter().map(|(name, params)| report(host, context, number, name, params)).collect::<String>()
            })
        };
        let threads: Vec<_> = (1..=THREADS).map(run).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| "a thread panicked\n".to_owned())).collect()
    });
    print!("{}", reports.concat());
    Ok(())
}

/// Some missions with their params: two first-party ones, and all that others registered.
fn missions(host: &Host) -> Vec<(String, Value)> {
    let mut missions = vec![
        ("echo/echo".to_owned(), json!({"word": "hello"})),
        ("daily-loop/daily_loop".to_owned(), json!({"today": "2026-01-08"})),
    ];
    for registered in host.registry().plugins().filter(|registered| registered.origin() != "first-party") {
        missions.extend(registered.plugin().manifest().missions.iter().map(|mission| {
            let params = mission.examples.first().cloned().unwrap_or_else(|| json!({}));
            (format!("{}/{}", registered.name(), mission.name), params)
        }));
    }
    missions
}

/// A line for a person: what came of a mission. One that failed has a result too, and a hash; an error has neither.
fn report(host: &Host, context: &ExecutionContext, thread: usize, name: &str, params: &Value) -> String {
    match host.run_mission(name, context, params) {
        Ok(result) => {
            let outcome = if result.success { "ok" } else { "failed" };
            format!("thread {thread}: {name} {outcome} {}\n", result.receipt.result_hash)
        }
        Err(error) => format!("thread {thread}: {name}: {}\n", explained(&error)),
    }
}

fn explained(error: &HostError) -> String {
    match error.help() {
        Some(help) => format!("{error} ({help})"),
        None => error.to_string(),
    }
}
