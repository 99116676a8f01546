-- Devices and what they may do, the server's signing key, the audit as a chain, access logs of desktops, and restores.

-- A vault of one account on one computer. Its two public keys are checked against every signature, so they never change.
CREATE TABLE devices (
    device_id        TEXT NOT NULL,
    account_id       TEXT NOT NULL REFERENCES accounts (account_id),
    -- Ed25519, 32 bytes in standard base64.
    device_key       TEXT NOT NULL CHECK (length(device_key) = 44),
    author_key       TEXT NOT NULL CHECK (length(author_key) = 44),
    registered_at_ms INTEGER NOT NULL,
    revoked_at_ms    INTEGER,
    PRIMARY KEY (device_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_by_account ON devices (account_id);
CREATE TRIGGER device_keys_are_not_changed BEFORE UPDATE OF device_id, account_id, device_key, author_key, registered_at_ms ON devices
BEGIN SELECT RAISE(ABORT, 'a registered device is never changed'); END;
CREATE TRIGGER devices_stay_revoked BEFORE UPDATE OF revoked_at_ms ON devices WHEN old.revoked_at_ms IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a revoked device is never taken back'); END;
CREATE TRIGGER devices_are_not_removed BEFORE DELETE ON devices
BEGIN SELECT RAISE(ABORT, 'a registered device is never removed'); END;

-- Credentials that can only deliver, kept as hashes.
CREATE TABLE delivery_credentials (
    credential_sha256 TEXT PRIMARY KEY,
    device_id         TEXT NOT NULL,
    account_id        TEXT NOT NULL,
    made_at_ms        INTEGER NOT NULL,
    last_used_ms      INTEGER,
    FOREIGN KEY (device_id, account_id) REFERENCES devices (device_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_credentials_by_device ON delivery_credentials (device_id, account_id, made_at_ms);

-- When keys of devices were opened for their accounts, to limit how often.
CREATE TABLE unseals (
    unseal_id       INTEGER PRIMARY KEY,
    account_id      TEXT NOT NULL REFERENCES accounts (account_id),
    at_ms           INTEGER NOT NULL
) STRICT;
CREATE INDEX unseals_by_account ON unseals (account_id, at_ms);

-- Keys that receipts and heads of the audit are signed with. The newest signs; older ones still vouch for what they signed.
CREATE TABLE signing_keys (
    key_id          TEXT PRIMARY KEY,
    seed            BLOB NOT NULL CHECK (length(seed) = 32),
    made_at_ms      INTEGER NOT NULL
) STRICT;

-- When a backup was put in the place of this server's data last, and what the history was called before.
ALTER TABLE server ADD COLUMN restored_at_ms INTEGER;
CREATE TABLE histories (
    feed_epoch      TEXT PRIMARY KEY,
    ended_at_ms     INTEGER NOT NULL
) STRICT;

-- The audit as a chain: numbers without a gap, each entry with the hash of the one before. The program fills it from the table of before in
-- the same transaction, since SQL has no hash. Details are ASCII: ids, codes, and JSON with escapes.
ALTER TABLE audit RENAME TO audit_unchained;
DROP INDEX audit_by_case;
CREATE TABLE audit (
    seq             INTEGER PRIMARY KEY CHECK (seq > 0),
    at_ms           INTEGER NOT NULL,
    account_id      TEXT,
    what            TEXT NOT NULL,
    case_id         TEXT,
    decision_id     TEXT,
    detail          TEXT,
    previous        TEXT NOT NULL CHECK (length(previous) = 64),
    hash            TEXT NOT NULL UNIQUE CHECK (length(hash) = 64)
) STRICT;
CREATE INDEX audit_by_case ON audit (case_id);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'an entry of the audit is never changed'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'an entry of the audit is never removed'); END;

-- The access logs of desktops as they shipped them. Words that this server does not know are kept.
CREATE TABLE device_log (
    device_id       TEXT NOT NULL,
    account_id      TEXT NOT NULL REFERENCES accounts (account_id),
    seq             INTEGER NOT NULL CHECK (seq > 0),
    at_ms           INTEGER NOT NULL,
    what            TEXT NOT NULL,
    case_id         TEXT,
    decision_id     TEXT,
    detail          TEXT,
    previous        TEXT NOT NULL CHECK (length(previous) = 64),
    hash            TEXT NOT NULL CHECK (length(hash) = 64),
    received_at_ms  INTEGER NOT NULL,
    PRIMARY KEY (device_id, account_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_log_by_decision ON device_log (decision_id, what) WHERE decision_id IS NOT NULL;
CREATE TRIGGER device_log_is_not_changed BEFORE UPDATE ON device_log
BEGIN SELECT RAISE(ABORT, 'an entry of an access log is never changed'); END;
CREATE TRIGGER device_log_is_not_removed BEFORE DELETE ON device_log
BEGIN SELECT RAISE(ABORT, 'an entry of an access log is never removed'); END;

-- What became of access logs besides their entries: numbers that a device was told to ship again (after a restore), numbers at which a log goes
-- on behind what the device had no more, and numbers at which it differs from what it was.
CREATE TABLE device_log_notes (
    device_id       TEXT NOT NULL,
    account_id      TEXT NOT NULL REFERENCES accounts (account_id),
    seq             INTEGER NOT NULL CHECK (seq > 0),
    what            TEXT NOT NULL CHECK (what = 'wanted' OR what = 'behind_gap' OR what = 'differs'),
    noted_at_ms     INTEGER NOT NULL,
    PRIMARY KEY (device_id, account_id, seq, what)
) STRICT, WITHOUT ROWID;
