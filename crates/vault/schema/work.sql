CREATE TRIGGER access_log_is_kept BEFORE DELETE ON access_log WHEN OLD.is_shipped = 0
BEGIN SELECT RAISE(ABORT, 'an entry that was not shipped is not deleted'); END;

CREATE TRIGGER access_log_stays
BEFORE UPDATE OF seq, at_ms, what, case_id, decision_id, detail, previous, hash ON access_log
BEGIN SELECT RAISE(ABORT, 'an entry of the log is not changed'); END;

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

CREATE TABLE calendar_keys (
    slot INTEGER PRIMARY KEY CHECK (slot IN (1, 2)),
    key  TEXT NOT NULL UNIQUE
) STRICT;

CREATE TRIGGER calendar_packs_are_kept BEFORE DELETE ON calendar_packs
BEGIN SELECT RAISE(ABORT, 'an accepted pack is not deleted'); END;

CREATE TRIGGER calendar_packs_stay BEFORE UPDATE ON calendar_packs
BEGIN SELECT RAISE(ABORT, 'an accepted pack is not changed'); END;

CREATE TABLE calendar_packs (
    serial         INTEGER PRIMARY KEY,
    sha256         BLOB NOT NULL CHECK (length(sha256) = 32),
    pack           TEXT NOT NULL,
    signature      TEXT NOT NULL,
    -- the key that the signature was verified with, so that it can be verified again after the keys were replaced
    key            TEXT NOT NULL,
    source         TEXT NOT NULL CHECK (source IN ('server', 'imported')),
    accepted_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE calendar_refusal (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    word   TEXT NOT NULL,
    -- of what was offered, to know it again; NULL where it was no pack at all
    sha256 BLOB CHECK (sha256 IS NULL OR length(sha256) = 32),
    at_ms  INTEGER NOT NULL
) STRICT;

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

CREATE TABLE opened (
    case_id TEXT NOT NULL,
    fence   INTEGER NOT NULL,
    at_ms   INTEGER NOT NULL,
    is_told INTEGER NOT NULL DEFAULT 0 CHECK (is_told IN (0, 1)),
    PRIMARY KEY (case_id, fence)
) STRICT;

CREATE TABLE outbox (
    decision_id      TEXT PRIMARY KEY NOT NULL,
    case_id          TEXT NOT NULL,
    case_no          TEXT NOT NULL,
    round            INTEGER NOT NULL CHECK (round BETWEEN 1 AND 3),
    case_version     INTEGER NOT NULL,
    fence            INTEGER NOT NULL,
    breach_ms        INTEGER,
    created_at_ms    INTEGER NOT NULL,
    -- the end of the time in which the author can take it back
    not_before_ms    INTEGER NOT NULL,
    payload_sha256   BLOB NOT NULL CHECK (length(payload_sha256) = 32),
    -- sealed to the server
    key_id           TEXT NOT NULL,
    envelope         BLOB NOT NULL,
    -- sealed to the author
    author_copy      BLOB NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'delivered', 'conflict', 'parked')),
    attempts         INTEGER NOT NULL DEFAULT 0,
    next_attempt_ms  INTEGER NOT NULL,
    problem_code     TEXT,
    problem_status   INTEGER,
    problem_incident TEXT,
    standing         BLOB,
    receipt_version  INTEGER,
    receipt_state    TEXT,
    receipt_outcome  TEXT,
    received_at_ms   INTEGER,
    delivered_at_ms  INTEGER,
    is_dismissed     INTEGER NOT NULL DEFAULT 0 CHECK (is_dismissed IN (0, 1)), author_signature BLOB CHECK (author_signature IS NULL OR length(author_signature) = 64), device_signature BLOB CHECK (device_signature IS NULL OR length(device_signature) = 64), target_ms INTEGER, is_undo_over INTEGER NOT NULL DEFAULT 0 CHECK (is_undo_over IN (0, 1)), receipt TEXT, offered_epoch TEXT, refused_epoch TEXT, stuck_told_at_ms INTEGER,
    CHECK ((state = 'delivered') = (receipt_version IS NOT NULL)),
    CHECK ((receipt_version IS NULL) = (receipt_state IS NULL) AND (receipt_version IS NULL) = (received_at_ms IS NULL)
           AND (receipt_version IS NULL) = (delivered_at_ms IS NULL)),
    CHECK (is_dismissed = 0 OR state IN ('delivered', 'conflict', 'parked'))
) STRICT;

CREATE INDEX outbox_by_case ON outbox (case_id);

CREATE INDEX outbox_by_next_attempt ON outbox (next_attempt_ms) WHERE state = 'queued';

CREATE UNIQUE INDEX outbox_one_open_per_case ON outbox (case_id)
    WHERE is_dismissed = 0 AND state <> 'delivered' AND refused_epoch IS NULL;

CREATE TABLE work_meta (
    name  TEXT PRIMARY KEY NOT NULL,
    value ANY NOT NULL
) STRICT;
