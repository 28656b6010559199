-- How often what is kept in memory may have changed: who may do what (access), and which bytes a name that was found stands
-- for (files). Triggers count, so that no statement can forget to. What is counted often and looked up never is left out:
-- counters of downloads and of what a namespace holds, and files under names that were free.
CREATE TABLE change_counts (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  access INTEGER NOT NULL,
  files INTEGER NOT NULL
);
INSERT INTO change_counts (id, access, files) VALUES (1, 0, 0);

CREATE TRIGGER namespaces_added AFTER INSERT ON namespaces BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER namespaces_removed AFTER DELETE ON namespaces BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER namespaces_changed AFTER UPDATE OF
  id, parent_id, kind, path, path_folded, visibility, full_name, description, email, website, location, limits, settings,
  created_at_ms, deleted_at_ms
  ON namespaces BEGIN UPDATE change_counts SET access = access + 1; END;

CREATE TRIGGER users_added AFTER INSERT ON users BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER users_removed AFTER DELETE ON users BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER users_changed AFTER UPDATE ON users BEGIN UPDATE change_counts SET access = access + 1; END;

CREATE TRIGGER grants_added AFTER INSERT ON grants BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER grants_removed AFTER DELETE ON grants BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER grants_changed AFTER UPDATE ON grants BEGIN UPDATE change_counts SET access = access + 1; END;

CREATE TRIGGER tokens_added AFTER INSERT ON tokens BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER tokens_removed AFTER DELETE ON tokens BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER tokens_changed AFTER UPDATE ON tokens BEGIN UPDATE change_counts SET access = access + 1; END;

CREATE TRIGGER deploy_tokens_added AFTER INSERT ON deploy_tokens BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER deploy_tokens_removed AFTER DELETE ON deploy_tokens BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER deploy_tokens_changed AFTER UPDATE ON deploy_tokens BEGIN UPDATE change_counts SET access = access + 1; END;

CREATE TRIGGER job_tokens_added AFTER INSERT ON job_tokens BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER job_tokens_removed AFTER DELETE ON job_tokens BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER job_tokens_changed AFTER UPDATE ON job_tokens BEGIN UPDATE change_counts SET access = access + 1; END;

CREATE TRIGGER protection_rules_added AFTER INSERT ON protection_rules BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER protection_rules_removed AFTER DELETE ON protection_rules BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER protection_rules_changed AFTER UPDATE ON protection_rules BEGIN UPDATE change_counts SET access = access + 1; END;

CREATE TRIGGER instance_settings_added AFTER INSERT ON instance_settings BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER instance_settings_removed AFTER DELETE ON instance_settings BEGIN UPDATE change_counts SET access = access + 1; END;
CREATE TRIGGER instance_settings_changed AFTER UPDATE ON instance_settings BEGIN UPDATE change_counts SET access = access + 1; END;

-- A name that only differs by case may have answered for the new one until now.
CREATE TRIGGER packages_added AFTER INSERT ON packages
  WHEN EXISTS (SELECT 1 FROM packages WHERE namespace_id = NEW.namespace_id AND name_folded = NEW.name_folded AND id <> NEW.id)
  BEGIN UPDATE change_counts SET files = files + 1; END;
CREATE TRIGGER packages_removed AFTER DELETE ON packages BEGIN UPDATE change_counts SET files = files + 1; END;
CREATE TRIGGER packages_changed AFTER UPDATE ON packages BEGIN UPDATE change_counts SET files = files + 1; END;

CREATE TRIGGER versions_added AFTER INSERT ON versions
  WHEN EXISTS (SELECT 1 FROM versions WHERE package_id = NEW.package_id AND name_folded = NEW.name_folded AND id <> NEW.id)
  BEGIN UPDATE change_counts SET files = files + 1; END;
CREATE TRIGGER versions_removed AFTER DELETE ON versions BEGIN UPDATE change_counts SET files = files + 1; END;
CREATE TRIGGER versions_changed AFTER UPDATE OF
  id, namespace_id, package_id, name, name_folded, status, creator_kind, creator_id, creator_name, created_at_ms
  ON versions BEGIN UPDATE change_counts SET files = files + 1; END;

-- The same path once more is its next revision.
CREATE TRIGGER files_added AFTER INSERT ON files
  WHEN EXISTS (SELECT 1 FROM files WHERE version_id = NEW.version_id AND path_folded = NEW.path_folded AND id <> NEW.id)
  BEGIN UPDATE change_counts SET files = files + 1; END;
CREATE TRIGGER files_removed AFTER DELETE ON files BEGIN UPDATE change_counts SET files = files + 1; END;
CREATE TRIGGER files_changed AFTER UPDATE ON files BEGIN UPDATE change_counts SET files = files + 1; END;

CREATE TRIGGER blobs_removed AFTER DELETE ON blobs BEGIN UPDATE change_counts SET files = files + 1; END;
CREATE TRIGGER blobs_changed AFTER UPDATE OF id, sha256, storage_name, size_bytes, state, is_damaged, created_at_ms
  ON blobs BEGIN UPDATE change_counts SET files = files + 1; END;
