//! A host program of the published crates alone: it plans a day, and prints what the result can be told by.

use serde_json::json;
use sortie_host::{ExecutionContext, Host, HumanPolicy};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let host = Host::builder().first_party().human_steps(HumanPolicy::Mark).build()?;
    let tasks = json!([{"description": "Ship the crates", "status": "pending", "uuid": "1c6b1c3c-6d34-4c3a-8b0f-3d7a4c5e6f70"}]);
    let context = ExecutionContext::new(json!({ "tasks": tasks }))?;
    let result = host.run_mission("daily_loop", &context, &json!({"today": "2026-01-08"}))?;
    if !result.success {
        return Err(format!("{:?}", result.error_message).into());
    }
    println!("{} {}", result.id, result.receipt.result_hash);
    Ok(())
}
