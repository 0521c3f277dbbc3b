//! A webhook as a receiver, signed as [Standard Webhooks](https://www.standardwebhooks.com) say.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac_sha256::HMAC;
use sortie_host::journal::{Clock, SystemClock};

use crate::notify::{Message, Receiver};

/// How long a receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// A URL that each message is posted to, with its id, the time and a signature of both and the body: headers `webhook-id`,
/// `webhook-timestamp` and `webhook-signature`. It has the message once it answers with a status from 200 to 299. A
/// redirect is not followed: what is signed for one place goes to no other.
///
/// ```
/// use sortie_worker::{Secret, Webhook};
///
/// let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
/// // What the receiver has to find in the header `webhook-signature`.
/// let body = r#"{"type":"run.waiting"}"#;
/// assert!(secret.sign("msg_1", 1_767_225_600, body).starts_with("v1,"));
///
/// let webhook = Webhook::new("https://hooks.example.org/sortie", secret);
/// # let _: &dyn sortie_worker::Receiver = &webhook;
/// # Ok::<(), sortie_worker::InvalidSecret>(())
/// ```
#[derive(Clone)]
pub struct Webhook {
    url: String,
    secret: Secret,
    agent: ureq::Agent,
    clock: Arc<dyn Clock>,
}

/// What signs messages: 24 to 64 random bytes that the receiver has, too. As text it is `whsec_` and base64.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

/// Text that is no secret. It is not repeated, as it may be one with a slip in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook's secret is `whsec_` followed by 24 to 64 bytes in base64")]
pub struct InvalidSecret;

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("url", &self.url).finish_non_exhaustive()
    }
}

impl std::str::FromStr for Secret {
    type Err = InvalidSecret;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("whsec_").ok_or(InvalidSecret)?;
        let bytes = BASE64.decode(digits).map_err(|_| InvalidSecret)?;
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(InvalidSecret) }
    }
}

impl Secret {
    /// The signature of a message: `v1,` and the base64 of the HMAC-SHA256 (RFC 2104) over id, time in seconds and body,
    /// with dots in between.
    #[must_use]
    pub fn sign(&self, id: &str, seconds: i64, body: &str) -> String {
        let signed = format!("{id}.{seconds}.{body}");
        format!("v1,{}", BASE64.encode(HMAC::mac(signed.as_bytes(), &self.0)))
    }
}

impl Webhook {
    /// The webhook of that URL.
    #[must_use]
    pub fn new(url: &str, secret: Secret) -> Self {
        let agent = agent(PATIENCE);
        Self { url: url.to_owned(), secret, agent, clock: Arc::new(SystemClock) }
    }

    /// The same webhook, whose receiver may take so long to answer.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { agent: agent(patience), ..self }
    }
}

fn agent(patience: Duration) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(patience))
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent(concat!("sortie/", env!("CARGO_PKG_VERSION")))
        .build();
    config.into()
}

impl Receiver for Webhook {
    fn deliver(&self, message: &Message) -> Result<(), String> {
        let body = message.body.to_string();
        let seconds = self.clock.now().as_millis().div_euclid(1000);
        let request = self.agent.post(&self.url).header("content-type", "application/json");
        let request = request.header("webhook-id", &message.id).header("webhook-timestamp", seconds.to_string());
        let request = request.header("webhook-signature", self.secret.sign(&message.id, seconds, &body));
        let response = request.send(body.as_str()).map_err(|error| error.to_string())?;
        match response.status().as_u16() {
            200..=299 => Ok(()),
            status => Err(format!("the receiver answered with status {status}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_signed_as_the_standard_has_it() {
        // The example of the specification of Standard Webhooks.
        let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_repeated() {
        for wrong in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_*"] {
            let error = wrong.parse::<Secret>().unwrap_err();
            assert!(wrong.is_empty() || !error.to_string().contains(wrong) || wrong == "whsec_");
        }
        let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
