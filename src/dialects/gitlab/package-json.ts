import type { FileRevision, Version } from "../../core/domain.ts";
import { timestamp } from "./answers.ts";
import { shownFileName } from "./generic-names.ts";

/** What a package object says of where it is. */
export interface PackagePlace {
  readonly publicUrl: string;
  readonly namespacePath: string;
  readonly isDeletable: boolean;
}

/** GitLab's package (lib/api/entities/package.rb): a version here. */
export function packageJson(version: Version, { publicUrl, namespacePath, isDeletable }: PackagePlace) {
  return {
    id: version.id,
    name: version.packageName,
    version: version.name,
    package_type: "generic",
    status: version.status,
    _links: {
      ...(version.status === "default" ? { web_path: `/${namespacePath}/-/packages/${version.id}` } : {}),
      ...(isDeletable ? { delete_api_path: `${publicUrl}/api/v4/projects/${version.namespaceId}/packages/${version.id}` } : {}),
    },
    created_at: timestamp(version.createdAtMs),
    last_downloaded_at: version.lastDownloadedAtMs === null ? null : timestamp(version.lastDownloadedAtMs),
    tags: [],
  };
}

/** Another version of the same name, as one package shows it (lib/api/entities/package_version.rb). */
export function siblingJson(version: Version) {
  return { id: version.id, version: version.name, created_at: timestamp(version.createdAtMs), tags: [] };
}

/** GitLab's package file (lib/api/entities/package_file.rb). Only SHA-256 is known of generic files. */
export function packageFileJson(file: FileRevision) {
  return {
    id: file.id,
    package_id: file.versionId,
    created_at: timestamp(file.createdAtMs),
    file_name: shownFileName(file.path),
    size: file.sizeBytes,
    file_md5: null,
    file_sha1: null,
    file_sha256: file.sha256,
  };
}

/** The whole row, as `select=package_file` shows it (doc: generic packages, publish a package). */
export function packageFileRowJson(file: FileRevision, projectId: number, publicUrl: string) {
  const { id, package_id, created_at, file_name, size, file_md5, file_sha1, file_sha256 } = packageFileJson(file);
  return {
    id,
    package_id,
    created_at,
    updated_at: created_at,
    size,
    file_store: 1,
    file_md5,
    file_sha1,
    file_name,
    file: { url: `${publicUrl}/api/v4/projects/${projectId}/packages/${package_id}/package_files/${id}/download` },
    file_sha256,
    verification_retry_at: null,
    verified_at: null,
    verification_failure: null,
    verification_retry_count: null,
    verification_checksum: null,
    verification_state: 0,
    verification_started_at: null,
    status: "default",
    file_final_path: null,
    project_id: projectId,
    new_file_path: null,
  };
}
