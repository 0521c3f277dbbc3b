//! What can be started.

use std::sync::Arc;

use axum::extract::State;
use sortie_host::{MissionInfo, RegisteredPlugin};

use super::types::{MissionList, MissionView, PluginList, PluginView};
use super::{ApiResult, ok};
use crate::app::App;
use crate::extract::PathInput;
use crate::problem::Problem;

/// `GET /api/v1/missions`.
pub(crate) async fn missions(State(app): State<Arc<App>>) -> ApiResult<MissionList> {
    let registry = app.host().registry();
    let of = |plugin: &RegisteredPlugin| {
        plugin.plugin().manifest().missions.iter().map(|mission| view(plugin, mission)).collect::<Vec<_>>()
    };
    ok(MissionList { missions: registry.plugins().flat_map(of).collect() })
}

/// `GET /api/v1/missions/PLUGIN/NAME`.
pub(crate) async fn mission(
    State(app): State<Arc<App>>,
    PathInput((plugin, name)): PathInput<(String, String)>,
) -> ApiResult<MissionView> {
    let registry = app.host().registry();
    let found = registry.mission(&format!("{plugin}/{name}"));
    let (plugin, mission) = found.map_err(|error| Problem::of(&error))?;
    ok(view(plugin, mission))
}

pub(crate) fn view(plugin: &RegisteredPlugin, mission: &MissionInfo) -> MissionView {
    MissionView {
        name: format!("{}/{}", plugin.name(), mission.name),
        description: mission.description.clone(),
        plugin: plugin.name().to_owned(),
        digest: plugin.plugin().digest().to_string(),
        params_schema: mission.params_schema.clone(),
        examples: mission.examples.clone(),
    }
}

/// `GET /api/v1/plugins`.
pub(crate) async fn plugins(State(app): State<Arc<App>>) -> ApiResult<PluginList> {
    let registry = app.host().registry();
    let view = |plugin: &RegisteredPlugin| {
        let manifest = plugin.plugin().manifest();
        PluginView {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            description: manifest.description.clone(),
            digest: plugin.plugin().digest().to_string(),
            origin: plugin.origin().to_owned(),
            orchestrates: plugin.plugin().orchestrates(),
            manifest: serde_json::to_value(manifest).unwrap_or_default(),
        }
    };
    ok(PluginList { plugins: registry.plugins().map(view).collect() })
}
