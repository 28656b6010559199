-- What the server remembers of its own upkeep; one row for each thing, none where there is nothing to remember.
CREATE TABLE upkeep (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;

-- Holds the damaged ones only: publishing does not touch it.
CREATE INDEX blobs_damaged ON blobs (id) WHERE is_damaged = 1;
