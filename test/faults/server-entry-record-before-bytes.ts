import type { BlobStore } from "../../src/core/ports/blob-store.ts";
import { openStores } from "../../src/open-stores.ts";
import { serve } from "../support/fault-serve.ts";
import { delay } from "../support/fault-waiting.ts";

/** How long after the record the bytes get their name. */
const lateByMs = 30;

/** Broken on purpose: the record of a file is written before its bytes are in place. */
function placedLate(blobs: BlobStore): BlobStore {
  return {
    ...blobs,
    place: async (staged) => void delay(lateByMs).then(() => blobs.place(staged)),
  };
}

await serve({
  open: async (config) => {
    const stores = await openStores(config);
    return { ...stores, blobs: placedLate(stores.blobs) };
  },
});
