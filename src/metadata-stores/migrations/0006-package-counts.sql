-- How many versions each package has, for the totals of lists that name packages. Triggers count, as with what changed.
ALTER TABLE packages ADD COLUMN version_count INTEGER NOT NULL DEFAULT 0;

-- No look-up that is kept reads the count: publishing a version must not end them all.
DROP TRIGGER packages_changed;
CREATE TRIGGER packages_changed AFTER UPDATE OF id, namespace_id, name, name_folded, created_at_ms
  ON packages BEGIN UPDATE change_counts SET files = files + 1; END;

UPDATE packages SET version_count = (SELECT count(*) FROM versions WHERE package_id = packages.id);

CREATE TRIGGER package_versions_added AFTER INSERT ON versions
  BEGIN UPDATE packages SET version_count = version_count + 1 WHERE id = NEW.package_id; END;
CREATE TRIGGER package_versions_removed AFTER DELETE ON versions
  BEGIN UPDATE packages SET version_count = version_count - 1 WHERE id = OLD.package_id; END;
