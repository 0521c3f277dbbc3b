-- The tables of a journal, in a schema of its own. Texts of missions and people are bytes: a JSON string may hold U+0000, which
-- PostgreSQL's texts may not. All times are milliseconds since 1970-01-01T00:00:00Z.

-- What the journal itself is: one row.
CREATE TABLE journal (
  is_journal boolean PRIMARY KEY DEFAULT true CHECK (is_journal),
  version    bigint NOT NULL,           -- of the tables
  base       bigint NOT NULL DEFAULT 0  -- what is added to a transaction's number to make a position of the feed
);

-- What is known of each run; all of it but lease and setback follows from its events.
CREATE TABLE runs (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run         text COLLATE "C" NOT NULL UNIQUE,
  mission     bytea  NOT NULL,
  started_by  bytea,
  status      text COLLATE "C" NOT NULL,
  version     bigint NOT NULL,  -- the sequence number of the last event
  chain       bytea  NOT NULL,  -- the chain hash of the last event
  created_at  bigint NOT NULL,
  updated_at  bigint NOT NULL,
  wait        bytea,            -- the wait asked last, as JSON; the next three are of it, for lists
  assignees   bytea[],
  asked_at    bigint,
  deadline    bigint,
  lease_owner bytea,
  lease_until bigint,
  claim       bytea,            -- by which it is known whether a claim came through whose answer got lost
  setback     bytea,            -- why it was not driven, as JSON
  retry_at    bigint,
  -- From when on it can be claimed: nothing, if it is set aside. The least time of all stands for "at any time".
  claimable_at bigint GENERATED ALWAYS AS (
    CASE WHEN setback IS NOT NULL AND retry_at IS NULL THEN NULL
    ELSE greatest(coalesce(lease_until, -62167219200000), coalesce(retry_at, -62167219200000)) END
  ) STORED,
  -- The deadline of the wait asked last; the greatest time of all stands for "never".
  due_at bigint GENERATED ALWAYS AS (coalesce(deadline, 253402207199999)) STORED
) WITH (fillfactor = 80);

-- One index for each order in which runs of some statuses are listed.
CREATE INDEX runs_by_creation ON runs (created_at, run);
CREATE INDEX waiting_by_creation ON runs (created_at, run) WHERE status = 'waiting';
CREATE INDEX waiting_by_deadline ON runs (due_at, run) WHERE status = 'waiting';
CREATE INDEX drivable_by_creation ON runs (created_at, run) WHERE status IN ('running', 'decided');
CREATE INDEX drivable_by_claim ON runs (claimable_at, id) WHERE status IN ('running', 'decided');
CREATE INDEX ended_by_change ON runs (updated_at, run) WHERE status IN ('done', 'failed', 'cancelled');

-- Rows are only ever added.
CREATE TABLE events (
  run_id   bigint NOT NULL,
  sequence bigint NOT NULL,  -- from 1
  at       bigint NOT NULL,
  kind     text   NOT NULL,
  body     bytea  NOT NULL,  -- canonical JSON (RFC 8785)
  chain    bytea  NOT NULL,  -- SHA-256 over the event and, through the hash before it, all before it
  PRIMARY KEY (run_id, sequence)
);

-- What changed, in the order of its transactions: a row for each write.
CREATE TABLE changes (
  position     bigint PRIMARY KEY,
  run_id       bigint NOT NULL,
  from_version bigint NOT NULL,
  to_version   bigint NOT NULL,
  status       text   NOT NULL,
  at           bigint NOT NULL
);
CREATE INDEX changes_by_run ON changes (run_id);

-- How far the changes have been read, for each purpose.
CREATE TABLE bookmarks (
  purpose     bytea  PRIMARY KEY,
  position    bigint,
  lease_owner bytea  NOT NULL,
  lease_until bigint NOT NULL
);

-- Who drives runs, and when each was heard of last by the database's clock.
CREATE TABLE drivers (
  owner   bytea  PRIMARY KEY,
  seen_at bigint NOT NULL
);

-- Plugins by the SHA-256 of their bytes, for workers that do not have them.
CREATE TABLE plugins (
  digest   bytea  PRIMARY KEY CHECK (length(digest) = 32),
  name     bytea  NOT NULL,
  content  bytea  NOT NULL,
  added_at bigint NOT NULL
);
ALTER TABLE plugins ALTER COLUMN content SET STORAGE EXTERNAL;

-- "Only ever added" holds whoever writes; events are removed with their run, and no run that has not ended is.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE FUNCTION refuse_while_its_run_is_there() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM runs WHERE id = OLD.run_id) THEN
    RAISE EXCEPTION 'events are removed with their run' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
  FOR EACH ROW EXECUTE FUNCTION refuse('events are only ever added');
CREATE TRIGGER events_are_removed_with_their_run BEFORE DELETE ON events
  FOR EACH ROW EXECUTE FUNCTION refuse_while_its_run_is_there();
CREATE TRIGGER open_runs_are_not_removed BEFORE DELETE ON runs
  FOR EACH ROW WHEN (OLD.status NOT IN ('done', 'failed', 'cancelled'))
  EXECUTE FUNCTION refuse('runs that have not ended are not removed');
