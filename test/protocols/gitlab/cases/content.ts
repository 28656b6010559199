import { expect } from "bun:test";
import { createHash } from "node:crypto";
import type { Exchange } from "../protocol-case.ts";

/** 70,000 bytes with every value in them. */
export const every = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7 + (index >> 8)) % 256);

/** Holds the body against these bytes. */
export const sameBytes = (of: Uint8Array): Pick<Exchange, "check"> => ({
  check: (answer) => expect(Buffer.from(answer.body).equals(Buffer.from(of))).toBe(true),
});

export const digest = (algorithm: "md5" | "sha1" | "sha256" | "sha512", of: string, form: "hex" | "base64" = "hex"): string =>
  createHash(algorithm).update(of).digest(form);

export const typed = (type: string): Pick<Exchange, "headers"> => ({ headers: { "Content-Type": type } });

/** A multipart body of these parts, boundary XX: [disposition, content]. */
export const parts = (...of: readonly (readonly [string, string])[]): string =>
  [...of.map(([what, content]) => `--XX\r\nContent-Disposition: form-data; ${what}\r\n\r\n${content}\r\n`), "--XX--\r\n"].join("");

export const form = typed("multipart/form-data; boundary=XX");
