-- The first schema. Ids and hashes are text so that a person with a database shell can read them; times are milliseconds since the Unix
-- epoch (`_ms`) or Beijing civil dates. Rows of history, opinions, conclusions and answers are never changed after they were written.

CREATE TABLE server (
    only_row        INTEGER PRIMARY KEY CHECK (only_row = 1),
    server_id       TEXT NOT NULL,
    feed_epoch      TEXT NOT NULL,
    made_at_ms      INTEGER NOT NULL
) STRICT;

-- Keys that decision envelopes are sealed to. The newest is offered; older ones still open what was sealed to them.
CREATE TABLE envelope_keys (
    key_id          TEXT PRIMARY KEY,
    seed            BLOB NOT NULL CHECK (length(seed) = 32),
    made_at_ms      INTEGER NOT NULL
) STRICT;

CREATE TABLE offices (
    office_id       TEXT PRIMARY KEY,
    name            TEXT NOT NULL UNIQUE,
    made_at_ms      INTEGER NOT NULL
) STRICT;

CREATE TABLE accounts (
    account_id      TEXT PRIMARY KEY,
    name            TEXT NOT NULL UNIQUE,
    display_name    TEXT NOT NULL,
    role            TEXT NOT NULL CHECK (role IN ('reviewer', 'supervisor', 'auditor')),
    office_id       TEXT NOT NULL REFERENCES offices (office_id),
    password_salt   BLOB NOT NULL,
    password_hash   BLOB NOT NULL,
    memory_kib      INTEGER NOT NULL,
    passes          INTEGER NOT NULL,
    lanes           INTEGER NOT NULL,
    is_disabled     INTEGER NOT NULL DEFAULT 0 CHECK (is_disabled IN (0, 1)),
    -- Rises when role or office change, so that the person's feed starts anew.
    generation      INTEGER NOT NULL DEFAULT 1,
    made_at_ms      INTEGER NOT NULL
) STRICT;

-- Tries by hash of the sign-in name, for names that exist and names that do not alike: the answers must not tell which is which.
CREATE TABLE sign_in_tries (
    name_sha256     TEXT PRIMARY KEY,
    tries           INTEGER NOT NULL,
    last_at_ms      INTEGER NOT NULL,
    locked_until_ms INTEGER
) STRICT;
CREATE INDEX sign_in_tries_by_age ON sign_in_tries (last_at_ms);

-- Tokens are kept as hashes only.
CREATE TABLE sessions (
    session_id            TEXT PRIMARY KEY,
    account_id            TEXT NOT NULL REFERENCES accounts (account_id),
    device_id             TEXT NOT NULL,
    refresh_sha256        TEXT NOT NULL UNIQUE,
    -- The refresh token before it: good until the newer one is first used, since the answer that carried the newer one may be lost.
    previous_sha256       TEXT UNIQUE,
    refresh_expires_at_ms INTEGER NOT NULL,
    made_at_ms            INTEGER NOT NULL,
    ended_at_ms           INTEGER,
    ended_why             TEXT
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account_id);

