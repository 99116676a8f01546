-- What may be shown of a photo: the re-encoded picture, under the hash of the original, which is not kept.

CREATE TABLE renditions (
    sha256 BLOB PRIMARY KEY NOT NULL CHECK (length(sha256) = 32),
    width  INTEGER NOT NULL,
    height INTEGER NOT NULL,
    jpeg   BLOB NOT NULL
) STRICT;
