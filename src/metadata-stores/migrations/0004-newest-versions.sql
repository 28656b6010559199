-- The newest version of a package, and its versions by id: with the status in it, neither is looked for among the others.
CREATE INDEX versions_of_package_by_id ON versions (package_id, id, status);
