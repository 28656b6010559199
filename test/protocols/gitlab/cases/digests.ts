import { expect } from "bun:test";
import { bytes, created, notFound } from "../answers.ts";
import { get, put, type Exchange, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { digest } from "./content.ts";

const mismatch: Expectation = { status: 400, json: { message: expect.any(String) } };
const badHeader: Expectation = { status: 400, json: { error: expect.any(String) } };
const headers = (lines: Readonly<Record<string, string>>): Pick<Exchange, "headers"> => ({ headers: lines });

/** The headers that speak of this content, right or wrong for what is sent. */
const about = (content: string): readonly Readonly<Record<string, string>>[] => [
  { "X-Checksum-Sha256": digest("sha256", content) },
  { "X-Checksum-Sha256": digest("sha256", content).toUpperCase() },
  { "X-Checksum-Sha1": digest("sha1", content) },
  { "X-Checksum-Md5": digest("md5", content) },
  { "Content-MD5": digest("md5", content, "base64") },
  { "Repr-Digest": `sha-256=:${digest("sha256", content, "base64")}:` },
  { "Repr-Digest": `sha-512=:${digest("sha512", content, "base64")}:` },
];

const malformed: readonly Readonly<Record<string, string>>[] = [
  { "X-Checksum-Sha256": "00" },
  { "X-Checksum-Sha256": "z".repeat(64) },
  { "X-Checksum-Sha1": digest("sha256", "hello") },
  { "X-Checksum-Md5": "nonsense" },
  { "Content-MD5": digest("md5", "hello") },
  { "Content-MD5": "AAAA" },
  { "Repr-Digest": "sha-256=:AAAA:" },
  { "Repr-Digest": `sha-256=${digest("sha256", "hello")}` },
  { "Repr-Digest": "sha-256" },
];

export const digests: readonly ProtocolCase[] = [
  {
    row: "digest.right",
    it: "stores what arrived right",
    steps: about("hello").flatMap((lines, index) => [
      put(`{p}/1.0/f${index}`, created, "hello", headers(lines)),
      get(`{p}/1.0/f${index}`, bytes("hello")),
    ]),
  },
  {
    row: "digest.wrong",
    it: "refuses what arrived wrong, and leaves nothing",
    steps: [
      ...about("other").flatMap((lines) => [put("{p}/1.0/f", mismatch, "hello", headers(lines)), get("{p}/1.0/f", notFound)]),
      put("{p}/1.0/f", mismatch, "", headers({ "X-Checksum-Md5": digest("md5", "hello") })),
      get("{api}/packages?package_name={p}", { status: 200, json: [] }),
    ],
  },
  {
    row: "digest.malformed",
    it: "refuses what is no digest",
    steps: [...malformed.map((lines) => put("{p}/1.0/f", badHeader, "hello", headers(lines))), get("{p}/1.0/f", notFound)],
  },
  {
    row: "digest.unknown",
    it: "passes over what it does not know",
    steps: [
      put("{p}/1.0/f", created, "hello", headers({ "Repr-Digest": "unixsum=:AAA=:, crc32c=:AAAAAA==:" })),
      put("{p}/1.0/f", created, "hello", headers({ "X-Checksum-Crc32": "nonsense" })),
      put("{p}/1.0/f", created, "hello", headers({ "Repr-Digest": `unixsum=:AAA=:, sha-256=:${digest("sha256", "hello", "base64")}:` })),
      put("{p}/1.0/g", mismatch, "hello", headers({ "Repr-Digest": `unixsum=:AAA=:, sha-256=:${digest("sha256", "x", "base64")}:` })),
    ],
  },
  {
    row: "digest.several",
    it: "compares all of them",
    steps: [
      put("{p}/1.0/f", created, "hello", headers({
        "X-Checksum-Sha256": digest("sha256", "hello"),
        "X-Checksum-Sha1": digest("sha1", "hello"),
        "Content-MD5": digest("md5", "hello", "base64"),
      })),
      put("{p}/1.0/g", mismatch, "hello", headers({
        "X-Checksum-Sha256": digest("sha256", "hello"),
        "X-Checksum-Sha1": digest("sha1", "hello"),
        "Content-MD5": digest("md5", "other", "base64"),
      })),
      get("{p}/1.0/g", notFound),
    ],
  },
  {
    row: "digest.chunked",
    it: "compares a body of unknown length",
    steps: [
      put("{p}/1.0/f", created, "hello", { ...headers({ "X-Checksum-Sha1": digest("sha1", "hello") }), chunkBytes: 2 }),
      put("{p}/1.0/g", mismatch, "hello", { ...headers({ "X-Checksum-Sha1": digest("sha1", "other") }), chunkBytes: 2 }),
      get("{p}/1.0/g", notFound),
    ],
  },
];
