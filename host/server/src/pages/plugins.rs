//! What is registered: what each plugin may see and change, in words.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use sortie_host::{OperationInfo, RegisteredPlugin};
use sortie_interface::Region;

use super::shown;
use crate::app::App;
use crate::identity::Caller;
use crate::layout::{Part, framed, hash};
use crate::reply::page;
use crate::text::text;

/// `GET /plugins`.
pub(crate) async fn plugins(State(app): State<Arc<App>>, who: Caller) -> Response {
    let registry = app.host().registry();
    let main = html! {
        div.head { h1 { "Plugins" } p.quiet { "Each is one WebAssembly file. It sees only what it is given, and can do nothing but return a result." } }
        @for plugin in registry.plugins() { (one(plugin)) }
    };
    page(framed("Plugins", Part::Plugins, &who, main))
}

fn one(plugin: &RegisteredPlugin) -> Markup {
    let manifest = plugin.plugin().manifest();
    html! {
        section.card id=(manifest.name) aria-label=(text(&manifest.name)) {
            h2 { (text(&manifest.name)) " " span.quiet { (text(&manifest.version)) } }
            p { (text(&manifest.description)) }
            p.facts {
                span { "from " (text(plugin.origin())) }
                span { (text(&manifest.sdk)) }
                span { "digest " (hash(&plugin.plugin().digest().to_string())) }
                @if plugin.plugin().orchestrates() { span { "runs missions itself" } }
            }
            @if !manifest.missions.is_empty() {
                h3 { "Missions" }
                ul.plain {
                    @for mission in &manifest.missions {
                        li { a href=(format!("/missions/{}/{}", manifest.name, mission.name)) { (text(&mission.name)) } " " span.quiet { (text(&mission.description)) } }
                    }
                }
            }
            @if !manifest.operations.is_empty() {
                details {
                    summary { (counted(manifest.operations.len(), "operation")) }
                    @for operation in &manifest.operations { (self::operation(operation)) }
                }
            }
        }
    }
}

fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn operation(operation: &OperationInfo) -> Markup {
    html! {
        div.operation {
            h4 { (text(&operation.name)) }
            p { (text(&operation.description)) }
            p { "Reads " (regions(&operation.reads)) "; writes " (regions(&operation.writes)) "." }
            details { summary { "Schema of the payload" } (shown::value(&operation.payload_schema)) }
            @if !operation.examples.is_empty() {
                details { summary { "Examples" } @for example in &operation.examples { (shown::value(&example.payload)) } }
            }
        }
    }
}

/// Parts of the state, in words.
fn regions(regions: &[Region]) -> Markup {
    if regions.is_empty() {
        return html! { strong { "nothing of the state" } };
    }
    let region = |region: &Region| match region {
        Region::State(at) if at.is_root() => html! { strong { "the whole state" } },
        Region::State(at) => html! { code { (text(at.as_str())) } },
        Region::Payload(at) => html! { "what the payload names at " code { (text(at.as_str())) } },
    };
    html! { @for (index, one) in regions.iter().enumerate() { @if index > 0 { ", " } (region(one)) } }
}
