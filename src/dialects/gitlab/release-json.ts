import type { Release, ReleaseLink } from "../../core/domain.ts";
import { timestamp } from "./answers.ts";

/** Where a release is shown, and what is shown of it. */
export interface ReleasePlace {
  readonly publicUrl: string;
  readonly projectPath: string;
  readonly nowMs: number;
  readonly isEditable: boolean;
  readonly withHtml: boolean;
}

/**
 * GitLab's release (lib/api/entities/release.rb). There are no repositories, issues and merge requests behind it: no
 * sources, milestones and evidences, and of the commit only what the release's author said.
 */
export function releaseJson(release: Release, place: ReleasePlace) {
  const { publicUrl, projectPath } = place;
  const sha = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(release.ref ?? "") ? release.ref : null;
  const webPath = webPathOf(projectPath);
  const self = `${publicUrl}${webPath}/-/releases/${encodeURIComponent(release.tag)}`;
  const listed = (what: "issues" | "merge_requests", state: string): string =>
    `${publicUrl}${webPath}/-/${what}?${new URLSearchParams({ release_tag: release.tag, scope: "all", state }).toString()}`;
  return {
    tag_name: release.tag,
    name: release.name,
    description: release.description,
    ...(place.withHtml ? { description_html: plainHtml(release.description ?? "") } : {}),
    created_at: timestamp(release.createdAtMs),
    released_at: timestamp(release.releasedAtMs),
    upcoming_release: release.releasedAtMs > place.nowMs,
    author: {
      id: release.author.id,
      username: release.author.name,
      name: release.author.name,
      state: "active",
      avatar_url: null,
      web_url: `${publicUrl}/${release.author.name}`,
    },
    commit: commitJson(sha),
    milestones: [],
    ...(sha === null ? {} : { commit_path: `${webPath}/-/commit/${sha}` }),
    tag_path: `${webPath}/-/tags/${encodeURIComponent(release.tag)}`,
    assets: {
      count: release.links.length,
      sources: [],
      links: release.links.map((link) => releaseLinkJson(link, { ...place, tag: release.tag })),
    },
    evidences: [],
    _links: {
      closed_issues_url: listed("issues", "closed"),
      closed_merge_requests_url: listed("merge_requests", "closed"),
      ...(place.isEditable ? { edit_url: `${self}/edit` } : {}),
      merged_merge_requests_url: listed("merge_requests", "merged"),
      opened_issues_url: listed("issues", "opened"),
      opened_merge_requests_url: listed("merge_requests", "opened"),
      self,
    },
  };
}

/** GitLab's release link (lib/api/entities/releases/link.rb). */
export function releaseLinkJson(
  link: ReleaseLink,
  { publicUrl, projectPath, tag }: Pick<ReleasePlace, "publicUrl" | "projectPath"> & { readonly tag: string },
) {
  const downloads = `${publicUrl}${webPathOf(projectPath)}/-/releases/${encodeURIComponent(tag)}/downloads`;
  return {
    id: link.id,
    name: link.name,
    url: link.url,
    direct_asset_url: link.filepath === null ? link.url : downloads + link.filepath,
    link_type: link.type,
  };
}

function webPathOf(projectPath: string): string {
  return `/${projectPath.split("/").map(encodeURIComponent).join("/")}`;
}

/** Every field of GitLab's commit, so that clients that look into it find null. */
function commitJson(sha: string | null) {
  return {
    id: sha,
    short_id: sha === null ? null : sha.slice(0, 8),
    title: null,
    created_at: null,
    parent_ids: [],
    message: null,
    author_name: null,
    author_email: null,
    authored_date: null,
    committer_name: null,
    committer_email: null,
    committed_date: null,
  };
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** The text as it was written, in paragraphs: Markdown is not rendered. */
function plainHtml(text: string): string {
  const escaped = text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
  const paragraphs = escaped.split(/(?:\r?\n){2,}/).filter((paragraph) => paragraph.trim() !== "");
  return paragraphs.map((paragraph) => `<p dir="auto">${paragraph.replace(/\r?\n/g, "<br>\n")}</p>`).join("\n");
}