CREATE TABLE access_tokens (
    token_sha256    TEXT PRIMARY KEY,
    session_id      TEXT NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
    expires_at_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_tokens_by_session ON access_tokens (session_id);

CREATE TABLE portal_credentials (
    credential_sha256 TEXT PRIMARY KEY,
    made_at_ms        INTEGER NOT NULL,
    revoked_at_ms     INTEGER
) STRICT;

CREATE TABLE reason_catalogues (
    version         INTEGER PRIMARY KEY,
    reasons         TEXT NOT NULL CHECK (json_valid(reasons)),
    made_at_ms      INTEGER NOT NULL
) STRICT;

CREATE TABLE applicants (
    applicant_id    INTEGER PRIMARY KEY,
    applicant_ref   TEXT NOT NULL UNIQUE,
    made_at_ms      INTEGER NOT NULL
) STRICT;

-- The last case number given out for a Beijing date of submission.
CREATE TABLE case_numbers (
    day             TEXT PRIMARY KEY,
    last_number     INTEGER NOT NULL
) STRICT;

CREATE TABLE cases (
    case_id         TEXT PRIMARY KEY,
    case_no         TEXT NOT NULL UNIQUE,
    office_id       TEXT NOT NULL REFERENCES offices (office_id),
    applicant_id    INTEGER NOT NULL REFERENCES applicants (applicant_id),
    period_year     INTEGER NOT NULL,
    period_autumn   INTEGER NOT NULL CHECK (period_autumn IN (0, 1)),
    round           INTEGER NOT NULL CHECK (round BETWEEN 1 AND 3),
    version         INTEGER NOT NULL DEFAULT 1,
    state           TEXT NOT NULL CHECK (state IN
                    ('pending', 'second_opinion', 'supervisor_decides', 'technical', 'concluded', 'void')),
    submitted_at_ms INTEGER NOT NULL,
    received_at_ms  INTEGER NOT NULL,
    -- Copy of the newest deadline's breach, to order by; NULL beyond the calendar.
    breach_ms       INTEGER,
    name            TEXT NOT NULL,
    former_name     TEXT,
    document_type   TEXT NOT NULL,
    document_number TEXT NOT NULL,
    valid_from      TEXT NOT NULL,
    -- NULL for 长期.
    valid_until     TEXT
) STRICT;
CREATE INDEX cases_by_urgency ON cases (office_id, state, breach_ms);
CREATE INDEX cases_by_applicant ON cases (applicant_id, period_year, period_autumn);
-- One open review per applicant, and one round of a number per period unless it was voided.
CREATE UNIQUE INDEX cases_one_open ON cases (applicant_id)
    WHERE state IN ('pending', 'second_opinion', 'supervisor_decides', 'technical');
CREATE UNIQUE INDEX cases_one_round ON cases (applicant_id, period_year, period_autumn, round) WHERE state <> 'void';

-- Every deadline that was ever computed for a case; the first is the promise, the newest counts.
CREATE TABLE deadlines (
    deadline_id     INTEGER PRIMARY KEY,
    case_id         TEXT NOT NULL REFERENCES cases (case_id),
    status          TEXT NOT NULL CHECK (status IN ('final', 'provisional', 'out_of_range')),
    policy          TEXT NOT NULL,
    due_date        TEXT,
    target_ms       INTEGER,
    breach_ms       INTEGER,
    earliest        TEXT,
    latest          TEXT,
    computed_at_ms  INTEGER NOT NULL,
    CHECK ((status = 'out_of_range') = (due_date IS NULL)),
    CHECK ((due_date IS NULL) = (target_ms IS NULL) AND (due_date IS NULL) = (breach_ms IS NULL)),
    CHECK ((status = 'provisional') = (earliest IS NOT NULL) AND (status = 'provisional') = (latest IS NOT NULL))
) STRICT;
CREATE INDEX deadlines_by_case ON deadlines (case_id);

CREATE TABLE photos (
    sha256          TEXT PRIMARY KEY,
    photo_type      TEXT NOT NULL CHECK (photo_type IN ('jpeg', 'png', 'webp')),
    width           INTEGER NOT NULL,
    height          INTEGER NOT NULL,
    bytes           BLOB NOT NULL
) STRICT;

CREATE TABLE evidence (
    case_id         TEXT NOT NULL REFERENCES cases (case_id),
    position        INTEGER NOT NULL,
    sha256          TEXT NOT NULL REFERENCES photos (sha256),
    kind            TEXT NOT NULL CHECK (kind IN ('portrait_side', 'emblem_side', 'holding', 'supporting')),
    PRIMARY KEY (case_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_by_photo ON evidence (sha256);

-- The current grant of each case that was ever leased. Without a holder the grant ended and nobody took the case since.
CREATE TABLE leases (
    case_id         TEXT PRIMARY KEY REFERENCES cases (case_id),
    fence           INTEGER NOT NULL,
    holder          TEXT REFERENCES accounts (account_id),
    granted_at_ms   INTEGER NOT NULL,
    expires_at_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX leases_by_holder ON leases (holder);

CREATE TABLE lease_history (
    entry_id        INTEGER PRIMARY KEY,
    case_id         TEXT NOT NULL REFERENCES cases (case_id),
    fence           INTEGER NOT NULL,
    account_id      TEXT NOT NULL REFERENCES accounts (account_id),
    what            TEXT NOT NULL CHECK (what IN ('granted', 'ended', 'returned', 'lapsed_by_sign_out')),
    at_ms           INTEGER NOT NULL
) STRICT;
CREATE INDEX lease_history_by_case ON lease_history (case_id);

-- What persons said. The first opinion is never shown to whoever gives the second.
CREATE TABLE opinions (
    decision_id     TEXT PRIMARY KEY,
    case_id         TEXT NOT NULL REFERENCES cases (case_id),
    position        TEXT NOT NULL CHECK (position IN ('first', 'second', 'supervisor')),
    account_id      TEXT NOT NULL REFERENCES accounts (account_id),
    device_id       TEXT NOT NULL,
    opinion         TEXT NOT NULL CHECK (opinion IN ('approve', 'reject', 'escalate')),
    reasons         TEXT NOT NULL CHECK (json_valid(reasons)),
    reasons_version INTEGER NOT NULL,
    applicant_text  TEXT,
    internal_note   TEXT,
    evidence        TEXT NOT NULL CHECK (json_valid(evidence)),
    -- The payload as the author's device sealed it, and its hash: what was confirmed is what is kept.
    payload         BLOB NOT NULL,
    payload_sha256  TEXT NOT NULL,
    fence           INTEGER NOT NULL,
    case_version    INTEGER NOT NULL,
    -- A claim of the device; flagged when it cannot be true. The legal time is received_at_ms.
    decided_at_ms   INTEGER NOT NULL,
    decided_at_flag TEXT CHECK (decided_at_flag IN ('before_lease', 'in_future')),
    received_at_ms  INTEGER NOT NULL,
    UNIQUE (case_id, position)
) STRICT;

CREATE TABLE conclusions (
    case_id         TEXT NOT NULL REFERENCES cases (case_id),
    round           INTEGER NOT NULL,
    outcome         TEXT NOT NULL CHECK (outcome IN ('approved', 'rejected')),
    decision_id     TEXT NOT NULL UNIQUE REFERENCES opinions (decision_id),
    account_id      TEXT NOT NULL REFERENCES accounts (account_id),
    concluded_at_ms INTEGER NOT NULL,
    UNIQUE (case_id, round)
) STRICT;

-- Accepted decisions by their id, kept as long as the case: an outbox may repeat one after weeks. Refusals and faults are never kept.
CREATE TABLE decision_answers (
    decision_id     TEXT PRIMARY KEY REFERENCES opinions (decision_id),
    account_id      TEXT NOT NULL REFERENCES accounts (account_id),
    fingerprint     TEXT NOT NULL,
    answer          TEXT NOT NULL CHECK (json_valid(answer)),
    made_at_ms      INTEGER NOT NULL
) STRICT;

CREATE TABLE voids (
    case_id         TEXT PRIMARY KEY REFERENCES cases (case_id),
    account_id      TEXT NOT NULL REFERENCES accounts (account_id),
    reason          TEXT NOT NULL,
    voided_at_ms    INTEGER NOT NULL
) STRICT;

-- 更正: rows beside a conclusion, proposed by one supervisor and confirmed by another. Nothing writes it yet.
CREATE TABLE corrections (
    correction_id   TEXT PRIMARY KEY,
    case_id         TEXT NOT NULL,
    round           INTEGER NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('approval_revoked', 'attempt_given_back')),
    source          TEXT NOT NULL CHECK (source IN ('complaint', 'sampling', 'police')),
    reason          TEXT NOT NULL,
    proposed_by     TEXT NOT NULL REFERENCES accounts (account_id),
    proposed_at_ms  INTEGER NOT NULL,
    confirmed_by    TEXT REFERENCES accounts (account_id),
    confirmed_at_ms INTEGER,
    CHECK (confirmed_by IS NULL OR confirmed_by <> proposed_by),
    FOREIGN KEY (case_id, round) REFERENCES conclusions (case_id, round)
) STRICT;

-- The history of a case: every arrow one row.
CREATE TABLE case_events (
    event_id        INTEGER PRIMARY KEY,
    case_id         TEXT NOT NULL REFERENCES cases (case_id),
    version         INTEGER NOT NULL,
    what            TEXT NOT NULL CHECK (what IN ('submitted', 'opinion', 'technical', 'repaired', 'void')),
    from_state      TEXT,
    to_state        TEXT NOT NULL,
    account_id      TEXT REFERENCES accounts (account_id),
    decision_id     TEXT REFERENCES opinions (decision_id),
    at_ms           INTEGER NOT NULL,
    UNIQUE (case_id, version)
) STRICT;

-- The change feed. Numbers are given inside the one write transaction, so their order is the order of commits. Of each case only the
-- newest entry is kept; AUTOINCREMENT never gives a number twice.
CREATE TABLE feed (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id         TEXT NOT NULL REFERENCES cases (case_id),
    office_id       TEXT NOT NULL REFERENCES offices (office_id),
    UNIQUE (case_id, office_id)
) STRICT;
CREATE INDEX feed_by_office ON feed (office_id, seq);

-- What the portal has to be told; written in the transaction that makes it true, sent afterwards.
CREATE TABLE notices (
    notice_id       INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id         TEXT NOT NULL REFERENCES cases (case_id),
    kind            TEXT NOT NULL CHECK (kind IN ('concluded', 'void')),
    body            TEXT NOT NULL CHECK (json_valid(body)),
    made_at_ms      INTEGER NOT NULL,
    sent_at_ms      INTEGER,
    UNIQUE (case_id, kind)
) STRICT;

CREATE TABLE intake_keys (
    intake_key      TEXT PRIMARY KEY,
    fingerprint     TEXT NOT NULL,
    case_id         TEXT NOT NULL REFERENCES cases (case_id),
    answer          TEXT NOT NULL CHECK (json_valid(answer)),
    made_at_ms      INTEGER NOT NULL
) STRICT;

-- Who did what, by ids only: nothing personal of an applicant.
CREATE TABLE audit (
    audit_id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms           INTEGER NOT NULL,
    account_id      TEXT,
    what            TEXT NOT NULL,
    case_id         TEXT,
    detail          TEXT
) STRICT;
CREATE INDEX audit_by_case ON audit (case_id);
