CREATE TRIGGER calendar_moves_stay BEFORE UPDATE ON calendar_moves
BEGIN SELECT RAISE(ABORT, 'a move is not changed'); END;

CREATE TABLE calendar_moves (
    pack_serial     INTEGER NOT NULL,
    pack_sha256     BLOB NOT NULL CHECK (length(pack_sha256) = 32),
    case_id         TEXT NOT NULL REFERENCES cases (case_id) ON DELETE CASCADE,
    case_no         TEXT NOT NULL,
    policy          TEXT NOT NULL,
    policy_version  INTEGER NOT NULL,
    -- NULL is out of range
    old_due         TEXT,
    new_due         TEXT,
    is_late_by_move INTEGER NOT NULL CHECK (is_late_by_move IN (0, 1)),
    computed_at_ms  INTEGER NOT NULL,
    PRIMARY KEY (case_id, pack_serial, pack_sha256),
    CHECK (old_due IS NOT new_due)
) STRICT, WITHOUT ROWID;

CREATE INDEX calendar_moves_by_pack ON calendar_moves (pack_serial, pack_sha256, new_due);

CREATE TRIGGER calendar_recounts_stay BEFORE UPDATE ON calendar_recounts
BEGIN SELECT RAISE(ABORT, 'a recount is not changed'); END;

CREATE TABLE calendar_recounts (
    pack_serial    INTEGER NOT NULL,
    pack_sha256    BLOB NOT NULL CHECK (length(pack_sha256) = 32),
    computed       INTEGER NOT NULL,
    moved          INTEGER NOT NULL,
    earlier        INTEGER NOT NULL,
    later          INTEGER NOT NULL,
    newly_overdue  INTEGER NOT NULL,
    computed_at_ms INTEGER NOT NULL,
    PRIMARY KEY (pack_serial, pack_sha256)
) STRICT, WITHOUT ROWID;

CREATE TABLE cases (
    case_id             TEXT PRIMARY KEY NOT NULL,
    case_no             TEXT NOT NULL,
    version             INTEGER NOT NULL,
    state               TEXT NOT NULL CHECK (state IN ('pending', 'second_opinion', 'supervisor_decides', 'technical')),
    name                TEXT NOT NULL,
    last_four           TEXT NOT NULL,
    document_type       TEXT NOT NULL,
    round               INTEGER NOT NULL CHECK (round BETWEEN 1 AND 3),
    deadline_status     TEXT NOT NULL CHECK (deadline_status IN ('final', 'provisional', 'out_of_range')),
    due_date            TEXT,
    target_ms           INTEGER,
    breach_ms           INTEGER,
    earliest            TEXT,
    latest              TEXT,
    policy              TEXT NOT NULL,
    -- breach_ms, or the greatest integer where there is none: the order of the queue
    urgency             INTEGER NOT NULL,
    lease_holder        TEXT,
    lease_holder_name   TEXT,
    lease_expires_at_ms INTEGER,
    -- the sweep in which the server last showed it
    seen_sweep          INTEGER NOT NULL, submitted_at_ms INTEGER, policy_version INTEGER CHECK ((policy_version IS NULL) = (submitted_at_ms IS NULL)), region TEXT CHECK (region IS NULL OR submitted_at_ms IS NOT NULL), pack_serial INTEGER CHECK ((pack_serial IS NULL) = (submitted_at_ms IS NULL)), pack_sha256 BLOB
    CHECK (pack_sha256 IS NULL OR (length(pack_sha256) = 32 AND submitted_at_ms IS NOT NULL)), deadline_reason TEXT
    CHECK ((deadline_reason IS NULL) = (submitted_at_ms IS NULL) AND (deadline_reason IN ('initial', 'calendar', 'region'))), computed_at_ms INTEGER CHECK ((computed_at_ms IS NULL) = (submitted_at_ms IS NULL)), first_due_date TEXT CHECK (first_due_date IS NULL OR submitted_at_ms IS NOT NULL),
    CHECK ((due_date IS NULL) = (deadline_status = 'out_of_range')),
    CHECK ((breach_ms IS NULL) = (due_date IS NULL) AND (target_ms IS NULL) = (due_date IS NULL)),
    CHECK ((earliest IS NULL) = (deadline_status <> 'provisional') AND (latest IS NULL) = (earliest IS NULL)),
    CHECK ((lease_holder IS NULL) = (lease_holder_name IS NULL) AND (lease_holder IS NULL) = (lease_expires_at_ms IS NULL))
) STRICT;

CREATE INDEX cases_by_holder ON cases (lease_holder) WHERE lease_holder IS NOT NULL;

CREATE INDEX cases_by_urgency ON cases (urgency, case_no, case_id);

CREATE TABLE evidence (
    case_id    TEXT NOT NULL REFERENCES held (case_id) ON DELETE CASCADE,
    ordinal    INTEGER NOT NULL,
    sha256     BLOB NOT NULL CHECK (length(sha256) = 32),
    kind       TEXT NOT NULL,
    photo_type TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'ready', 'unshowable')),
    PRIMARY KEY (case_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE INDEX evidence_by_sha256 ON evidence (sha256);

CREATE TABLE feed (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    epoch       TEXT,
    cursor      INTEGER NOT NULL DEFAULT 0,
    was_pulled  INTEGER NOT NULL DEFAULT 0 CHECK (was_pulled IN (0, 1)),
    sweep       INTEGER NOT NULL DEFAULT 0,
    is_sweeping INTEGER NOT NULL DEFAULT 0 CHECK (is_sweeping IN (0, 1))
) STRICT;

CREATE TABLE held (
    case_id         TEXT PRIMARY KEY NOT NULL REFERENCES cases (case_id) ON DELETE CASCADE,
    fence           INTEGER NOT NULL,
    expires_at_ms   INTEGER NOT NULL,
    submitted_at_ms INTEGER NOT NULL,
    name            TEXT NOT NULL,
    former_name     TEXT,
    document_type   TEXT NOT NULL,
    document_number TEXT NOT NULL,
    valid_from      TEXT NOT NULL,
    -- NULL is 长期
    valid_until     TEXT,
    earlier_rounds  TEXT NOT NULL CHECK (json_valid(earlier_rounds))
) STRICT;

CREATE TABLE reason_catalogue (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE reasons (
    ordinal           INTEGER PRIMARY KEY,
    code              TEXT NOT NULL UNIQUE,
    kind              TEXT NOT NULL CHECK (kind IN ('retry', 'escalate')),
    needs_text        INTEGER NOT NULL CHECK (needs_text IN (0, 1)),
    label_zh          TEXT NOT NULL,
    label_en          TEXT NOT NULL,
    applicant_text_zh TEXT NOT NULL,
    applicant_text_en TEXT NOT NULL
) STRICT;
