//! A Sortie plugin that greets.

use sortie_plugin_sdk::prelude::*;

/// Who is greeted.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Greeting {
    name: String,
}

/// Greets somebody.
#[mission(examples = [json!({"name": "Ada"})])]
pub fn hello(params: Greeting) -> Result<Workflow> {
    Ok(Workflow::new("hello").step("greet", "greet", &params))
}

/// Writes a greeting into the state.
#[operation(writes = ["/greeting"], examples = [(json!({"name": "Ada"}), json!({}))])]
pub fn greet(payload: Greeting) -> Result<Output> {
    let name = payload.name.trim();
    if name.is_empty() {
        return Err(Failure::new("nobody", "there is nobody to greet"));
    }
    Ok(Output::new().set("/greeting", format!("Hello, {name}!")))
}

plugin!(missions: [hello], operations: [greet]);

#[cfg(test)]
mod tests {
    use super::*;

    fn greeting(name: &str) -> Greeting {
        Greeting { name: name.to_owned() }
    }

    #[test]
    fn the_mission_has_one_step() {
        let workflow = hello(greeting("Ada")).unwrap();
        assert_eq!(workflow.steps.len(), 1);
        assert_eq!(workflow.steps[0].payload, json!({"operation": "greet", "name": "Ada"}));
    }

    #[test]
    fn somebody_is_greeted() {
        assert_eq!(greet(greeting(" Ada ")).unwrap(), Output::new().set("/greeting", "Hello, Ada!"));
    }

    #[test]
    fn nobody_is_not_greeted() {
        assert_eq!(greet(greeting(" ")).unwrap_err().code, "nobody");
    }
}
