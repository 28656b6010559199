// Run in a process of its own with few file descriptors: what becomes of intact files when none is free. Prints JSON.
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { createDigestQueue } from "../../src/core/maintenance/digest-queue.ts";
import { verifyStores } from "../../src/core/maintenance/verify-stores.ts";
import { systemClock } from "../../src/core/ports/clock.ts";
import type { BlobStore } from "../../src/core/ports/blob-store.ts";
import type { RegistryEvent } from "../../src/core/ports/event-sink.ts";
import { openStores } from "../../src/open-stores.ts";
import { recordText } from "./record-text.ts";

const directory = process.argv[2] ?? "";
const database = { scheme: "sqlite", path: join(directory, "stowage.db") } as const;
const stores = await openStores({ database, blobs: { scheme: "file", directory } });

/** Takes every descriptor there is until it is disposed of. */
function takeAll(): Disposable {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    return { [Symbol.dispose]: () => taken.forEach((descriptor) => closeSync(descriptor)) };
  }
}
const attempts = 10;
const starving: BlobStore = {
  ...stores.blobs,
  hash: async (name, algorithms) => {
    for (let left = attempts; ; left -= 1) {
      using _ = takeAll();
      const digests = await stores.blobs.hash(name, algorithms);
      // It got one that another thread gave back in that moment.
      if (left === 0) return digests;
    }
  },
};
const verify = async (blobs: BlobStore) => {
  const { problems } = await verifyStores({ metadata: stores.metadata, blobs, clock: systemClock }, { graceMs: 0, isServerRunning: true });
  return problems.map(({ kind }) => kind);
};
const damagedCount = async () => (await stores.metadata.blobs.list(0, 10)).filter((blob) => blob.isDamaged).length;

const first = await recordText(stores, "one");
await recordText(stores, "two");
await stores.blobs.hash(first.storageName, ["sha256"]);
const outcomeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "done",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : String(error)),
  );
const hashed = await outcomeOf(starving.hash(first.storageName, ["sha256"]));
const opened: unknown[] = [];
for (const isStarving of [true, true, false]) {
  using _ = isStarving ? takeAll() : null;
  // Small contents are compared with their hash before they are given out, at the first reading and later.
  opened.push(await outcomeOf(stores.blobs.open(first.storageName, first.sizeBytes)));
}
const starvingProblems = await verify(starving);

const events: RegistryEvent[] = [];
const sink = { record: (event: RegistryEvent) => void events.push(event) };
const queue = createDigestQueue({ records: stores.metadata.blobs, blobs: stores.blobs, events: sink, retryMs: 50 });
{
  using _ = takeAll();
  queue.wake();
  await queue.idle();
}
const damaged = await damagedCount();
const deadlineMs = performance.now() + 5000;
while ((await stores.metadata.blobs.listWithoutDigests(0, 10)).length > 0 && performance.now() < deadlineMs) await Bun.sleep(10);
const undigested = (await stores.metadata.blobs.listWithoutDigests(0, 10)).length;
await queue.stop();
const problems = await verify(stores.blobs);
console.log(JSON.stringify({ hashed, opened, starvingProblems, events: [...new Set(events.map(({ kind }) => kind))], damaged, undigested, problems }));
await stores.close();
