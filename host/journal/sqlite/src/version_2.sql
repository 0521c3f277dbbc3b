-- Who started it.
ALTER TABLE runs ADD COLUMN started_by TEXT;
-- The hash of the question that was asked last: SHA-256, in digits.
ALTER TABLE runs ADD COLUMN question_hash TEXT;
-- Why it was not driven, as JSON; no part of the history, as the lease is none.
ALTER TABLE runs ADD COLUMN setback TEXT;
ALTER TABLE runs ADD COLUMN retry_at INTEGER;
-- From when on it can be claimed: nothing, if it is set aside. The least time of all stands for "at any time".
ALTER TABLE runs ADD COLUMN claimable_at INTEGER AS (
  CASE WHEN setback IS NOT NULL AND retry_at IS NULL THEN NULL
  ELSE max(ifnull(lease_until, -62167219200000), ifnull(retry_at, -62167219200000)) END
) VIRTUAL;
-- The deadline of the wait asked last; the greatest time of all stands for "never".
ALTER TABLE runs ADD COLUMN due_at INTEGER AS (ifnull(deadline, 253402207199999)) VIRTUAL;

-- One index for each order in which runs of some statuses are listed.
DROP INDEX open_runs;
CREATE INDEX runs_by_creation ON runs (created_at, run);
CREATE INDEX waiting_by_creation ON runs (created_at, run) WHERE status = 'waiting';
CREATE INDEX waiting_by_deadline ON runs (due_at, run) WHERE status = 'waiting';
CREATE INDEX drivable_by_creation ON runs (created_at, run) WHERE status IN ('running', 'decided');
CREATE INDEX drivable_by_claim ON runs (claimable_at, id) WHERE status IN ('running', 'decided');
CREATE INDEX ended_by_change ON runs (updated_at, run) WHERE status IN ('done', 'failed', 'cancelled');

-- What changed, in the order in which it did: a row for each write. The greatest position is never removed, and so no
-- position is there twice.
CREATE TABLE changes (
  position     INTEGER PRIMARY KEY,
  run_id       INTEGER NOT NULL REFERENCES runs (id),
  from_version INTEGER NOT NULL,
  to_version   INTEGER NOT NULL,
  status       TEXT    NOT NULL,
  at           INTEGER NOT NULL
) STRICT;
CREATE INDEX changes_by_run ON changes (run_id);

-- How far the changes have been read, for each purpose.
CREATE TABLE bookmarks (
  purpose     TEXT    PRIMARY KEY,
  position    INTEGER,
  lease_owner TEXT    NOT NULL,
  lease_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The events of a run are removed with their run or not at all, and no run that has not ended is removed.
DROP TRIGGER events_are_not_removed;
CREATE TRIGGER events_are_removed_with_their_run BEFORE DELETE ON events
WHEN EXISTS (SELECT 1 FROM runs WHERE id = OLD.run_id)
BEGIN SELECT RAISE(ABORT, 'events are removed with their run'); END;
CREATE TRIGGER open_runs_are_not_removed BEFORE DELETE ON runs
WHEN OLD.status NOT IN ('done', 'failed', 'cancelled')
BEGIN SELECT RAISE(ABORT, 'runs that have not ended are not removed'); END;
