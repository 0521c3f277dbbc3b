//! The codes of what can be wrong with a document, and those that errors of crates have which do not know each other.

crate::codes! {
    EMPTY_DOCUMENT = "empty_document", Rejected, "A document is empty.", "write a value into it";
    DOCUMENT_TOO_LARGE = "document_too_large", Rejected,
        "A document is larger than its limit.", "split it, or remove what is not needed";
    NOT_UTF8 = "not_utf8", Rejected, "A document is not UTF-8.", "save it as UTF-8";
    BYTE_ORDER_MARK = "byte_order_mark", Rejected,
        "A JSON document starts with a byte order mark.", "save it as UTF-8 without one";
    BYTE_ORDER_MARK_WITHIN = "byte_order_mark_within", Rejected,
        "A YAML document has a byte order mark that is not at its start.", "remove the character";
    NONCHARACTER = "noncharacter", Rejected,
        "A text contains a code point that is not a character (RFC 7493, section 2.1).",
        "remove it, or write U+FFFD in its place";
    SYNTAX_ERROR = "syntax_error", Rejected,
        "A document is not valid JSON, YAML or TOML.", "fix it at the place shown";
    LONE_SURROGATE = "lone_surrogate", Rejected,
        "A string contains half of a surrogate pair (RFC 7493, section 2.1).", "write the whole character";
    DUPLICATE_KEY = "duplicate_key", Rejected,
        "An object has the same key twice (RFC 7493, section 2.3).", "remove one of the two";
    INTEGER_OUT_OF_RANGE = "integer_out_of_range", Rejected,
        "An integer is beyond ±(2^53 - 1), so programs would read it differently (RFC 7493, section 2.2).",
        "write it as a string";
    NUMBER_OUT_OF_RANGE = "number_out_of_range", Rejected,
        "A number is too large for a double.", "write it as a string";
    NESTING_TOO_DEEP = "nesting_too_deep", Rejected,
        "A document is nested more than 128 levels deep.", "nest less deeply";
    TOO_MANY_VALUES = "too_many_values", Rejected,
        "The values of a document take more memory than its limit: 8 bytes each, 8 for each key, and 64 more for each object.",
        "split it, or remove what is not needed";
    KEY_NOT_STRING = "key_not_string", Rejected, "A key in YAML is not a string.", "quote it";
    MERGE_OF_OTHER = "merge_of_other", Rejected,
        "The value of a merge key `<<` in YAML is neither an object nor a list of objects.",
        "quote the key if it is an ordinary one";
    YAML_1_1_SCALAR = "yaml_1_1_scalar", Rejected,
        "A YAML scalar had another meaning in YAML 1.1: a warning, or an error with `--strict`.",
        "write what you mean";
    FLOW_TOO_LONG = "flow_too_long", Rejected,
        "A YAML value in brackets is too long.", "write the document as JSON";
    TOO_MANY_ANCHORS = "too_many_anchors", Rejected,
        "A YAML document has too many anchors.", "leave out those that no alias refers to";
    ALIAS_EXPANSION_TOO_LARGE = "alias_expansion_too_large", Rejected,
        "The aliases of a YAML document expand to too much.", "write out only what is needed";
    ALIAS_OF_ITSELF = "alias_of_itself", Rejected,
        "A YAML alias refers to a value that contains it.", "write out what you mean";
    MORE_THAN_ONE_DOCUMENT = "more_than_one_document", Rejected,
        "A YAML file has more than one document.", "split the file";
    UNKNOWN_TAG = "unknown_tag", Rejected, "A YAML tag is not in the core schema.", "remove the tag";
    TAG_MISMATCH = "tag_mismatch", Rejected, "A YAML value does not match its tag.", "fix the value, or the tag";
    CANCELLED = "cancelled", Rejected, "The run was cancelled.", "start the mission again if you still want it";
    SCHEMA_MISMATCH = "schema_mismatch", Rejected,
        "An answer to a human step is not one of its choices, or does not match its schema.",
        "change the answer and send it again: the run is still waiting; `sortie inbox show RUN` prints what it accepts";
}
