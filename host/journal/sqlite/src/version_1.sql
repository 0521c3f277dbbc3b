-- What is known of each run; all of it but the lease follows from its events.
CREATE TABLE runs (
  id          INTEGER PRIMARY KEY,
  run         TEXT    NOT NULL UNIQUE,
  mission     TEXT    NOT NULL,
  status      TEXT    NOT NULL,
  version     INTEGER NOT NULL,  -- the sequence number of the last event
  chain       BLOB    NOT NULL,  -- the chain hash of the last event
  created_at  INTEGER NOT NULL,  -- this and all times: milliseconds since 1970-01-01T00:00:00Z
  updated_at  INTEGER NOT NULL,
  step        TEXT,              -- this and the next five: the wait asked last
  description TEXT,
  assignees   TEXT,              -- a JSON array of strings
  asked_at    INTEGER,
  deadline    INTEGER,
  token_hash  BLOB,              -- SHA-256
  lease_owner TEXT,
  lease_until INTEGER
) STRICT;

-- Runs that have not ended: few among many, in the order in which they are listed.
CREATE INDEX open_runs ON runs (created_at, run) WHERE status IN ('running', 'waiting', 'decided');

-- Rows are only ever added.
CREATE TABLE events (
  run_id   INTEGER NOT NULL REFERENCES runs (id),
  sequence INTEGER NOT NULL,     -- from 1
  at       INTEGER NOT NULL,
  kind     TEXT    NOT NULL,
  body     BLOB    NOT NULL,     -- canonical JSON (RFC 8785)
  chain    BLOB    NOT NULL,     -- SHA-256 over the event and, through the hash before it, all before it
  PRIMARY KEY (run_id, sequence)
) STRICT, WITHOUT ROWID;

-- "Only ever added" holds whoever writes.
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
