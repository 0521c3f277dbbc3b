//! Sandboxes, one for each way to execute, and how a call of a plugin's operation `work` ended in each.

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::json;
use sortie_engine::{Call, Fuel, Function, Limits, OperationInput, PluginRef};
use sortie_json::{Canonical, ContentHash};
use sortie_sandbox::{Allocation, Backend, HostFault, Nesting, Plugin, Sandbox, SandboxConfig};

/// Enough for what these programs do, and little where they do not end.
const FUEL: Fuel = 200_000;

static SANDBOXES: LazyLock<Vec<Sandbox>> = LazyLock::new(|| {
    [
        (Backend::Cranelift, Allocation::Pooled),
        (Backend::CraneliftUnoptimized, Allocation::OnDemand),
        (Backend::Pulley, Allocation::OnDemand),
    ]
    .map(|(backend, allocation)| {
        let watchdog = Duration::from_secs(60);
        let config = SandboxConfig {
            backend,
            allocation,
            watchdog,
            cache: None,
            concurrent_calls: 1,
            ..SandboxConfig::default()
        };
        Sandbox::new(config).expect("an engine")
    })
    .into()
});

/// Loads and calls the component in each sandbox: all have to agree, and none may end with a fault of the host.
pub fn check(bytes: &[u8]) {
    let mut ends = SANDBOXES.iter().map(|sandbox| match Plugin::load(sandbox, bytes.to_vec()) {
        Err(rejection) => Err(rejection.code()),
        Ok(plugin) => {
            let report = call(&plugin).unwrap_or_else(|fault| panic!("a fault of the host: {fault}"));
            Ok((format!("{:?}", report.outcome), report.fuel))
        }
    });
    let first = ends.next().expect("a sandbox");
    for end in ends {
        assert_eq!(first, end);
    }
}

fn call(plugin: &Plugin) -> Result<sortie_sandbox::CallReport, HostFault> {
    let input = OperationInput {
        operation: "work".to_owned(),
        step_id: "s".to_owned(),
        payload: Canonical::empty_object(),
        state: Canonical::empty_object(),
        decisions: Canonical::empty_object(),
        metadata: Canonical::empty_object(),
    };
    let reference = PluginRef { name: "generated".to_owned(), digest: ContentHash::of(&json!("the same for all")) };
    plugin.call(&Call::new(reference, Function::Execute(input), FUEL, Limits::default()), &Nesting::default())
}
