import type { BlobStore } from "../../src/core/ports/blob-store.ts";
import type { PublishStore } from "../../src/core/ports/publish-store.ts";
import { openStores } from "../../src/open-stores.ts";
import { serve } from "../support/fault-serve.ts";

/** Broken on purpose: where the record of a file could not be written, its bytes are removed, whatever became of the record. */
function removedOnError(publishing: PublishStore, blobs: BlobStore): PublishStore {
  return {
    ...publishing,
    publish: async (command) => {
      try {
        return await publishing.publish(command);
      } catch (error) {
        await blobs.remove(command.blob.storageName);
        throw error;
      }
    },
  };
}

await serve({
  open: async (...parameters) => {
    const stores = await openStores(...parameters);
    return { ...stores, metadata: { ...stores.metadata, publishing: removedOnError(stores.metadata.publishing, stores.blobs) } };
  },
});
