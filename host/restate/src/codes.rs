//! The codes of this crate's errors.

sortie_json::codes! {
    [sortie_journal::codes::NO_RANDOMNESS]
    RESTATE_UNREACHABLE = "restate_unreachable", HostFault,
        "Restate cannot be reached.", "check the address, and that the cluster runs";
    RESTATE_TIMED_OUT = "restate_timed_out", HostFault,
        "Restate took too long to answer; Sortie's service may be down, so that Restate keeps trying.",
        "check that the service runs; the request may still take effect, so look before you repeat it";
    RESTATE_URL = "restate_url", Usage,
        "The engine's URL is not that of a Restate server.",
        "write it as `restate://HOST:PORT`, optionally followed by `?admin=HOST:PORT`";
    RESTATE_REFUSED = "restate_refused", HostFault,
        "Restate refused a request; for instance, the service is not registered with it.",
        "register the service: `sortie restate serve --admin URL`";
    RESTATE_UNREADABLE = "restate_unreadable", HostFault,
        "The server at the address is not Restate 1.5 or later.", "check the address";
    RESTATE_ADDRESS = "restate_address", Rejected,
        "The service that Restate calls cannot listen at this address.", "choose another address with `--listen`";
    RESTATE_IDENTITY_KEY = "restate_identity_key", Usage,
        "A key is not a Restate identity key.",
        "give the public key as Restate prints it: `publickeyv1_…`";
    TOO_LARGE_FOR_RESTATE = "too_large_for_restate", Rejected,
        "A request or a step's result is too large for a Restate message.",
        "remove what the mission does not need, or keep the run in a journal";
    INVALID_RESTATE_REQUEST = "invalid_restate_request", Rejected,
        "A request to the service on Restate has unknown members, or is not I-JSON.",
        "send what `sortie restate` sends";
    INVALID_RUN_ID = "invalid_run_id", Rejected,
        "The key of a workflow on Restate is not a valid run id.",
        "use at most 64 letters, digits, `-`, `_` and `.`";
}
