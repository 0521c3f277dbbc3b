//! What can be started, and the form for it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use sortie_host::journal::RunId;
use sortie_host::{ExecutionContext, MissionInfo, RegisteredPlugin};

use super::shown;
use crate::app::App;
use crate::extract::{PathInput, QueryInput};
use crate::form::{self, Entries, Field, Misfit};
use crate::guard::SignedForm;
use crate::identity::{Caller, Role};
use crate::layout::{self, Part, form_token, framed, notice};
use crate::problem::Problem;
use crate::reply::{Failure, page, page_of};
use crate::runs::begin;
use crate::text::text;

/// `GET /missions`.
pub(crate) async fn missions(State(app): State<Arc<App>>, who: Caller) -> Response {
    let registry = app.host().registry();
    let main = html! {
        div.head { h1 { "Missions" } p.quiet { "What the registered plugins offer. A mission changes nothing but the state of its run." } }
        ul.cards {
            @for plugin in registry.plugins() {
                @for mission in &plugin.plugin().manifest().missions {
                    li {
                        a.card href=(path(plugin, mission)) {
                            strong { (text(&mission.name)) }
                            span { (text(&mission.description)) }
                            span.quiet { (text(plugin.name())) " " (text(&plugin.plugin().manifest().version)) }
                        }
                    }
                }
            }
        }
    };
    page(framed("Missions", Part::Missions, &who, main))
}

fn path(plugin: &RegisteredPlugin, mission: &MissionInfo) -> String {
    format!("/missions/{}/{}", plugin.name(), mission.name)
}

/// `GET /missions/PLUGIN/NAME`.
pub(crate) async fn mission(
    State(app): State<Arc<App>>,
    PathInput((plugin, name)): PathInput<(String, String)>,
    QueryInput(which): QueryInput<WhichExample>,
    who: Caller,
) -> Result<Response, Failure> {
    let shown = MissionPage { app: &app, who: &who, plugin: &plugin, name: &name, example: which.example };
    Ok(page(shown.page(None, None)?))
}

/// Which of a mission's examples the form is filled with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct WhichExample {
    /// Its place among them, from 0.
    #[serde(default)]
    example: usize,
}

/// The page of a mission.
struct MissionPage<'a> {
    app: &'a App,
    who: &'a Caller,
    plugin: &'a str,
    name: &'a str,
    /// The example that the form begins with, if there is one at this place.
    example: usize,
}

impl MissionPage<'_> {
    fn page(&self, filled: Option<Entries>, problem: Option<&Problem>) -> Result<Markup, Problem> {
        let registry = self.app.host().registry();
        let (plugin, mission) =
            registry.mission(&format!("{}/{}", self.plugin, self.name)).map_err(|error| Problem::of(&error))?;
        let form = form_of(mission);
        let example = mission.examples.get(self.example).cloned().unwrap_or_else(|| json!({}));
        let filled = filled.unwrap_or_else(|| {
            let mut texts = form::spread(&form, &example);
            texts.push(("state".to_owned(), "{}".to_owned()));
            Entries::with(texts)
        });
        let state = filled.texts.iter().find(|(name, _)| name == "state").map_or("{}", |(_, text)| text.as_str());
        let manifest = plugin.plugin().manifest();
        let name = RunId::random()?;
        let main = html! {
            p { a href="/missions" { "← Missions" } }
            div.head {
                h1 { (text(&mission.name)) }
                p { (text(&mission.description)) }
                p.facts { span { "plugin " (text(&manifest.name)) " " (text(&manifest.version)) } span { (text(&manifest.sdk)) } }
            }
            @if let Some(problem) = problem {
                (notice("bad", html! { (layout::sentence(&problem.detail)) @if let Some(help) = &problem.help { " " (layout::sentence(help)) } }))
            }
            @if self.who.may(Role::Start) {
                form.card method="post" action=(path(plugin, mission)) {
                    (form_token(self.who))
                    input type="hidden" name="run" value=(name);
                    h2 { "Start a run" }
                    (form::show(&form, &filled, "param"))
                    div.field {
                        label for="state" { "Initial state" }
                        p.hint id="state-hint" { "A JSON object: it is all that the mission can see." }
                        textarea.code id="state" name="state" rows="6" spellcheck="false" aria-describedby="state-hint" { "\n" (state) }
                    }
                    div.actions { button.primary type="submit" { "Start" } }
                }
            }
            @if !mission.examples.is_empty() {
                details open[mission.examples.len() > 1] {
                    summary { "Examples" }
                    @for (index, example) in mission.examples.iter().enumerate() {
                        (shown::value(example))
                        @if self.who.may(Role::Start) {
                            p { a href=(format!("{}?example={index}", path(plugin, mission))) { "Fill in the form with this example" } }
                        }
                    }
                }
            }
            details { summary { "Schema of the params" } (shown::value(&mission.params_schema)) }
        };
        Ok(framed(&mission.name, Part::Missions, self.who, main))
    }
}

fn form_of(mission: &MissionInfo) -> Field {
    Field::of(&mission.params_schema, "Params")
}

/// `POST /missions/PLUGIN/NAME`: starts a run.
pub(crate) async fn start(
    State(app): State<Arc<App>>,
    PathInput((plugin, name)): PathInput<(String, String)>,
    sent: SignedForm,
) -> Result<Response, Failure> {
    let full = format!("{plugin}/{name}");
    let form = {
        let registry = app.host().registry();
        let (_, mission) = registry.mission(&full).map_err(|error| Problem::of(&error))?;
        form_of(mission)
    };
    let again = MissionPage { app: &app, who: &sent.who, plugin: &plugin, name: &name, example: 0 };
    let misfitting = |misfits: Vec<Misfit>, problem: Option<&Problem>| {
        let filled = Entries::with(sent.fields.clone()).and(misfits);
        Ok(page_of(StatusCode::UNPROCESSABLE_ENTITY, again.page(Some(filled), problem)?))
    };
    let params = match form::read(&form, &sent.fields) {
        Ok(params) => params.unwrap_or_else(|| json!({})),
        Err(misfits) => return misfitting(misfits, None),
    };
    let state = match form::json(sent.get("state").filter(|text| !text.trim().is_empty()).unwrap_or("{}"), "") {
        Ok(state) => state,
        Err(misfits) => {
            let what = misfits.first().map_or("", |misfit| misfit.message.as_str());
            return misfitting(Vec::new(), Some(&Problem::invalid(format!("the state is not JSON: {what}"))));
        }
    };
    let by = sent.who.actor();
    // The page gave the run its name: who sends the form twice starts one run.
    let named = sent.filled("run").map(str::parse::<RunId>).transpose();
    let name = named.map_err(|error| Problem::invalid(error.to_string()))?;
    let started = app.call(move |deployment| {
        let context = ExecutionContext::new(state).map_err(sortie_host::HostError::from)?;
        let draft = deployment.host.build_mission(&full, &params)?;
        begin(deployment, &by, name, draft, &context)
    });
    match started.await.map_err(Problem::from)? {
        Ok((summary, is_new)) => {
            if is_new {
                app.metrics.run_started();
                app.changed();
            }
            let notice = if is_new { "started" } else { "started_before" };
            Ok(Redirect::to(&format!("/runs/{}?notice={notice}", summary.run)).into_response())
        }
        Err(error) => {
            let problem = Problem::from(error);
            let misfits = problem
                .pointer
                .iter()
                .map(|pointer| Misfit { pointer: pointer.clone(), message: problem.detail.clone() });
            misfitting(misfits.collect(), Some(&problem))
        }
    }
}
