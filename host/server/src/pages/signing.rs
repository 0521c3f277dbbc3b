//! Decisions that a person signs with a passkey: what is to be signed, and what was.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use sortie_host::journal::RunId;

use super::decision::{make, read};
use super::passkeys::{SentAssertion, browser_of, request, site, stale};
use crate::api::Reply;
use crate::app::{App, Purpose};
use crate::decision::UnsignedDraft;
use crate::extract::PathInput;
use crate::guard::SignedForm;
use crate::problem::Problem;
use crate::reply::Failure;

/// `POST /runs/RUN/sign`: what a passkey is asked to sign for the decision that a form says. Decides nothing.
pub(crate) async fn sign(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    sent: SignedForm,
) -> Result<Reply<Value>, Problem> {
    let site = site(&app)?;
    let decision = read(&app, &run, &sent).await?.map_err(|misfits| {
        let first = misfits.into_iter().next();
        let (at, message) = first.map_or_else(Default::default, |misfit| (misfit.pointer, misfit.message));
        Problem::new(crate::codes::UNFIT_ANSWER, message).at(at)
    })?;
    let draft = UnsignedDraft { decision, at: app.now() };
    let unsigned = draft.unsigned().ok_or_else(|| Problem::invalid("the form has no `question`"))?;
    let challenge = unsigned.challenge(draft.at).map_err(|error| Problem::of(&error))?;
    let own = site.kept.of(&sent.who.user);
    site.asked.ask(&challenge, browser_of(&sent.who)?, Purpose::Sign(Box::new(draft)), app.now());
    Ok(Reply(StatusCode::OK, request(&site.server, &challenge, &own)))
}

/// `POST /runs/RUN/signed`: decides what was signed, whatever else the form says.
pub(crate) async fn signed(
    State(app): State<Arc<App>>,
    PathInput(run): PathInput<RunId>,
    sent: SignedForm,
) -> Result<Response, Failure> {
    let site = site(&app)?;
    let given = SentAssertion::read(&sent.fields)?;
    let challenge = given.assertion().claimed_challenge().ok_or_else(stale)?;
    let Some(Purpose::Sign(draft)) = site.asked.take(&challenge, browser_of(&sent.who)?, app.now()) else {
        return Err(stale().into());
    };
    if draft.decision.run != run || draft.decision.actor != sent.who.actor() {
        return Err(stale().into());
    }
    let (kept, server, user) = (Arc::clone(&site.kept), site.server.clone(), sent.who.user.clone());
    let decision = app.read(move |_| {
        let assertion = given.assertion();
        let record = kept.authenticate(&server, Some(&user), &given.credential, (&challenge, &assertion));
        let record = record.map_err(|error| Problem::of(&error))?;
        let unsigned = draft.unsigned().ok_or_else(stale)?;
        let signature = unsigned.signed_by_passkey(&record.key, draft.at, &assertion);
        let signature = signature.map_err(|error| Problem::of(&error))?;
        let mut decision = draft.decision;
        decision.signature = Some(signature);
        Ok::<_, Problem>(decision)
    });
    make(&app, &sent, decision.await.map_err(Problem::from)??).await
}
