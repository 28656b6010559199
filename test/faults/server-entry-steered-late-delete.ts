import type { PublishStore } from "../../src/core/ports/publish-store.ts";
import { openStores } from "../../src/open-stores.ts";
import { serveSteered } from "../support/fault-steer.ts";
import { delay } from "../support/fault-waiting.ts";

/** How long after the answer the record is removed. */
const lateByMs = 30;

/** Broken on purpose: deleting a file is answered before the command was given. */
function deletedLate(publishing: PublishStore): PublishStore {
  return {
    ...publishing,
    deleteFile: async (target) => {
      void delay(lateByMs).then(() => publishing.deleteFile(target));
      return "deleted";
    },
  };
}

await serveSteered({
  open: async (config) => {
    const stores = await openStores(config);
    return { ...stores, metadata: { ...stores.metadata, publishing: deletedLate(stores.metadata.publishing) } };
  },
});
