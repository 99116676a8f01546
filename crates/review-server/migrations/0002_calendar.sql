-- Calendar packs that the operator activates, the keys that sign them, and deadlines that say by what they were computed.

-- Code of the region whose extra days off the office has; NULL for none.
ALTER TABLE offices ADD COLUMN region TEXT;

-- Every pack that was ever activated. The one with the highest serial is the newest and in force, unless the program was built with a
-- newer one that takes over. The effect on the open cases is as it was counted when it was activated, and is written with the pack.
CREATE TABLE calendar_packs (
    serial          INTEGER PRIMARY KEY CHECK (serial > 0),
    sha256          TEXT NOT NULL CHECK (length(sha256) = 64),
    -- The canonical bytes, which are UTF-8, and what vouches for them.
    pack            TEXT NOT NULL,
    signature       TEXT NOT NULL,
    activated_at_ms INTEGER NOT NULL,
    activated_by    TEXT NOT NULL,
    computed        INTEGER NOT NULL,
    moved           INTEGER NOT NULL,
    earlier         INTEGER NOT NULL,
    later           INTEGER NOT NULL,
    newly_overdue   INTEGER NOT NULL
) STRICT;

-- The public keys that packs may be signed with. Two slots, so that one can be replaced while the other stays good; who stood where before
-- is in the audit.
CREATE TABLE calendar_keys (
    slot            INTEGER PRIMARY KEY CHECK (slot IN (1, 2)),
    public_key      TEXT NOT NULL UNIQUE,
    set_at_ms       INTEGER NOT NULL
) STRICT;

-- The table of deadlines again, with what each was computed by. Still: every deadline that was ever computed for a case, none ever changed
-- or removed; the first is the promise, the newest counts. (Words are checked with OR: for a longer IN list SQLite builds a table on each of
-- a hundred thousand inserts.)
CREATE TABLE deadlines_with_pack (
    deadline_id     INTEGER PRIMARY KEY,
    case_id         TEXT NOT NULL REFERENCES cases (case_id),
    status          TEXT NOT NULL CHECK (status = 'final' OR status = 'provisional' OR status = 'out_of_range'),
    policy          TEXT NOT NULL,
    policy_version  INTEGER NOT NULL,
    -- Whose extra days off were counted; NULL for the country's calendar alone.
    region          TEXT,
    pack_serial     INTEGER NOT NULL,
    -- Empty on rows that were written before there were packs.
    pack_sha256     TEXT NOT NULL CHECK (length(pack_sha256) IN (0, 64)),
    reason          TEXT NOT NULL CHECK (reason = 'initial' OR reason = 'calendar' OR reason = 'region'),
    -- What the row before it said; NULL on the first one and where there was no date.
    old_due_date    TEXT,
    due_date        TEXT,
    target_ms       INTEGER,
    breach_ms       INTEGER,
    earliest        TEXT,
    latest          TEXT,
    -- Version of the program that computed it.
    engine          TEXT NOT NULL,
    -- Who brought it about: 'portal', 'program', or the operator's name.
    computed_by     TEXT NOT NULL,
    computed_at_ms  INTEGER NOT NULL,
    CHECK ((status = 'out_of_range') = (due_date IS NULL)),
    CHECK ((due_date IS NULL) = (target_ms IS NULL) AND (due_date IS NULL) = (breach_ms IS NULL)),
    CHECK ((status = 'provisional') = (earliest IS NOT NULL) AND (status = 'provisional') = (latest IS NOT NULL)),
    CHECK (reason <> 'initial' OR old_due_date IS NULL)
) STRICT;

-- Rows of before: policies had version 1, and the program's notices were those of the first pack, 2026112401, so it would have given the
-- same dates. There were no bytes to hash yet, hence no hash is claimed.
INSERT INTO deadlines_with_pack (deadline_id, case_id, status, policy, policy_version, pack_serial, pack_sha256, reason, due_date,
    target_ms, breach_ms, earliest, latest, engine, computed_by, computed_at_ms)
SELECT deadline_id, case_id, status, policy, 1, 2026112401, '', 'initial', due_date,
    target_ms, breach_ms, earliest, latest, '0.1.0', 'portal', computed_at_ms
FROM deadlines;
DROP TABLE deadlines;
ALTER TABLE deadlines_with_pack RENAME TO deadlines;
CREATE INDEX deadlines_by_case ON deadlines (case_id);

-- What was promised, and by which pack, is kept whoever writes here.
CREATE TRIGGER deadlines_are_not_changed BEFORE UPDATE ON deadlines
BEGIN SELECT RAISE(ABORT, 'a computed deadline is never changed'); END;
CREATE TRIGGER deadlines_are_not_removed BEFORE DELETE ON deadlines
BEGIN SELECT RAISE(ABORT, 'a computed deadline is never removed'); END;
CREATE TRIGGER calendar_packs_are_not_changed BEFORE UPDATE ON calendar_packs
BEGIN SELECT RAISE(ABORT, 'an activated calendar pack is never changed'); END;
CREATE TRIGGER calendar_packs_are_not_removed BEFORE DELETE ON calendar_packs
BEGIN SELECT RAISE(ABORT, 'an activated calendar pack is never removed'); END;

-- Answers of the intake are repeated word by word to a portal that asks again, so their deadlines take the new form, too. It has no place
-- for a missing hash; the one here is that of pack 2026112401.
UPDATE intake_keys SET answer = json_set(answer, '$.deadline', json_object(
    'outcome', json_remove(json_extract(answer, '$.deadline'), '$.policy'),
    'submitted_at_ms', (SELECT submitted_at_ms FROM cases WHERE cases.case_id = intake_keys.case_id),
    'policy', json_extract(answer, '$.deadline.policy'),
    'policy_version', 1,
    'pack_serial', 2026112401,
    'pack_sha256', '7503cc5d2a8ca3212c8c40bf3cc92cd9d245924cf2bbc8d96ef239d6cce76d0d',
    'reason', 'initial',
    'computed_at_ms', made_at_ms,
    'first_due_date', json_extract(answer, '$.deadline.due_date')));
