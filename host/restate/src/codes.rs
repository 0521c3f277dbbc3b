//! The codes of this crate's errors.

sortie_json::codes! {
    [sortie_journal::codes::NO_RANDOMNESS]
    RESTATE_UNREACHABLE = "restate_unreachable", HostFault,
        "Restate cannot be reached.", "check the address, and that the cluster runs";
    RESTATE_TIMED_OUT = "restate_timed_out", HostFault,
        "Restate takes too long to answer: its service may be down, so that it tries again.",
        "check that the service runs; what was asked may be done all the same, so look before you ask again";
    RESTATE_URL = "restate_url", Usage,
        "An engine is named by something that is no address of a Restate.",
        "write it as `restate://HOST:PORT`, perhaps with `?admin=HOST:PORT` behind it";
    RESTATE_REFUSED = "restate_refused", HostFault,
        "Restate itself refused what was asked of it: it knows no such service, for instance.",
        "check that a service is registered: `sortie restate serve --admin URL`";
    RESTATE_UNREADABLE = "restate_unreadable", HostFault,
        "What answers at the address is no Restate of 1.5 or later.", "check the address";
    RESTATE_ADDRESS = "restate_address", Rejected,
        "The service that Restate calls cannot listen at this address.", "name another one with `--listen`";
    RESTATE_IDENTITY_KEY = "restate_identity_key", Usage,
        "A key is not one by which a Restate shows that it is the one that calls.",
        "give the public key as Restate prints it: `publickeyv1_…`";
    TOO_LARGE_FOR_RESTATE = "too_large_for_restate", Rejected,
        "A request, or what a step makes, has more bytes than Restate's messages carry.",
        "leave out what the mission does not need, or keep the run in a journal";
    INVALID_RESTATE_REQUEST = "invalid_restate_request", Rejected,
        "A request to the service on Restate has other members than it may, or is not I-JSON.",
        "send what `sortie restate` sends";
    INVALID_RUN_ID = "invalid_run_id", Rejected,
        "The key of a workflow on Restate is no name of a run.",
        "use letters, digits, `-`, `_` and `.`, and no more than 64 of them";
}
