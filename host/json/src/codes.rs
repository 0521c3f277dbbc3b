//! The codes of what can be wrong with a document, and those that errors of crates have which do not know each other.

crate::codes! {
    EMPTY_DOCUMENT = "empty_document", Rejected, "A document is empty.", "give a document with a value in it";
    DOCUMENT_TOO_LARGE = "document_too_large", Rejected,
        "A document is larger than its limit.", "split it, or leave out what is not needed";
    NOT_UTF8 = "not_utf8", Rejected, "A document is not UTF-8.", "save it as UTF-8";
    BYTE_ORDER_MARK = "byte_order_mark", Rejected,
        "A JSON document begins with a byte order mark.", "save it as UTF-8 without one";
    BYTE_ORDER_MARK_WITHIN = "byte_order_mark_within", Rejected,
        "A YAML document has a byte order mark elsewhere than at its beginning.", "remove the character";
    NONCHARACTER = "noncharacter", Rejected,
        "A text has a code point that stands for no character (RFC 7493, section 2.1).",
        "remove it, or write U+FFFD in its place";
    SYNTAX_ERROR = "syntax_error", Rejected,
        "A document is not JSON, YAML or TOML.", "fix it at the place that is shown";
    LONE_SURROGATE = "lone_surrogate", Rejected,
        "A string has half of a surrogate pair (RFC 7493, section 2.1).", "write the whole character";
    DUPLICATE_KEY = "duplicate_key", Rejected,
        "An object has a key twice (RFC 7493, section 2.3).", "take one of the two out";
    INTEGER_OUT_OF_RANGE = "integer_out_of_range", Rejected,
        "An integer is beyond 2^53 - 1, so that programs would read different numbers (RFC 7493, section 2.2).",
        "write it as a string";
    NUMBER_OUT_OF_RANGE = "number_out_of_range", Rejected,
        "A number is beyond what a double can hold.", "write it as a string";
    NESTING_TOO_DEEP = "nesting_too_deep", Rejected,
        "A document is nested deeper than 128 levels.", "nest less deeply";
    TOO_MANY_VALUES = "too_many_values", Rejected,
        "The values of a document take more room than its limit: 8 bytes each, 8 for each key, and 64 more for each object.",
        "split it, or leave out what is not needed";
    KEY_NOT_STRING = "key_not_string", Rejected, "A key in YAML is not a string.", "put it into quotes";
    MERGE_OF_OTHER = "merge_of_other", Rejected,
        "A merge key `<<` in YAML has a value that is no object and no list of objects.",
        "put the key in quotes, if it is one";
    YAML_1_1_SCALAR = "yaml_1_1_scalar", Rejected,
        "A scalar in YAML meant something else in YAML 1.1; a warning, unless suites are strict.",
        "write what is meant";
    ALIAS_EXPANSION_TOO_LARGE = "alias_expansion_too_large", Rejected,
        "The aliases of a YAML document stand for too much.", "write out what is needed, and no more";
    ALIAS_OF_ITSELF = "alias_of_itself", Rejected,
        "An alias in YAML stands for what it is part of.", "write out what is meant";
    MORE_THAN_ONE_DOCUMENT = "more_than_one_document", Rejected,
        "A YAML file has more than one document.", "split the file";
    UNKNOWN_TAG = "unknown_tag", Rejected, "YAML has a tag that is not of the core schema.", "leave the tag out";
    TAG_MISMATCH = "tag_mismatch", Rejected, "A YAML value is not what its tag says.", "fix the value, or the tag";
    CANCELLED = "cancelled", Rejected, "The run was cancelled.", "start the mission again if it is still wanted";
    SCHEMA_MISMATCH = "schema_mismatch", Rejected,
        "An answer to a human step is not one of its choices, or does not match its schema at the place that is named.",
        "change the answer there and give it again: the run still waits; `sortie inbox show RUN` prints what fits";
}
