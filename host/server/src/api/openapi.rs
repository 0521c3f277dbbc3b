//! What the interface is, as `OpenAPI` 3.1: made from the types that it reads and writes.

use axum::http::Method;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::types::{
    CancelRequest, CancelView, ChangeView, DecisionRequest, DecisionView, MissionList, MissionView, PluginList,
    PreviewList, PreviewRequest, PreviewView, RunDetails, RunList, RunView, StartRequest, StateView, VerifyView,
};
use super::{ApiResult, ok};
use crate::identity::Role;
use crate::problem::Problem;

/// `GET /openapi.json`.
pub(crate) async fn openapi() -> ApiResult<Value> {
    ok(document())
}

/// One thing that programs can ask for.
pub(crate) struct Operation {
    pub(crate) method: Method,
    /// The route, with its variables in braces.
    pub(crate) path: &'static str,
    /// The role that it takes.
    pub(crate) role: Role,
    id: &'static str,
    summary: &'static str,
    /// The parameters in the query: name and meaning.
    query: &'static [(&'static str, &'static str)],
    request: Option<fn(&mut SchemaGenerator) -> Schema>,
    headers: &'static [(&'static str, &'static str)],
    status: &'static str,
    /// What the answer is written in.
    media: &'static str,
    response: fn(&mut SchemaGenerator) -> Schema,
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

fn anything(_: &mut SchemaGenerator) -> Schema {
    Schema::default()
}

/// Makes the schema of what is sent or got.
type Form = fn(&mut SchemaGenerator) -> Schema;

fn get(path: &'static str, id: &'static str, summary: &'static str, response: Form) -> Operation {
    Operation {
        method: Method::GET,
        path,
        role: Role::View,
        id,
        summary,
        query: &[],
        headers: &[],
        request: None,
        status: "200",
        media: "application/json",
        response,
    }
}

fn post(
    (path, role): (&'static str, Role),
    id: &'static str,
    summary: &'static str,
    request: Option<Form>,
    response: Form,
) -> Operation {
    Operation { method: Method::POST, role, request, ..get(path, id, summary, response) }
}

/// All that programs can ask for.
pub(crate) fn operations() -> Vec<Operation> {
    let mut operations = of_lists();
    operations.extend(of_a_run());
    operations
}

/// What there is, starting a run, and watching all.
fn of_lists() -> Vec<Operation> {
    vec![
        get(
            "/api/v1/missions",
            "listMissions",
            "List the missions, with the schemas of their params.",
            of::<MissionList>,
        ),
        get("/api/v1/missions/{plugin}/{name}", "showMission", "Show a mission.", of::<MissionView>),
        get("/api/v1/plugins", "listPlugins", "List the plugins, with their manifests.", of::<PluginList>),
        Operation {
            query: &[
                ("status", "Only runs of these statuses, with commas between them."),
                ("mission", "Only runs of this mission."),
                ("assignee", "Only runs whose last question this person may answer."),
                ("started_by", "Only runs that this person started."),
                ("sort", "`oldest`, `newest`, `changed` (the last change first) or `due` (the first deadline first)."),
                ("cursor", "Only what comes after: `next` of the page before, in the same order."),
                ("limit", "No more than this many, and never more than 100."),
            ],
            ..get(
                "/api/v1/runs",
                "listRuns",
                "List runs, a page at a time; the oldest first, if nothing else is asked for.",
                of::<RunList>,
            )
        },
        Operation {
            status: "201",
            headers: &[(
                "Idempotency-Key",
                "A request with the same key of the same user starts no second run, and gets the first with the status 200.",
            )],
            ..post(
                ("/api/v1/runs", Role::Start),
                "startRun",
                "Start a run of a mission, to its first question or its end.",
                Some(of::<StartRequest>),
                of::<RunView>,
            )
        },
        Operation {
            query: &[("after", "The id of the last event that was got; without it and `Last-Event-ID`, from now on.")],
            media: "text/event-stream",
            ..get(
                "/api/v1/events",
                "watchRuns",
                "Watch what happens to runs: server-sent events of the type `change`. `Last-Event-ID` misses nothing.",
                of::<ChangeView>,
            )
        },
    ]
}

/// What can be asked of one run.
fn of_a_run() -> Vec<Operation> {
    vec![
        get(
            "/api/v1/runs/{run}",
            "showRun",
            "Show a run: its steps, its state, what it asks, its result.",
            of::<RunDetails>,
        ),
        Operation {
            query: &[("after", "The step; without it, the state that the run began with.")],
            ..get("/api/v1/runs/{run}/state", "showState", "Show the state of a run after a step.", of::<StateView>)
        },
        get(
            "/api/v1/runs/{run}/preview",
            "previewOffered",
            "Show what follows from each answer that the question offers. Changes nothing.",
            of::<PreviewList>,
        ),
        post(
            ("/api/v1/runs/{run}/preview", Role::View),
            "previewAnswer",
            "Show what follows from an answer. Changes nothing.",
            Some(of::<PreviewRequest>),
            of::<PreviewView>,
        ),
        post(
            ("/api/v1/runs/{run}/decision", Role::Decide),
            "decide",
            "Answer what a run asks, and resume it.",
            Some(of::<DecisionRequest>),
            of::<DecisionView>,
        ),
        post(
            ("/api/v1/runs/{run}/cancel", Role::Admin),
            "cancelRun",
            "End a run that has not ended.",
            Some(of::<CancelRequest>),
            of::<CancelView>,
        ),
        get(
            "/api/v1/runs/{run}/bundle",
            "bundleRun",
            "Get a result with all that it was made of (`bundle@3`).",
            anything,
        ),
        post(
            ("/api/v1/runs/{run}/verify", Role::View),
            "verifyRun",
            "Make a result again from its bundle, and compare.",
            None,
            of::<VerifyView>,
        ),
    ]
}

/// The document.
pub(crate) fn document() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let problem = of::<Problem>(&mut generator);
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations() {
        let described = described(&operation, &problem, &mut generator);
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(operation.method.as_str().to_lowercase(), described);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Sortie",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Start missions, watch their runs, decide what they ask, and check what came of them.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": generator.take_definitions(true),
        },
    })
}

