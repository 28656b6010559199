import { randomBytes } from "node:crypto";
import { seededVersion } from "../seeded-names.ts";
import type { RepeatedBody } from "./http-connection.ts";

/**
 * What a generator sends. `#` in a path stands for a number: for reads one of `count`, so many times `stride` (1 unless
 * given) after `first` (0 unless given); ever rising for uploads and deletes. `{version}` stands for the number as a version.
 */
export type RequestPlan =
  | {
      readonly kind: "get" | "head";
      readonly path: string;
      readonly count: number;
      readonly stride?: number;
      readonly first?: number;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly kind: "put"; readonly path: string; readonly sizeBytes: number; readonly headers: Readonly<Record<string, string>> }
  /** The same question again and again. */
  | { readonly kind: "post"; readonly path: string; readonly body: string; readonly headers: Readonly<Record<string, string>> }
  /** GETs with wrong passwords, no two alike; each sender, an address behind a proxy, tries so many and is not heard of again. */
  | { readonly kind: "guess"; readonly path: string; readonly account: string; readonly guessesPerSender: number }
  | { readonly kind: "delete"; readonly path: string; readonly headers: Readonly<Record<string, string>> };

/** A request ready to be written. */
export interface PreparedRequest {
  readonly start: Uint8Array;
  readonly rest?: RepeatedBody;
  readonly hasAnswerBody: boolean;
}

const bodyPieceBytes = 1024 * 1024;
const uniqueBytes = 32;

/** Makes requests one after the other, each as cheaply as possible. Uploads never have the same content twice. */
export function createRequestSource(plan: RequestPlan, firstNumber = 0): () => PreparedRequest {
  if (plan.kind === "put") return uploads(plan, firstNumber);
  if (plan.kind === "guess") return guesses(plan, firstNumber);
  if (plan.kind === "post") return posts(plan);
  const method = plan.kind.toUpperCase();
  if (plan.kind === "delete") {
    let number = firstNumber;
    return () => ({ start: Buffer.from(`${headOf(method, pathOf(plan.path, number++), plan.headers)}\r\n`, "latin1"), hasAnswerBody: true });
  }
  const { kind, path, count, stride = 1, first = 0, headers } = plan;
  const ready = Array.from({ length: count }, (_, number) =>
    Buffer.from(`${headOf(method, pathOf(path, first + number * stride), headers)}\r\n`, "latin1"),
  );
  let next = 0;
  return () => {
    // A large step that shares no factor with the count visits all in an order that no read-ahead foresees.
    next = (next + 7_919) % count;
    return { start: ready[next] ?? ready[0] ?? Buffer.alloc(0), hasAnswerBody: kind !== "head" };
  };
}

function posts({ path, body, headers }: Extract<RequestPlan, { kind: "post" }>): () => PreparedRequest {
  const bytes = Buffer.from(body);
  const head = `${headOf("POST", path, headers)}Content-Type: application/json\r\nContent-Length: ${bytes.byteLength}\r\n\r\n`;
  const start = Buffer.concat([Buffer.from(head, "latin1"), bytes]);
  return () => ({ start, hasAnswerBody: true });
}

function guesses({ path, account, guessesPerSender }: Extract<RequestPlan, { kind: "guess" }>, firstNumber: number): () => PreparedRequest {
  let number = firstNumber;
  return () => {
    const headers = {
      Authorization: `Basic ${btoa(`${account}:No-Password-${number}`)}`,
      "X-Forwarded-For": privateAddress(Math.floor(number / guessesPerSender)),
    };
    number += 1;
    return { start: Buffer.from(`${headOf("GET", path, headers)}\r\n`, "latin1"), hasAnswerBody: true };
  };
}

/** One of the 2^24 addresses of 10.0.0.0/8. */
function privateAddress(number: number): string {
  return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
}

function uploads({ path, sizeBytes, headers }: Extract<RequestPlan, { kind: "put" }>, firstNumber: number): () => PreparedRequest {
  const piece = randomBytes(Math.min(bodyPieceBytes, sizeBytes));
  const uniqueSize = Math.min(uniqueBytes, sizeBytes);
  const isSmall = sizeBytes <= piece.byteLength;
  let number = firstNumber;
  return () => {
    const head = Buffer.from(`${headOf("PUT", pathOf(path, number++), headers)}Content-Length: ${sizeBytes}\r\n\r\n`, "latin1");
    const unique = randomBytes(uniqueSize);
    // A small body goes out with its head in one write.
    if (isSmall) return { start: Buffer.concat([head, unique, piece.subarray(0, sizeBytes - uniqueSize)]), hasAnswerBody: true };
    return { start: Buffer.concat([head, unique]), rest: { piece, sizeBytes: sizeBytes - uniqueSize }, hasAnswerBody: true };
  };
}

/** Puts a number where the path has its place for one. */
function pathOf(path: string, number: number): string {
  return path.replace("#", String(number)).replace("{version}", seededVersion(number));
}

function headOf(method: string, path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines.join("")}`;
}
