-- The calendar packs that were accepted here, the keys that are trusted with them, and what was told of them. Kept in this file, because an
-- imported pack cannot be fetched again.

-- The highest serial is in force, unless the program's own pack is newer. Never changed, never deleted.
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
CREATE TRIGGER calendar_packs_stay BEFORE UPDATE ON calendar_packs
BEGIN SELECT RAISE(ABORT, 'an accepted pack is not changed'); END;
CREATE TRIGGER calendar_packs_are_kept BEFORE DELETE ON calendar_packs
BEGIN SELECT RAISE(ABORT, 'an accepted pack is not deleted'); END;

-- The keys of the server's first word, followed through each replacement.
CREATE TABLE calendar_keys (
    slot INTEGER PRIMARY KEY CHECK (slot IN (1, 2)),
    key  TEXT NOT NULL UNIQUE
) STRICT;

-- The last pack, or set of keys, that was not accepted.
CREATE TABLE calendar_refusal (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    word   TEXT NOT NULL,
    -- of what was offered, to know it again; NULL where it was no pack at all
    sha256 BLOB CHECK (sha256 IS NULL OR length(sha256) = 32),
    at_ms  INTEGER NOT NULL
) STRICT;
