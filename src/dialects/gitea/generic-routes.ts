import type { FileRevision } from "../../core/domain.ts";
import type { Registry } from "../../core/registry.ts";
import { RegistryError } from "../../core/registry-error.ts";
import { announcedLength } from "../../http/announced-length.ts";
import { attachmentDisposition } from "../../http/content-disposition.ts";
import { createDownloads } from "../../http/download-response.ts";
import { parameterOf, type Exchange } from "../../http/exchange.ts";
import { streamOf, type CountedBody } from "../../http/request-body.ts";
import { MultipartError, openFirstFilePart } from "../../http/multipart-file-part.ts";
import { checkPublishedName, type PublishedName } from "./package-names.ts";
import { namespaceRoute, type GiteaRoute } from "./route.ts";

const base = "/api/packages/:owner/generic";

/** The five routes of Gitea's generic registry (routers/api/packages/api.go); GET also answers HEAD. */
export function genericRoutes(registry: Registry): readonly GiteaRoute[] {
  const route = namespaceRoute(registry, "packages");
  return [
    route("PUT", `${base}/:name/:version/:file`, "publish", (exchange, grant) => upload(registry, exchange, grant)),
    route("GET", `${base}/:name/:version/:file`, "read", (exchange, grant) => download(registry, exchange, grant)),
    route("DELETE", `${base}/:name/:version/:file`, "delete", async (exchange, grant) => {
      await registry.deleteFile(grant, { ...nameOf(exchange), match: "folded" });
      return new Response(null, { status: 204 });
    }),
    route("DELETE", `${base}/:name/:version`, "delete", async (exchange, grant) => {
      const packageName = parameterOf(exchange, "name");
      await registry.deleteVersion(grant, { packageName, version: parameterOf(exchange, "version"), match: "folded" });
      return new Response(null, { status: 204 });
    }),
  ];
}

function nameOf(exchange: Exchange): PublishedName {
  return {
    packageName: parameterOf(exchange, "name"),
    version: parameterOf(exchange, "version"),
    path: parameterOf(exchange, "file"),
  };
}

async function upload(
  registry: Registry,
  exchange: Exchange,
  grant: Parameters<Registry["publishFile"]>[0],
): Promise<Response> {
  const name = checkPublishedName(nameOf(exchange));
  const { body } = exchange;
  const { headers } = exchange.request;
  const contentType = headers.get("content-type") ?? "";
  const announced = announcedLength(headers);
  if (announced === "malformed") throw new RegistryError("body_malformed", "Content-Length is malformed or repeated");
  const isForm = /^multipart\/form-data/i.test(contentType);
  // Anything but a form is the file itself, whatever type it names: curl --data-binary sends a form's type with raw bytes.
  await registry.publishFile(grant, {
    ...name,
    match: "folded",
    onDuplicate: "reject",
    status: null,
    reservation: headers.get("stowage-reservation"),
    expectedDigests: [],
    content: isForm ? formFile(body, contentType) : body.passing(),
    announcedBytes: announced,
    isLengthExact: !isForm,
  });
  return new Response(null, { status: 201 });
}

/** What a form may hold beside its file. */
const envelopeBytes = 1024 * 1024;

/** The first file of a form; a form without one is refused with the words of Go's parser, as Forgejo does. */
async function* formFile(body: CountedBody, contentType: string): AsyncIterable<Uint8Array> {
  let fileBytes = 0;
  const form = streamOf(boundedForm(body, () => fileBytes));
  try {
    for await (const chunk of openFirstFilePart(form, contentType)) {
      fileBytes += chunk.byteLength;
      yield chunk;
    }
  } catch (error) {
    if (error instanceof MultipartError) throw new RegistryError("body_malformed", error.message, { cause: error });
    throw error;
  } finally {
    // Lets go of the body, so that what is left of it can be drained.
    await form.cancel().catch(() => undefined);
  }
}

/** The form's bytes, as long as what is not the file stays small: only the file counts against the limits. */
async function* boundedForm(body: CountedBody, fileBytes: () => number): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body) {
    // The reader of the form is at most one chunk behind.
    if (body.receivedBytes() - fileBytes() > envelopeBytes + 2 * chunk.byteLength)
      throw new RegistryError("body_malformed", `the form holds more than ${envelopeBytes} bytes beside its file`);
    yield chunk;
  }
}

async function download(
  registry: Registry,
  exchange: Exchange,
  grant: Parameters<Registry["readFile"]>[0],
): Promise<Response> {
  const wanted = { ...nameOf(exchange), match: "folded" as const };
  const { file, content } = await registry.readFile(grant, wanted, exchange.method === "GET");
  return respondWithFile(exchange.request, file, content);
}

const respondWithFile = createDownloads((file: FileRevision) => ({
  sizeBytes: file.sizeBytes,
  etag: `"${file.sha256}"`,
  lastModifiedMs: file.createdAtMs,
  headers: fileHeaders(file),
}));

/** What every answer for a file says of it. The content never becomes a document of this origin. */
function fileHeaders(file: FileRevision): Readonly<Record<string, string>> {
  return {
    "content-disposition": attachmentDisposition(file.path),
    "access-control-expose-headers": "Content-Disposition",
    "cache-control": "max-age=0, private, must-revalidate",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "repr-digest": `sha-256=:${Buffer.from(file.sha256, "hex").toString("base64")}:`,
    "x-checksum-sha256": file.sha256,
  };
}
