//! Runs that wait for a person, kept in SQLite.
