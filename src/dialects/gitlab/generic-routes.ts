import type { Actor } from "../../core/actor.ts";
import { versionStatuses, type VersionStatus } from "../../core/domain.ts";
import type { SettledUpload } from "../../core/operations/publish-file.ts";
import type { Registry } from "../../core/registry.ts";
import { RegistryError } from "../../core/registry-error.ts";
import { announcedLength } from "../../http/announced-length.ts";
import { parameterOf, type Exchange } from "../../http/exchange.ts";
import { openFormUpload, type FormUpload } from "../../http/form-upload.ts";
import { checkedParameters, type ParameterReader } from "../../http/parameter-reader.ts";
import { uploadDigests } from "../../http/upload-digests.ts";
import { jsonAnswer, noContent } from "./answers.ts";
import type { GitlabSettings } from "./dialect.ts";
import { answerFile } from "./file-download.ts";
import { checkedPath, checkPackageAndVersion, readGenericName, type GenericName } from "./generic-names.ts";
import { packageFileRowJson } from "./package-json.ts";
import { unmodifiedSince } from "./unmodified-since.ts";
import { everyKind, openAt, queryInput, routesOf, type GitlabRoute } from "./route.ts";

const ofVersion = "/api/v4/projects/:id/packages/generic/:package_name/:package_version";
const ofFile = `${ofVersion}/*file`;

/** GitLab's generic registry (lib/api/generic_packages.rb), with deleting by name; GET also answers HEAD. */
export function genericRoutes(registry: Registry, settings: GitlabSettings): readonly GitlabRoute[] {
  const route = routesOf(registry, { family: "generic", area: "package", kinds: everyKind, anonymous: "refused" });
  return [
    route("PUT", ofFile, "namespace:publish", (exchange, actor) => upload(registry, settings, exchange, actor)),
    route("GET", ofFile, "namespace:read", (exchange, actor) => download(registry, exchange, actor), { anonymous: "welcome" }),
    route("DELETE", ofFile, "namespace:delete", async (exchange, actor) => {
      const name = queryInput(exchange, (reader) => readGenericName(exchange, reader));
      const grant = await openAt(registry, exchange, actor, { capability: "delete" });
      await registry.deleteFile(grant, { ...name, match: "exact" }, unmodifiedSince(exchange));
      return noContent();
    }),
    route("DELETE", ofVersion, "namespace:delete", async (exchange, actor) => {
      const packageName = parameterOf(exchange, "package_name");
      const version = parameterOf(exchange, "package_version");
      queryInput(exchange, (reader) => checkPackageAndVersion(reader, packageName, version));
      const grant = await openAt(registry, exchange, actor, { capability: "delete" });
      await registry.deleteVersion(grant, { packageName, version, match: "exact" }, unmodifiedSince(exchange));
      return noContent();
    }),
  ];
}

/** Whether a path leads to the routes of generic files, or of a version. */
export function isGenericTarget(segments: readonly string[]): boolean {
  const [api, v4, projects, , packages, generic] = segments;
  return api === "api" && v4 === "v4" && projects === "projects" && packages === "packages" && generic === "generic" && segments.length >= 8;
}

/** What an upload may say beside its bytes. */
interface UploadParameters {
  readonly status: VersionStatus | null;
  readonly answersRow: boolean;
}

function readUploadParameters(reader: ParameterReader): UploadParameters {
  const status = reader.optionalOneOf("status", versionStatuses) ?? null;
  return { status, answersRow: (reader.optionalOneOf("select", ["package_file"]) ?? null) !== null };
}

async function upload(registry: Registry, settings: GitlabSettings, exchange: Exchange, actor: Actor): Promise<Response> {
  const asked = queryInput(exchange, (reader) => ({ name: readGenericName(exchange, reader), ...readUploadParameters(reader) }));
  const { headers } = exchange.request;
  const expectedDigests = uploadDigests(headers);
  const announcedBytes = announcedLength(headers);
  if (announcedBytes === "malformed") throw new RegistryError("body_malformed", "Content-Length is malformed or repeated");
  const grant = await openAt(registry, exchange, actor, { capability: "publish" });
  const contentType = headers.get("content-type") ?? "";
  const isForm = settings.unwrapForms && /^[ \t]*multipart\/form-data[ \t]*(?:;|$)/i.test(contentType);
  const form = isForm ? openFormUpload(exchange.body, contentType, ["status", "select", "path"]) : null;
  let answersRow = asked.answersRow;
  const publishing = registry.publishFile(grant, {
    ...asked.name,
    match: "exact",
    onDuplicate: "allow",
    status: asked.status,
    reservation: headers.get("stowage-reservation"),
    expectedDigests,
    content: form?.content ?? exchange.body.passing(),
    announcedBytes,
    isLengthExact: form === null,
    ...(form === null
      ? {}
      : {
          settle: () => {
            const { settled, isRowAsked } = settleForm(form, asked.name, asked.status);
            answersRow ||= isRowAsked;
            return settled;
          },
        }),
  });
  const { file } = await publishing.finally(() => form?.release());
  if (!answersRow) return jsonAnswer(201, { message: "201 Created" });
  return jsonAnswer(200, packageFileRowJson(file, grant.namespace.id, exchange.publicUrl()));
}

/** What the fields of a form add to what path and query said; path and query count first. Throws `ParameterError`. */
function settleForm(form: FormUpload, name: GenericName, status: VersionStatus | null): { settled: SettledUpload; isRowAsked: boolean } {
  const outcome = form.outcome();
  if (outcome.kind === "misfit") return { settled: { kind: "whole", before: outcome.before, rest: outcome.rest }, isRowAsked: false };
  return checkedParameters(outcome.fields, (reader) => {
    const directory = reader.optionalText("path") ?? "";
    const hasDirectory = name.path.includes("/");
    const path = hasDirectory || directory === "" ? name.path : checkedPath(reader, directory.split("/"), name.path);
    const fields = readUploadParameters(reader);
    return { settled: { kind: "named", path, status: status ?? fields.status }, isRowAsked: fields.answersRow };
  });
}

async function download(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  const name = queryInput(exchange, (reader) => readGenericName(exchange, reader));
  const grant = await openAt(registry, exchange, actor, { capability: "read" });
  return answerFile(exchange, await registry.readFile(grant, { ...name, match: "exact" }, exchange.method === "GET"));
}
