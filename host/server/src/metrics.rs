//! What an operator watches, in the `OpenMetrics` text format. Nothing of params, states or people is in it.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// How the numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exposition {
    /// As `OpenMetrics` has it.
    Open,
    /// As Prometheus had it before, and tools read it.
    Classic,
}

impl Exposition {
    /// The one that a client takes.
    pub(crate) fn accepted(accept: Option<&str>) -> Self {
        if accept.is_some_and(|accept| accept.contains("application/openmetrics-text")) {
            Self::Open
        } else {
            Self::Classic
        }
    }

    /// The media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Open => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Classic => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// Upper bounds of what a request takes, in seconds.
const SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    /// The route's pattern, not the address: an address could be anything.
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: Label,
}

/// One of our own codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Label(&'static str);

impl prometheus_client::encoding::EncodeLabelValue for Label {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.0.encode(encoder)
    }
}

/// The numbers.
pub(crate) struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Request, Counter>,
    seconds: Histogram,
    turned_away: Counter,
    started: Counter,
    decisions: Family<CodeLabel, Counter>,
    work: Family<CodeLabel, Counter>,
    notifications: Family<CodeLabel, Counter>,
    fuel: Counter,
    waiting: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("sortie")),
            requests: Family::default(),
            seconds: Histogram::new(SECONDS),
            turned_away: Counter::default(),
            started: Counter::default(),
            decisions: Family::default(),
            work: Family::default(),
            notifications: Family::default(),
            fuel: Counter::default(),
            waiting: Gauge::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&self) {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register("http_requests", "Requests that were answered", self.requests.clone());
        registry.register_with_unit("http_request_duration", "What requests took", Unit::Seconds, self.seconds.clone());
        registry.register("turned_away", "Requests for which there was too much to do", self.turned_away.clone());
        registry.register("runs_started", "Runs that were started", self.started.clone());
        registry.register("decisions", "Decisions that were sent, by what came of each", self.decisions.clone());
        registry.register("work", "What workers did, by what came of it", self.work.clone());
        registry.register("notifications", "Messages to receivers, by what became of each", self.notifications.clone());
        registry.register("fuel_used", "Fuel of the results that this server has made", self.fuel.clone());
        registry.register("runs_waiting", "Runs that wait for a person", self.waiting.clone());
    }

    pub(crate) fn request(&self, route: &str, status: u16, took: Duration) {
        self.requests.get_or_create(&Request { route: route.to_owned(), status }).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn turned_away(&self) {
        self.turned_away.inc();
    }

    pub(crate) fn run_started(&self) {
        self.started.inc();
    }

    pub(crate) fn decision(&self, code: &'static str) {
        self.decisions.get_or_create(&CodeLabel { code: Label(code) }).inc();
    }

    pub(crate) fn work(&self, code: &'static str) {
        self.work.get_or_create(&CodeLabel { code: Label(code) }).inc();
    }

    pub(crate) fn notification(&self, code: &'static str) {
        self.notifications.get_or_create(&CodeLabel { code: Label(code) }).inc();
    }

    pub(crate) fn fuel(&self, fuel: u64) {
        self.fuel.inc_by(fuel);
    }

    /// All numbers as text, with how many runs wait.
    pub(crate) fn text(&self, waiting: usize, exposition: Exposition) -> String {
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing to a string does not fail.
        let _ = encode(&mut text, &registry);
        match exposition {
            Exposition::Open => text,
            Exposition::Classic => classic(&text),
        }
    }
}

/// The text of `OpenMetrics` in the older form, in which a counter's family has the name of its samples, and units and the
/// end are not written.
fn classic(open: &str) -> String {
    let counters: Vec<&str> =
        open.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    let mut text = String::with_capacity(open.len());
    for line in open.lines().filter(|line| !line.starts_with("# UNIT ") && *line != "# EOF") {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some(kind), Some(name), Some(rest)) if counters.contains(&name) => {
                text.push_str(&format!("# {kind} {name}_total {rest}\n"));
            }
            _ => text.push_str(&format!("{line}\n")),
        }
    }
    text
}
