//! The codes of this crate's errors.

sortie_json::codes! {
    COLLECTOR_URL = "collector_url", Usage,
        "Spans are to be sent to something that is no address of a collector of OpenTelemetry.",
        "write it as `http://HOST:4318`: the address of its receiver for OTLP over HTTP";
}
