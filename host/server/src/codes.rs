//! The codes of what the server itself rejects.

sortie_json::codes! {
    NOT_SIGNED_IN = "not_signed_in", Rejected,
        "The server does not know who you are.",
        "open the address that `sortie serve` printed, or send `Authorization: Bearer TOKEN`";
    NOT_ALLOWED = "not_allowed", Rejected,
        "Your role does not allow this.",
        "ask somebody whose role does: `start` allows more than `view`, `decide` more than `start`, and `admin` everything";
    TOKEN_DECIDES = "token_decides", Rejected,
        "An agent's token must not be able to decide for a person.",
        "give it the token of a user with the role `start` or `view`";
    FORGED_REQUEST = "forged_request", Rejected,
        "A request does not come from a page of this server, or the page is too old.",
        "reload the page, and send the request from there";
    WRONG_HOST = "wrong_host", Rejected,
        "A request names a host that is not this server.",
        "use the address that `sortie serve` printed, or tell the server its name with `--public-url`";
    SERVER_BUSY = "server_busy", HostFault,
        "The server is busy.", "try again in a few seconds";
    TOO_MANY_REQUESTS = "too_many_requests", Rejected,
        "Too many requests, or too many wrong tokens.",
        "wait: `Retry-After` says for how long";
    INVALID_REQUEST = "invalid_request", Rejected,
        "A request does not have the form that the API describes.", "see `/openapi.json`";
    REQUEST_TOO_LARGE = "request_too_large", Rejected,
        "A request is larger than the limit.", "send less: a run's state has a limit, too";
    ENCODED_BODY = "encoded_body", Rejected,
        "The body of a request is compressed.", "send it as it is, without `Content-Encoding`";
    REQUEST_TIMEOUT = "request_timeout", Rejected,
        "A request was not sent completely in time.", "send the whole body within 30 seconds";
    NO_SUCH_PAGE = "no_such_page", Rejected,
        "There is nothing at this address.", "`/` is the inbox, and `/openapi.json` describes the API";
    WRONG_METHOD = "wrong_method", Rejected,
        "This address does not accept this method.", "`/openapi.json` lists the methods";
    SERVER_ADDRESS = "server_address", Rejected,
        "The server cannot listen at this address.", "choose another address with `--listen`";
    USERS_NEEDED = "users_needed", Usage,
        "A server that others can reach needs users.",
        "give a file of users with `--users FILE`, or listen on 127.0.0.1";
    INVALID_USERS = "invalid_users", Rejected,
        "The file of users is invalid.",
        "write `[NAME]`, `role = \"view\" | \"start\" | \"decide\" | \"admin\"` and `token_sha256 = \"…\"` for each";
    PASSKEYS_FILE = "passkeys_file", Rejected,
        "The file of passkeys cannot be read or written, or is not one.",
        "name a file that the server wrote, or a new file in a folder that it can write to";
    INVALID_PASSKEY = "invalid_passkey", Rejected,
        "A passkey is not registered here, or cannot be registered.",
        "sign in with your token, and look at `/passkeys`";
    NO_PASSKEYS = "no_passkeys", Rejected,
        "The server keeps no passkeys, or its address has no domain name for them.",
        "start it with `--passkeys FILE`, and with `--public-url https://NAME` if it serves other machines";
    STALE_CHALLENGE = "stale_challenge", Rejected,
        "A passkey's response is for another session or an older request.", "try again from the page";
    NO_SUCH_STEP = "no_such_step", Rejected,
        "The run has not executed a step with this name.", "the run's page lists its steps";
    NO_RESULT_YET = "no_result_yet", Rejected,
        "The run has no result to bundle or verify yet.", "wait until it has ended";
    UNFIT_ANSWER = "unfit_answer", Rejected,
        "The question does not accept the form's answer.", "see what the page says beside each field";
    NOT_ASKED = "not_asked", Rejected,
        "The run is not waiting for an answer, or is asking something else by now.", "reload its page";
}
