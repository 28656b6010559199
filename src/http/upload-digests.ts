import { ParameterError } from "./parameter-reader.ts";

/** What a sender says that its bytes hash to, and in which header. */
export interface UploadDigest {
  readonly algorithm: "sha256" | "sha1" | "md5" | "sha512";
  /** Lower-case hexadecimal. */
  readonly hex: string;
  readonly source: string;
}

const hexHeaders = [
  ["X-Checksum-Sha256", "sha256", 32],
  ["X-Checksum-Sha1", "sha1", 20],
  ["X-Checksum-Md5", "md5", 16],
] as const;

/** Algorithms of RFC 9530 section 5 that are computed here; others count for nothing. */
const reprAlgorithms: Readonly<Record<string, { readonly algorithm: UploadDigest["algorithm"]; readonly bytes: number }>> = {
  "sha-256": { algorithm: "sha256", bytes: 32 },
  "sha-512": { algorithm: "sha512", bytes: 64 },
  sha: { algorithm: "sha1", bytes: 20 },
  md5: { algorithm: "md5", bytes: 16 },
};

/**
 * The digests that the headers of an upload name: X-Checksum-Sha256, -Sha1 and -Md5 in hexadecimal, Content-MD5 in base64
 * (RFC 1864) and Repr-Digest (RFC 9530). Throws `ParameterError` for a malformed or repeated one.
 */
export function uploadDigests(headers: Headers): readonly UploadDigest[] {
  const found: UploadDigest[] = [];
  for (const [source, algorithm, bytes] of hexHeaders) {
    const text = headers.get(source);
    if (text === null) continue;
    if (!/^[0-9a-fA-F]+$/.test(text) || text.length !== bytes * 2) throw malformed(source);
    found.push({ algorithm, hex: text.toLowerCase(), source });
  }
  const contentMd5 = headers.get("content-md5");
  if (contentMd5 !== null) found.push({ algorithm: "md5", hex: hexOf(contentMd5, 16, "Content-MD5"), source: "Content-MD5" });
  const reprDigest = headers.get("repr-digest");
  return reprDigest === null ? found : [...found, ...readReprDigest(reprDigest)];
}

/** A dictionary of byte sequences (RFC 8941 section 3.2); the last of equal keys counts. */
function readReprDigest(text: string): readonly UploadDigest[] {
  const source = "Repr-Digest";
  const digests = new Map<string, UploadDigest>();
  for (const member of text.split(",")) {
    const parts = /^[ \t]*([a-z*][a-z0-9_.*-]*)=([^ \t]*)[ \t]*$/.exec(member);
    const name = parts?.[1];
    if (name === undefined) throw malformed(source);
    const known = Object.hasOwn(reprAlgorithms, name) ? reprAlgorithms[name] : undefined;
    if (known === undefined) continue;
    const bytes = /^:([A-Za-z0-9+/=]*):$/.exec(parts?.[2] ?? "")?.[1];
    if (bytes === undefined) throw malformed(source);
    digests.set(name, { algorithm: known.algorithm, hex: hexOf(bytes, known.bytes, source), source });
  }
  return [...digests.values()];
}

/** Throws unless the text is the base64 of so many bytes, padding included. */
function hexOf(base64: string, bytes: number, source: string): string {
  const decoded = Buffer.from(base64, "base64");
  if (decoded.byteLength !== bytes || decoded.toString("base64") !== base64) throw malformed(source);
  return decoded.toString("hex");
}

function malformed(source: string): ParameterError {
  return new ParameterError(`${source} is malformed`);
}
