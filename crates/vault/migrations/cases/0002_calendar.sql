-- What a deadline rests on, and what a new calendar moved here. Rows of schema 1 stay, so that held cases can be reviewed without the server;
-- they lack the new facts, so the feed begins again: a repeated sweep keeps every row and fills them in.

ALTER TABLE cases ADD COLUMN submitted_at_ms INTEGER;
ALTER TABLE cases ADD COLUMN policy_version INTEGER CHECK ((policy_version IS NULL) = (submitted_at_ms IS NULL));
ALTER TABLE cases ADD COLUMN region TEXT CHECK (region IS NULL OR submitted_at_ms IS NOT NULL);
ALTER TABLE cases ADD COLUMN pack_serial INTEGER CHECK ((pack_serial IS NULL) = (submitted_at_ms IS NULL));
-- NULL as well where the server named no readable one
ALTER TABLE cases ADD COLUMN pack_sha256 BLOB
    CHECK (pack_sha256 IS NULL OR (length(pack_sha256) = 32 AND submitted_at_ms IS NOT NULL));
ALTER TABLE cases ADD COLUMN deadline_reason TEXT
    CHECK ((deadline_reason IS NULL) = (submitted_at_ms IS NULL) AND (deadline_reason IN ('initial', 'calendar', 'region')));
-- of two answers about one version of a case, the one computed later holds
ALTER TABLE cases ADD COLUMN computed_at_ms INTEGER CHECK ((computed_at_ms IS NULL) = (submitted_at_ms IS NULL));
ALTER TABLE cases ADD COLUMN first_due_date TEXT CHECK (first_due_date IS NULL OR submitted_at_ms IS NOT NULL);

UPDATE feed SET epoch = NULL, cursor = 0, is_sweeping = 0;

-- One row per pack that arrived here: how many open cases were computed again, and what came of it.
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

-- Each case that a pack moved. Never changed; goes with the case.
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
CREATE TRIGGER calendar_moves_stay BEFORE UPDATE ON calendar_moves
BEGIN SELECT RAISE(ABORT, 'a move is not changed'); END;
