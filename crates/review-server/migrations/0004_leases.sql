-- Leases that know whether their case was opened, until when it is taken offline and what ended them; persons who stand back from a case;
-- and what a holder has on the desk of a case, so that the next holder gets it.

-- When the holder asked for it last: from then its end is counted.
ALTER TABLE leases ADD COLUMN renewed_at_ms INTEGER NOT NULL DEFAULT 0;
-- When the holder's opening became known here; NULL until then, and then the lease lapses earlier.
ALTER TABLE leases ADD COLUMN opened_at_ms INTEGER;
-- Until when the holder took the case offline.
ALTER TABLE leases ADD COLUMN offline_until_ms INTEGER;
-- When the holder's signing out let it lapse.
ALTER TABLE leases ADD COLUMN signed_out_at_ms INTEGER;
-- Grants of before were made without a word on opening: they keep the end that they were given.
UPDATE leases SET renewed_at_ms = granted_at_ms, opened_at_ms = granted_at_ms;

-- The history of grants again, with more words.
CREATE TABLE lease_history_of_all_kinds (
    entry_id        INTEGER PRIMARY KEY,
    case_id         TEXT NOT NULL REFERENCES cases (case_id),
    fence           INTEGER NOT NULL,
    account_id      TEXT NOT NULL REFERENCES accounts (account_id),
    what            TEXT NOT NULL CHECK (what IN
                    ('granted', 'opened', 'ended', 'returned', 'recused', 'revoked', 'lapsed_by_sign_out')),
    at_ms           INTEGER NOT NULL
) STRICT;
INSERT INTO lease_history_of_all_kinds (entry_id, case_id, fence, account_id, what, at_ms)
SELECT entry_id, case_id, fence, account_id, what, at_ms FROM lease_history;
DROP TABLE lease_history;
ALTER TABLE lease_history_of_all_kinds RENAME TO lease_history;
CREATE INDEX lease_history_by_case ON lease_history (case_id, account_id);

-- 回避: for good. The reason is the office's.
CREATE TABLE recusals (
    case_id         TEXT NOT NULL REFERENCES cases (case_id),
    account_id      TEXT NOT NULL REFERENCES accounts (account_id),
    reason          TEXT NOT NULL,
    at_ms           INTEGER NOT NULL,
    PRIMARY KEY (case_id, account_id)
) STRICT, WITHOUT ROWID;

-- Grants that a supervisor ended, each at most once.
CREATE TABLE revocations (
    case_id         TEXT NOT NULL REFERENCES cases (case_id),
    fence           INTEGER NOT NULL,
    holder          TEXT NOT NULL REFERENCES accounts (account_id),
    revoked_by      TEXT NOT NULL REFERENCES accounts (account_id),
    reason          TEXT NOT NULL,
    at_ms           INTEGER NOT NULL,
    PRIMARY KEY (case_id, fence)
) STRICT, WITHOUT ROWID;

-- Draft, note and hold of a case, as the holder's desktop said last; gone when an opinion is given.
CREATE TABLE case_work (
    case_id         TEXT PRIMARY KEY REFERENCES cases (case_id),
    account_id      TEXT NOT NULL REFERENCES accounts (account_id),
    fence           INTEGER NOT NULL,
    work            TEXT NOT NULL CHECK (json_valid(work)),
    updated_at_ms   INTEGER NOT NULL,
    saved_at_ms     INTEGER NOT NULL
) STRICT;

CREATE TRIGGER lease_history_is_not_changed BEFORE UPDATE ON lease_history
BEGIN SELECT RAISE(ABORT, 'an entry of the history of leases is never changed'); END;
CREATE TRIGGER lease_history_is_not_removed BEFORE DELETE ON lease_history
BEGIN SELECT RAISE(ABORT, 'an entry of the history of leases is never removed'); END;
CREATE TRIGGER recusals_are_not_changed BEFORE UPDATE ON recusals
BEGIN SELECT RAISE(ABORT, 'a recusal is never changed'); END;
CREATE TRIGGER recusals_are_not_removed BEFORE DELETE ON recusals
BEGIN SELECT RAISE(ABORT, 'a recusal is never removed'); END;
CREATE TRIGGER revocations_are_not_changed BEFORE UPDATE ON revocations
BEGIN SELECT RAISE(ABORT, 'a revocation is never changed'); END;
CREATE TRIGGER revocations_are_not_removed BEFORE DELETE ON revocations
BEGIN SELECT RAISE(ABORT, 'a revocation is never removed'); END;
