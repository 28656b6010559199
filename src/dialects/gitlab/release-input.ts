import { releaseLinkTypes } from "../../core/domain.ts";
import type { GivenRelease } from "../../core/operations/manage-releases.ts";
import type { ReleaseLinkChanges } from "../../core/ports/release-link-store.ts";
import type { NewReleaseLink, ReleaseChanges } from "../../core/ports/release-store.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { ParameterReader } from "../../http/parameter-reader.ts";
import { optionalTime } from "./given-time.ts";

/** What creating a release asks for (doc: releases API, create a release). */
export interface NewReleaseInput extends GivenRelease {
  readonly milestones: readonly string[];
}

export function readNewRelease(reader: ParameterReader): NewReleaseInput {
  const name = reader.optionalText("name") ?? "";
  return {
    tag: reader.requiredText("tag_name"),
    name: name === "" ? null : name,
    description: reader.optionalText("description") ?? null,
    ref: reader.optionalText("ref") ?? null,
    links: reader.optionalMap("assets")?.optionalMaps("links")?.map(readNewLink) ?? [],
    milestones: readMilestones(reader),
    releasedAtMs: optionalTime(reader, "released_at"),
  };
}

/** Throws `value_invalid` when there is nothing to change (Releases::UpdateService). */
export function readReleaseChanges(reader: ParameterReader): { readonly changes: ReleaseChanges; readonly milestones: readonly string[] } {
  const name = reader.optionalText("name");
  const description = reader.optionalText("description");
  const releasedAtMs = optionalTime(reader, "released_at");
  const changes = {
    ...(name === undefined ? {} : { name: name ?? "" }),
    ...(description === undefined ? {} : { description }),
    ...(releasedAtMs === null ? {} : { releasedAtMs }),
  };
  const isEmpty = Object.keys(changes).length === 0 && !reader.has("milestones") && !reader.has("milestone_ids");
  const milestones = readMilestones(reader);
  if (isEmpty && !reader.has("released_at")) throw new RegistryError("value_invalid", "params is empty");
  return { changes, milestones };
}

export function readNewLink(reader: ParameterReader): NewReleaseLink {
  return {
    name: reader.requiredText("name", { mayBeEmpty: true }),
    url: reader.requiredText("url", { mayBeEmpty: true }),
    filepath: readFilepath(reader) ?? null,
    type: reader.oneOf("link_type", releaseLinkTypes, "other"),
  };
}

export function readLinkChanges(reader: ParameterReader): ReleaseLinkChanges {
  const name = reader.optionalText("name");
  const url = reader.optionalText("url");
  const filepath = readFilepath(reader);
  const type = reader.optionalOneOf("link_type", releaseLinkTypes) ?? undefined;
  reader.atLeastOneOf(["name", "url"]);
  return {
    ...(name === undefined ? {} : { name: name ?? "" }),
    ...(url === undefined ? {} : { url: url ?? "" }),
    ...(filepath === undefined ? {} : { filepath }),
    ...(type === undefined ? {} : { type }),
  };
}

/** So many milestones are named in a refusal, and so much of each. */
const shownMilestones = 10;
const shownLength = 80;

/** Throws `value_invalid`: there are no milestones here, so that none of those named is found. */
export function refuseMilestones(milestones: readonly string[]): void {
  if (milestones.length === 0) return;
  const shown = milestones.slice(0, shownMilestones).map((title) => title.slice(0, shownLength).toWellFormed());
  throw new RegistryError("value_invalid", `Milestone(s) not found: ${shown.join(", ")}`);
}

/** The path has two names; the older one counts where the newer one is missing or blank (Releases::Links::Params). */
function readFilepath(reader: ParameterReader): string | null | undefined {
  const newer = reader.optionalText("direct_asset_path");
  const older = reader.optionalText("filepath");
  if (newer === undefined && older === undefined) return undefined;
  return [newer, older].find((path) => path !== undefined && path !== null && path !== "") ?? null;
}

function readMilestones(reader: ParameterReader): readonly string[] {
  const titles = reader.optionalList("milestones");
  const ids = reader.optionalList("milestone_ids");
  if (titles !== undefined && ids !== undefined)
    reader.refuse("milestones, milestone_ids", "Cannot specify milestones and milestone_ids at the same time");
  return (titles ?? ids ?? []).filter((text) => text !== "");
}
