// Makes calls of @gitbeaker/rest and prints what they gave, or how they failed. The one argument is JSON:
// { client: the options of Gitlab, calls: [["Packages.all", ...arguments]] }; { "$file": path } in it is a Blob.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Gitlab } from "@gitbeaker/rest";

const { client, calls } = JSON.parse(process.argv[2] ?? "", (_key, value) =>
  typeof value?.$file === "string" ? new Blob([readFileSync(value.$file)]) : value,
);
const gitlab = new Gitlab(client);

async function shown(value) {
  if (value instanceof Blob) return blobOf(Buffer.from(await value.arrayBuffer()));
  if (!(value instanceof ReadableStream)) return value ?? null;
  const chunks = [];
  for await (const chunk of value) chunks.push(chunk);
  return blobOf(Buffer.concat(chunks));
}

function blobOf(bytes) {
  return { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

const outcomes = [];
for (const [name, ...given] of calls) {
  const [resource, method] = name.split(".");
  try {
    outcomes.push({ value: await shown(await gitlab[resource][method](...given)) });
  } catch (error) {
    outcomes.push({ error: error.name, message: error.message, status: error.cause?.response?.status ?? null });
  }
}
process.stdout.write(JSON.stringify(outcomes));
