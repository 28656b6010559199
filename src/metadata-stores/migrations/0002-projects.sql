-- What the GitLab dialect keeps beside packages: settings, tokens of other kinds, protection, variables, releases,
-- and every version number that was ever used or promised.

-- Own settings as a JSON object; a missing field is inherited from the namespace above.
ALTER TABLE namespaces ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';

-- Since when it is gone for everyone, while what it held is still being removed; null for all others.
ALTER TABLE namespaces ADD COLUMN deleted_at_ms INTEGER;
CREATE INDEX namespaces_deleted ON namespaces (id) WHERE deleted_at_ms IS NOT NULL;

-- Ids of namespaces and accounts that are gone: nobody else ever gets one, also where an id may be chosen.
CREATE TABLE retired_namespace_ids (id INTEGER PRIMARY KEY);
INSERT INTO retired_namespace_ids (id)
  WITH RECURSIVE given (id, last) AS (
    SELECT 1, seq FROM sqlite_sequence WHERE name = 'namespaces'
    UNION ALL SELECT id + 1, last FROM given WHERE id < last)
  SELECT id FROM given WHERE id <= last AND id NOT IN (SELECT id FROM namespaces);

-- Paths that a namespace had before it was renamed; a namespace that takes such a path takes it over.
CREATE TABLE former_paths (
  path_folded TEXT PRIMARY KEY,
  namespace_id INTEGER NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE
);
CREATE INDEX former_paths_by_namespace ON former_paths (namespace_id);

-- The namespace that this account is the bot of: it acts for an access token of a project or group.
ALTER TABLE users ADD COLUMN bot_of_namespace_id INTEGER;
CREATE INDEX users_bots ON users (bot_of_namespace_id) WHERE bot_of_namespace_id IS NOT NULL;

-- When a membership ends by itself; null for never.
ALTER TABLE grants ADD COLUMN expires_at_ms INTEGER;
ALTER TABLE grants ADD COLUMN created_at_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX grants_by_expiry ON grants (expires_at_ms) WHERE expires_at_ms IS NOT NULL;

-- Tokens are revoked before they are forgotten, so that their bearer can be told. Names may repeat within an account
-- (GitLab); the Gitea dialect asks for distinct ones among those in force.
CREATE TABLE access_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  secret_sha256 TEXT NOT NULL UNIQUE,
  last_eight TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  last_used_at_ms INTEGER,
  revoked_at_ms INTEGER
);
INSERT INTO access_tokens (id, user_id, name, secret_sha256, last_eight, scopes, created_at_ms, expires_at_ms, last_used_at_ms)
  SELECT id, user_id, name, secret_sha256, last_eight, scopes, created_at_ms, expires_at_ms, last_used_at_ms FROM tokens;
-- The copy has made the row of the new table, also where there was nothing to copy.
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'tokens')
  WHERE name = 'access_tokens' AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'tokens');
DROP TABLE tokens;
ALTER TABLE access_tokens RENAME TO tokens;
CREATE INDEX tokens_by_user ON tokens (user_id, name);

CREATE TABLE deploy_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace_id INTEGER NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  username TEXT NOT NULL,
  secret_sha256 TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER
);
CREATE INDEX deploy_tokens_by_namespace ON deploy_tokens (namespace_id, id);

CREATE TABLE job_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  namespace_id INTEGER NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
  secret_sha256 TEXT NOT NULL UNIQUE,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL
);
CREATE INDEX job_tokens_by_expiry ON job_tokens (expires_at_ms);
CREATE INDEX job_tokens_by_user ON job_tokens (user_id);
CREATE INDEX job_tokens_by_namespace ON job_tokens (namespace_id);

-- Levels are GitLab's; 60 stands for administrators only, null for no wish.
CREATE TABLE protection_rules (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace_id INTEGER NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
  package_name_pattern TEXT NOT NULL,
  push_level INTEGER,
  delete_level INTEGER,
  created_at_ms INTEGER NOT NULL,
  UNIQUE (namespace_id, package_name_pattern)
);

CREATE TABLE variables (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace_id INTEGER NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  environment_scope TEXT NOT NULL,
  -- Encrypted with a key that is not in this database.
  sealed_value TEXT NOT NULL,
  variable_type TEXT NOT NULL,
  description TEXT,
  is_protected INTEGER NOT NULL,
  is_masked INTEGER NOT NULL,
  is_hidden INTEGER NOT NULL,
  is_raw INTEGER NOT NULL,
  UNIQUE (namespace_id, name, environment_scope)
);

CREATE TABLE releases (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace_id INTEGER NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  -- What the caller said the tag points at; there are no repositories here.
  ref TEXT,
  author_kind TEXT NOT NULL,
  author_id INTEGER NOT NULL,
  author_name TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  released_at_ms INTEGER NOT NULL,
  UNIQUE (namespace_id, tag)
);
CREATE INDEX releases_by_time ON releases (namespace_id, released_at_ms, id);

CREATE TABLE release_links (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  release_id INTEGER NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  filepath TEXT,
  link_type TEXT NOT NULL,
  UNIQUE (release_id, name),
  UNIQUE (release_id, url),
  UNIQUE (release_id, filepath)
);

-- Every semantic version number that a package ever had or that was reserved for it. Rows are never removed while the
-- namespace stands, so that a number is never given twice.
CREATE TABLE version_numbers (
  namespace_id INTEGER NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
  package_name TEXT NOT NULL,
  version TEXT NOT NULL,
  major INTEGER NOT NULL,
  minor INTEGER NOT NULL,
  patch INTEGER NOT NULL,
  PRIMARY KEY (namespace_id, package_name, version)
) WITHOUT ROWID;
CREATE INDEX version_numbers_by_height ON version_numbers (namespace_id, package_name, major, minor, patch);

CREATE TABLE reservations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace_id INTEGER NOT NULL REFERENCES namespaces (id) ON DELETE CASCADE,
  package_name TEXT NOT NULL,
  package_name_folded TEXT NOT NULL,
  version TEXT NOT NULL,
  version_folded TEXT NOT NULL,
  secret_sha256 TEXT NOT NULL UNIQUE,
  holder_kind TEXT NOT NULL,
  holder_id INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  UNIQUE (namespace_id, package_name, version)
);
CREATE INDEX reservations_by_expiry ON reservations (expires_at_ms);
CREATE INDEX reservations_by_folded_names ON reservations (namespace_id, package_name_folded, version_folded);

-- What an administrator changes while the server runs.
CREATE TABLE instance_settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- When a version last changed: its status, or by an upload into it.
ALTER TABLE versions ADD COLUMN updated_at_ms INTEGER NOT NULL DEFAULT 0;
UPDATE versions SET updated_at_ms = created_at_ms;

-- Lists of a namespace's versions by time, id and version, or with one version name. With the status in each, choosing and
-- counting never leave the index.
DROP INDEX versions_by_age;
CREATE INDEX versions_by_age ON versions (namespace_id, created_at_ms, id, status);
CREATE INDEX versions_by_id ON versions (namespace_id, id, status);
CREATE INDEX versions_by_name ON versions (namespace_id, name, id, status);
