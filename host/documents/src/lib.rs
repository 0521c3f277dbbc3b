//! JSON, YAML and TOML text to checked values that know their place.
