//! The HTTP client of the export: the one that notifications are sent with, so that there is no other.

use std::pin::Pin;
use std::time::Duration;

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};

/// How long one batch may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The greatest answer of a collector that is read, in bytes.
const MAX_ANSWER: u64 = 64 << 10;

/// Sends batches. It blocks, which the thread that exports may.
#[derive(Debug)]
pub(crate) struct Client {
    agent: ureq::Agent,
}

impl Default for Client {
    fn default() -> Self {
        // A batch that a collector would have elsewhere goes nowhere: it is sent to whom it was meant for.
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).timeout_global(Some(PATIENCE));
        Self { agent: config.build().into() }
    }
}

impl Client {
    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let response = self.agent.run(Request::from_parts(parts, &*body))?;
        let (parts, mut body) = response.into_parts();
        let bytes = body.with_config().limit(MAX_ANSWER).read_to_vec()?;
        Ok(Response::from_parts(parts, bytes.into()))
    }
}

impl HttpClient for Client {
    fn send_bytes<'client, 'sent>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sent>>
    where
        'client: 'sent,
        Self: 'sent,
    {
        Box::pin(async move { self.send(request) })
    }
}
