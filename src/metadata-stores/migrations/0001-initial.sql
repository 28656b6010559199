-- Names are kept as spelled; *_folded columns hold the case-folded form computed by the core and are what is compared
-- without case. Times are epoch milliseconds. Ids are never reused.

CREATE TABLE namespaces (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  parent_id INTEGER REFERENCES namespaces (id),
  kind TEXT NOT NULL CHECK (kind IN ('user', 'group', 'project')),
  path TEXT NOT NULL,
  path_folded TEXT NOT NULL UNIQUE,
  visibility TEXT NOT NULL CHECK (visibility IN ('public', 'internal', 'private')),
  full_name TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  email TEXT NOT NULL DEFAULT '',
  website TEXT NOT NULL DEFAULT '',
  location TEXT NOT NULL DEFAULT '',
  -- Own limits as a JSON object; a missing field is inherited, null means none.
  limits TEXT NOT NULL DEFAULT '{}',
  -- What this namespace and all below it hold, every revision counted; kept by the commands that change it.
  version_count INTEGER NOT NULL DEFAULT 0,
  stored_bytes INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL
);
CREATE INDEX namespaces_by_parent ON namespaces (parent_id);

CREATE TABLE users (
  id INTEGER PRIMARY KEY REFERENCES namespaces (id) ON DELETE CASCADE,
  email TEXT NOT NULL,
  email_folded TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  is_admin INTEGER NOT NULL DEFAULT 0,
  is_active INTEGER NOT NULL DEFAULT 1,
  is_restricted INTEGER NOT NULL DEFAULT 0,
  is_login_prohibited INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  secret_sha256 TEXT NOT NULL UNIQUE,
  last_eight TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  last_used_at_ms INTEGER,
  UNIQUE (user_id, name)
);

CREATE TABLE teams (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace_id INTEGER NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  description TEXT NOT NULL,
  permission TEXT NOT NULL,
  units TEXT NOT NULL,
  level INTEGER NOT NULL,
  UNIQUE (namespace_id, name_folded)
);

CREATE TABLE grants (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace_id INTEGER NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  level INTEGER NOT NULL,
  -- The team that gives this grant; 0 when it was given directly.
  team_id INTEGER NOT NULL DEFAULT 0,
  UNIQUE (namespace_id, user_id, team_id)
);
CREATE INDEX grants_by_user ON grants (user_id);
CREATE INDEX grants_by_team ON grants (team_id);

CREATE TABLE packages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace_id INTEGER NOT NULL REFERENCES namespaces (id),
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  UNIQUE (namespace_id, name)
);
CREATE INDEX packages_by_folded_name ON packages (namespace_id, name_folded, id);

CREATE TABLE versions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace_id INTEGER NOT NULL REFERENCES namespaces (id),
  package_id INTEGER NOT NULL REFERENCES packages (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'default' CHECK (status IN ('default', 'hidden')),
  -- Who published it first; the name stays when the account goes.
  creator_kind TEXT NOT NULL,
  creator_id INTEGER NOT NULL,
  creator_name TEXT NOT NULL,
  downloads INTEGER NOT NULL DEFAULT 0,
  last_downloaded_at_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  UNIQUE (package_id, name)
);
CREATE INDEX versions_by_folded_name ON versions (package_id, name_folded, id);
CREATE INDEX versions_by_age ON versions (namespace_id, created_at_ms, id);
CREATE INDEX versions_of_package_by_age ON versions (package_id, created_at_ms, id);
CREATE INDEX versions_hidden ON versions (namespace_id) WHERE status = 'hidden';

CREATE TABLE blobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sha256 TEXT NOT NULL,
  storage_name TEXT NOT NULL UNIQUE,
  size_bytes INTEGER NOT NULL,
  md5 TEXT,
  sha1 TEXT,
  sha512 TEXT,
  state TEXT NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'deleting')),
  is_damaged INTEGER NOT NULL DEFAULT 0,
  -- Since when no file names this blob; null while one does.
  unreferenced_since_ms INTEGER,
  created_at_ms INTEGER NOT NULL
);
CREATE UNIQUE INDEX blobs_live ON blobs (sha256) WHERE state = 'live';
CREATE INDEX blobs_unreferenced ON blobs (unreferenced_since_ms) WHERE unreferenced_since_ms IS NOT NULL;
CREATE INDEX blobs_deleting ON blobs (id) WHERE state = 'deleting';
CREATE INDEX blobs_without_digests ON blobs (id) WHERE md5 IS NULL AND state = 'live';

-- A revision of a file; earlier revisions of the same path stay until they are deleted.
CREATE TABLE files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  version_id INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  path_folded TEXT NOT NULL,
  blob_id INTEGER NOT NULL REFERENCES blobs (id),
  created_at_ms INTEGER NOT NULL
);
CREATE INDEX files_by_path ON files (version_id, path, id);
CREATE INDEX files_by_folded_path ON files (version_id, path_folded, id);
CREATE INDEX files_by_blob ON files (blob_id);

CREATE TABLE downloads (
  file_id INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
  day INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (file_id, day)
);

-- Stored objects that no record names: noted when first seen, claimed before they are removed. A claimed name can never
-- be recorded any more.
CREATE TABLE unrecorded_objects (
  storage_name TEXT PRIMARY KEY,
  first_seen_ms INTEGER NOT NULL,
  is_claimed INTEGER NOT NULL DEFAULT 0
);
