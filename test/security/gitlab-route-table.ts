import { accountRows, keptSecretRows, personalTokenRows } from "./gitlab-account-rows.ts";
import { absentRows, packageRows, releaseRows } from "./gitlab-package-rows.ts";
import type { GitlabRow } from "./gitlab-rows.ts";
import { nativeRows, ruleRows, treeRows } from "./gitlab-tree-rows.ts";

/** Every route of the GitLab dialect. */
export const gitlabRows: readonly GitlabRow[] = [
  ...packageRows, ...releaseRows, ...absentRows, ...ruleRows, ...treeRows, ...accountRows, ...personalTokenRows, ...keptSecretRows,
];

/** Every route of the native dialect. */
export const nativeDialectRows: readonly GitlabRow[] = nativeRows;
