//! The plugin `echo`: gives back what it is given, and changes nothing.

use sortie_plugin_sdk::prelude::*;

/// What is echoed.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Echo {
    /// Any JSON value.
    #[serde(default)]
    pub params: Value,
}

/// Echoes its params, of any shape, as the output of one step.
#[mission(name = "echo", examples = [json!({"word": "hello"})])]
pub fn echo_mission(params: Value) -> Result<Workflow> {
    Ok(Workflow::new("echo").step("echo", "echo", Echo { params }))
}

/// Returns the payload's `params` as its output.
#[operation(examples = [(json!({"params": [1, 2]}), json!({}))])]
pub fn echo(payload: Echo) -> Result<Output> {
    Ok(Output::new().output(payload.params))
}

plugin!(name: "echo", missions: [echo_mission], operations: [echo]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_and_the_state_stays() {
        let output = echo(Echo { params: json!({"a": [1]}) }).unwrap();
        assert_eq!(output, Output::new().output(json!({"a": [1]})));
        assert_eq!(echo_mission(json!({"b": 2})).unwrap().steps[0].payload.value()["params"], json!({"b": 2}));
    }
}
