//! `sortie missions`, `sortie operations`, `sortie plugins`.

use clap::Args;
use serde_json::{Value, json};
use sortie_host::{MissionInfo, OperationInfo, RegisteredPlugin};

use crate::error::{CliError, Exit};
use crate::options::{Format, PluginArguments};
use crate::{project, render};

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Show this one, with its schemas.
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) plugins: PluginArguments,
}

/// Lists the missions, or shows one.
pub(crate) fn missions(arguments: &ListArguments, format: Format) -> Result<Exit, CliError> {
    let registry = project::host(&arguments.plugins)?.registry();
    if let Some(name) = &arguments.name {
        let (plugin, info) = registry.mission(name).map_err(sortie_host::HostError::from)?;
        return show(&mission(plugin, info), format);
    }
    let all = registry
        .plugins()
        .flat_map(|plugin| plugin.plugin().manifest().missions.iter().map(move |info| mission(plugin, info)));
    table(&all.collect::<Vec<_>>(), &["name", "plugin", "description"], format)
}

/// Lists the operations, or shows one.
pub(crate) fn operations(arguments: &ListArguments, format: Format) -> Result<Exit, CliError> {
    let registry = project::host(&arguments.plugins)?.registry();
    if let Some(name) = &arguments.name {
        let (plugin, info) = registry.operation(name, None).map_err(sortie_host::HostError::from)?;
        return show(&operation(plugin, info), format);
    }
    let all = registry
        .plugins()
        .flat_map(|plugin| plugin.plugin().manifest().operations.iter().map(move |info| operation(plugin, info)));
    table(&all.collect::<Vec<_>>(), &["name", "plugin", "description"], format)
}

/// Lists the plugins, or shows one.
pub(crate) fn plugins(arguments: &ListArguments, format: Format) -> Result<Exit, CliError> {
    let registry = project::host(&arguments.plugins)?.registry();
    if let Some(name) = &arguments.name {
        return show(&plugin(registry.plugin(name).map_err(sortie_host::HostError::from)?), format);
    }
    let all: Vec<_> = registry.plugins().map(plugin).collect();
    table(&all, &["name", "version", "origin", "digest", "description"], format)
}

fn mission(plugin: &RegisteredPlugin, info: &MissionInfo) -> Value {
    json!({
        "name": info.name,
        "plugin": plugin.name(),
        "description": info.description,
        "params_schema": info.params_schema,
        "examples": info.examples,
    })
}

fn operation(plugin: &RegisteredPlugin, info: &OperationInfo) -> Value {
    json!({
        "name": info.name,
        "plugin": plugin.name(),
        "description": info.description,
        "payload_schema": info.payload_schema,
        "reads": info.reads,
        "writes": info.writes,
        "examples": info.examples.iter().map(|example| json!({"payload": example.payload, "state": example.state})).collect::<Vec<_>>(),
    })
}

fn plugin(registered: &RegisteredPlugin) -> Value {
    let (plugin, manifest) = (registered.plugin(), registered.plugin().manifest());
    json!({
        "name": manifest.name,
        "version": manifest.version,
        "origin": registered.origin(),
        "digest": plugin.digest(),
        "description": manifest.description,
        "sdk": manifest.sdk,
        "bytes": plugin.size(),
        "orchestrates": plugin.orchestrates(),
        "missions": manifest.missions.iter().map(|info| &info.name).collect::<Vec<_>>(),
        "operations": manifest.operations.iter().map(|info| &info.name).collect::<Vec<_>>(),
    })
}

fn show(value: &Value, format: Format) -> Result<Exit, CliError> {
    match format {
        Format::Json => render::print_json(value)?,
        Format::Human => render::print(&format!("{}\n", render::printable_lines(&render::pretty(value))))?,
    }
    Ok(Exit::Done)
}

fn table(rows: &[Value], columns: &[&str], format: Format) -> Result<Exit, CliError> {
    match format {
        Format::Json => render::print_json(&Value::Array(rows.to_vec()))?,
        Format::Human => {
            let text = |row: &Value, column: &str| {
                let text = row.get(column).and_then(Value::as_str).unwrap_or_default();
                // A digest's beginning tells two apart; `--format json` has all of it.
                let text = if column == "digest" { text.get(..12).unwrap_or(text) } else { text };
                render::printable(text)
            };
            let rows = rows.iter().map(|row| columns.iter().map(|column| text(row, column)).collect());
            render::print(&render::table(columns, rows.collect()))?;
        }
    }
    Ok(Exit::Done)
}
