import type { Database } from "bun:sqlite";
import { join } from "node:path";
import { openSecretBox } from "../../src/secret-box.ts";
import { sha256Of } from "./fault-content.ts";

/** Beyond the life of any test: nothing that the server does by itself takes it away. */
const laterMs = Date.now() + 3_600_000_000;

const secretOf = (name: string): string => sha256Of(Buffer.from(name));

/**
 * Rows of what a later schema has added, written as soon as it is there, by its version. They go with those of the first
 * schema: the account 1, the group 3, the packages and versions of its files.
 */
export const laterRows: Readonly<Record<number, (database: Database, dataDirectory: string) => void>> = {
  2: writeGitlabRows,
  3: (database) => void database.run("INSERT INTO upkeep (name, value) VALUES ('lastScrubBeganAtMs', ?), ('lastScrubEndedAtMs', ?)", [Date.now(), Date.now()]),
};

/** The project 4 in the group, with a bot 5, and what belongs to them; the id 77 was chosen by somebody and is gone. */
function writeGitlabRows(database: Database, dataDirectory: string): void {
  const sealed = openSecretBox(join(dataDirectory, "secret.key"), false).seal("the value", "variable:4:KEY");
  const statements = [
    `INSERT INTO namespaces (id, parent_id, kind, path, path_folded, visibility, settings, created_at_ms) VALUES
       (4, 3, 'project', 'Tools/App', 'tools/app', 'internal', '{"duplicates":"identical"}', 900), (5, NULL, 'user', 'project_4_bot', 'project_4_bot', 'private', '{}', 901)`,
    "INSERT INTO users (id, email, email_folded, password_hash, bot_of_namespace_id) VALUES (5, 'bot@noreply.invalid', 'bot@noreply.invalid', 'none', 4)",
    `INSERT INTO grants (namespace_id, user_id, level, expires_at_ms, created_at_ms) VALUES (4, 5, 40, ${laterMs}, 902)`,
    `INSERT INTO tokens (id, user_id, name, description, secret_sha256, last_eight, scopes, created_at_ms, expires_at_ms, revoked_at_ms) VALUES
       (4, 5, 'bot', 'of the project', '${secretOf("bot")}', '44444444', '["api"]', 903, ${laterMs}, NULL), (5, 5, 'bot', '', '${secretOf("revoked")}', '55555555', '["api"]', 904, NULL, 905)`,
    "INSERT INTO retired_namespace_ids (id) VALUES (77)",
    "INSERT INTO former_paths (path_folded, namespace_id) VALUES ('tools/old-app', 4)",
    `INSERT INTO deploy_tokens (namespace_id, name, username, secret_sha256, scopes, created_at_ms, expires_at_ms) VALUES (4, 'ci', 'deployer', '${secretOf("deploy")}', '["read_package_registry"]', 906, NULL)`,
    `INSERT INTO job_tokens (user_id, namespace_id, secret_sha256, created_at_ms, expires_at_ms) VALUES (1, 4, '${secretOf("job")}', 907, ${laterMs})`,
    "INSERT INTO protection_rules (namespace_id, package_name_pattern, push_level, delete_level, created_at_ms) VALUES (4, 'app-*', 40, 60, 908)",
    `INSERT INTO variables (namespace_id, name, environment_scope, sealed_value, variable_type, description, is_protected, is_masked, is_hidden, is_raw) VALUES
       (4, 'KEY', 'production', '${sealed}', 'env_var', 'of the project', 1, 1, 0, 1)`,
    `INSERT INTO releases (id, namespace_id, tag, name, description, ref, author_kind, author_id, author_name, created_at_ms, released_at_ms) VALUES
       (1, 4, 'v1.0.0', 'The first', 'Notes', 'main', 'user', 1, 'root', 909, 910)`,
    "INSERT INTO release_links (release_id, name, url, filepath, link_type) VALUES (1, 'tool', 'https://example.com/tool', '/bin/tool', 'package')",
    "INSERT INTO version_numbers (namespace_id, package_name, version, major, minor, patch) VALUES (1, 'tool', '7.0.0', 7, 0, 0)",
    `INSERT INTO reservations (namespace_id, package_name, package_name_folded, version, version_folded, secret_sha256, holder_kind, holder_id, created_at_ms, expires_at_ms) VALUES
       (1, 'tool', 'tool', '7.0.0', '7.0.0', '${secretOf("reservation")}', 'user', 1, 911, ${laterMs})`,
    "INSERT INTO instance_settings (name, value) VALUES ('max_file_bytes:generic_packages', '1000000000')",
    // As an upload into it leaves it: later than it was made.
    "UPDATE versions SET updated_at_ms = 2000 WHERE id = 1",
  ];
  for (const statement of statements) database.run(statement);
}
