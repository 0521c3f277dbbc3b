//! The codes of what the server itself rejects.

sortie_json::codes! {
    NOT_SIGNED_IN = "not_signed_in", Rejected,
        "The server does not know who asks.",
        "open the address that `sortie serve` printed, or send `Authorization: Bearer TOKEN`";
    NOT_ALLOWED = "not_allowed", Rejected,
        "Whoever asks has no role that allows it.", "ask somebody whose role is `start`, `decide` or `admin`";
    TOKEN_DECIDES = "token_decides", Rejected,
        "Software that acts for somebody has a token with which it could decide in their place.",
        "give it the token of a user whose role is `start` or `view`";
    FORGED_REQUEST = "forged_request", Rejected,
        "A request does not come from a page of this server, or from a page that is too old.",
        "load the page again, and send it from there";
    WRONG_HOST = "wrong_host", Rejected,
        "A request names another host than the server's.",
        "use the address that `sortie serve` printed, or tell the server its name with `--public-url`";
    SERVER_BUSY = "server_busy", HostFault,
        "The server has as much to do as it takes on at once.", "try again in a few seconds";
    TOO_MANY_REQUESTS = "too_many_requests", Rejected,
        "Somebody asks more often than the server answers them, or has sent too many wrong tokens.",
        "ask less often: `Retry-After` says when to ask again";
    INVALID_REQUEST = "invalid_request", Rejected,
        "A request does not have the form that the interface describes.", "see `/openapi.json`";
    REQUEST_TOO_LARGE = "request_too_large", Rejected,
        "A request has more bytes than the server reads.", "send less: the state of a run has a limit, too";
    REQUEST_TIMEOUT = "request_timeout", Rejected,
        "A request was not sent to its end in time.", "send it at once: its body has half a minute";
    NO_SUCH_PAGE = "no_such_page", Rejected,
        "There is nothing at this address.", "`/` is the inbox, and `/openapi.json` lists what programs can ask for";
    WRONG_METHOD = "wrong_method", Rejected,
        "What is at this address is not asked for in this way.", "`/openapi.json` lists the methods";
    SERVER_ADDRESS = "server_address", Rejected,
        "The server cannot listen at this address.", "name another one with `--listen`";
    USERS_NEEDED = "users_needed", Usage,
        "A server that others can reach has to know who they are.",
        "name the users with `--users FILE`, or listen on 127.0.0.1";
    INVALID_USERS = "invalid_users", Rejected,
        "The file of users does not have the right form.",
        "write `[NAME]`, `role = \"view\" | \"start\" | \"decide\" | \"admin\"` and `token_sha256 = \"…\"` for each";
    PASSKEYS_FILE = "passkeys_file", Rejected,
        "The file of passkeys cannot be read or written, or is another one.",
        "name a file that the server wrote, or one that does not exist, in a folder that it may write";
    INVALID_PASSKEY = "invalid_passkey", Rejected,
        "A passkey is not registered here, or cannot be.",
        "sign in with your token, and look at `/passkeys`";
    NO_PASSKEYS = "no_passkeys", Rejected,
        "The server keeps no passkeys, or its address has no name that they could be for.",
        "start it with `--passkeys FILE`, and `--public-url https://NAME` where it is not for this machine alone";
    STALE_CHALLENGE = "stale_challenge", Rejected,
        "A passkey answers what was not asked, not in this session, or too long ago.", "try again from the page";
    NO_SUCH_STEP = "no_such_step", Rejected,
        "The run has executed no step of this name.", "the run's page lists its steps";
    NO_RESULT_YET = "no_result_yet", Rejected,
        "The run has no result yet, so there is nothing to bundle or to verify.", "wait until it has ended";
    UNFIT_ANSWER = "unfit_answer", Rejected,
        "The answer in a form is not one that the question takes.", "the page says beside each field what fits";
    NOT_ASKED = "not_asked", Rejected,
        "The run is not waiting for an answer, or asks something else by now.", "load its page again";
}
