-- Delivery without the author: signatures on each decision, the whole receipt, what is told of a decision that is stuck. Beside it what is
-- synced of a case before it is decided, which leases were opened, and the log of what a person did here. No row is touched.

-- NULL in rows of before: they are signed when their author is here again, and not sent until then.
ALTER TABLE outbox ADD COLUMN author_signature BLOB CHECK (author_signature IS NULL OR length(author_signature) = 64);
ALTER TABLE outbox ADD COLUMN device_signature BLOB CHECK (device_signature IS NULL OR length(device_signature) = 64);
-- close of business of the due day, where it is known
ALTER TABLE outbox ADD COLUMN target_ms INTEGER;
-- the time to take it back was ended early
ALTER TABLE outbox ADD COLUMN is_undo_over INTEGER NOT NULL DEFAULT 0 CHECK (is_undo_over IN (0, 1));
-- the whole receipt, as JSON; kept also when another history of the server refused it later
ALTER TABLE outbox ADD COLUMN receipt TEXT;
-- the server's epoch to which it was delivered, or offered last
ALTER TABLE outbox ADD COLUMN offered_epoch TEXT;
-- the epoch that refused it after it had been delivered to an earlier one
ALTER TABLE outbox ADD COLUMN refused_epoch TEXT;
ALTER TABLE outbox ADD COLUMN stuck_told_at_ms INTEGER;

-- A decision that came back after its delivery stands beside one that was made since.
DROP INDEX outbox_one_open_per_case;
CREATE UNIQUE INDEX outbox_one_open_per_case ON outbox (case_id)
    WHERE is_dismissed = 0 AND state <> 'delivered' AND refused_epoch IS NULL;

-- Draft, note and hold of a case.
CREATE TABLE case_work (
    case_id       TEXT PRIMARY KEY NOT NULL,
    fence         INTEGER NOT NULL,
    -- to the author
    sealed        BLOB NOT NULL,
    remind_at_ms  INTEGER,
    updated_at_ms INTEGER NOT NULL,
    -- the server does not have it yet
    is_dirty      INTEGER NOT NULL CHECK (is_dirty IN (0, 1))
) STRICT;

-- Leases under which the case was opened on this computer.
CREATE TABLE opened (
    case_id TEXT NOT NULL,
    fence   INTEGER NOT NULL,
    at_ms   INTEGER NOT NULL,
    is_told INTEGER NOT NULL DEFAULT 0 CHECK (is_told IN (0, 1)),
    PRIMARY KEY (case_id, fence)
) STRICT;

-- Each entry carries the hash of the one before it.
CREATE TABLE access_log (
    seq         INTEGER PRIMARY KEY,
    at_ms       INTEGER NOT NULL,
    what        TEXT NOT NULL,
    case_id     TEXT,
    decision_id TEXT,
    detail      TEXT,
    previous    BLOB NOT NULL CHECK (length(previous) = 32),
    hash        BLOB NOT NULL CHECK (length(hash) = 32),
    is_shipped  INTEGER NOT NULL DEFAULT 0 CHECK (is_shipped IN (0, 1))
) STRICT;
CREATE INDEX access_log_unshipped ON access_log (seq) WHERE is_shipped = 0;
CREATE TRIGGER access_log_stays
BEFORE UPDATE OF seq, at_ms, what, case_id, decision_id, detail, previous, hash ON access_log
BEGIN SELECT RAISE(ABORT, 'an entry of the log is not changed'); END;
CREATE TRIGGER access_log_stays_shipped BEFORE UPDATE OF is_shipped ON access_log WHEN NEW.is_shipped < OLD.is_shipped
BEGIN SELECT RAISE(ABORT, 'what was shipped stays shipped'); END;
CREATE TRIGGER access_log_is_kept BEFORE DELETE ON access_log WHEN OLD.is_shipped = 0
BEGIN SELECT RAISE(ABORT, 'an entry that was not shipped is not deleted'); END;