fn described(operation: &Operation, problem: &Schema, generator: &mut SchemaGenerator) -> Value {
    let variable = |part: &'static str| part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
    let in_path = operation.path.split('/').filter_map(variable);
    let in_path =
        in_path.map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
    let in_query = operation.query.iter().map(|(name, description)| {
        let schema = match *name {
            "limit" => json!({"type": "integer", "minimum": 1}),
            "sort" => json!({"type": "string", "enum": ["oldest", "newest", "changed", "due"]}),
            _ => json!({"type": "string"}),
        };
        json!({"name": name, "in": "query", "description": description, "schema": schema})
    });
    let in_headers = operation.headers.iter().map(|(name, description)| {
        json!({"name": name, "in": "header", "description": description, "schema": {"type": "string"}})
    });
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "description": format!("Takes the role `{}`.", operation.role.word()),
        "parameters": in_path.chain(in_query).chain(in_headers).collect::<Vec<_>>(),
        "responses": {
            operation.status: {
                "description": "Done.",
                "content": {operation.media: {"schema": (operation.response)(generator)}},
            },
            "default": {
                "description": "A problem (RFC 9457), with the code that the command's errors have too.",
                "content": {"application/problem+json": {"schema": problem}},
            },
        },
    });
    if let (Some(request), Some(members)) = (operation.request, described.as_object_mut()) {
        let content = json!({"application/json": {"schema": request(generator)}});
        members.insert("requestBody".to_owned(), json!({"required": true, "content": content}));
    }
    described
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_in_the_document_leads_somewhere_and_every_id_is_used_once() {
        let document = document();
        let text = document.to_string();
        let references = text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next());
        assert!(references.clone().count() > 10);
        for reference in references {
            assert!(document.pointer(reference).is_some(), "{reference}");
        }
        let mut ids: Vec<_> = operations().iter().map(|operation| operation.id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
