// Run under strace by failed-sync.test.ts, as a process of its own, with syncs failing from one on. `moving`: commands follow
// one that was answered, after which the log is moved into the database. `given-up`: commands that free room, while the
// ballast is given up.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MetadataStore } from "../../src/core/ports/metadata-store.ts";
import { createBallast } from "../../src/metadata-stores/ballast.ts";
import { openSqliteStore } from "../../src/metadata-stores/sqlite.ts";
import { addGroup, failureOf } from "../contracts/metadata-store/records.ts";

const [path, how] = process.argv.slice(2);
if (path === undefined || (how !== "moving" && how !== "given-up")) throw new Error("usage: fail-and-go-on.ts PATH moving|given-up");

const ballast = createBallast(path);
const codeOf = (failure: unknown): string => (failure instanceof Error && "code" in failure ? String(failure.code) : "none");

async function move(store: MetadataStore): Promise<string[]> {
  await addGroup(store, "answered");
  const failures = await Promise.all(["a", "b", "c"].map((name) => failureOf(addGroup(store, name))));
  return ["answered", ...failures.map(codeOf)];
}

async function free(store: MetadataStore): Promise<string[]> {
  // There is something to be moved.
  await addGroup(store, "answered");
  mkdirSync(`${path}-ballast`);
  writeFileSync(join(`${path}-ballast`, "weight"), "");
  await ballast.giveUp();
  const failures = await Promise.all([1, 2].map((scrubAfterBlobId) => failureOf(store.upkeep.write({ scrubAfterBlobId }))));
  return [ballast.isGivenUp() ? "given up" : "there", ...failures.map(codeOf)];
}

const store = await openSqliteStore(path, "migrate", undefined, ballast);
const outcomes = await (how === "moving" ? move(store) : free(store));
await store.close();
console.log(outcomes.join(" "));
