CREATE TABLE renditions (
    sha256 BLOB PRIMARY KEY NOT NULL CHECK (length(sha256) = 32),
    width  INTEGER NOT NULL,
    height INTEGER NOT NULL,
    jpeg   BLOB NOT NULL
) STRICT;
