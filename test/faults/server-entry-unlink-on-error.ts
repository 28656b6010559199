import { RegistryError } from "../../src/core/registry-error.ts";
import { openStores, type Stores } from "../../src/open-stores.ts";
import { serve } from "../support/fault-serve.ts";

/** Every so many uploads one fails for a reason of the moment. */
const failsEach = 6;

/** Broken on purpose: an upload that fails takes the bytes of its content away, whoever else names them. */
function cleaningUp({ metadata, blobs, close }: Stores): Stores {
  let count = 0;
  return {
    blobs,
    close,
    metadata: {
      ...metadata,
      publishing: {
        ...metadata.publishing,
        publish: async (command) => {
          count += 1;
          if (count % failsEach !== 0) return metadata.publishing.publish(command);
          const live = await metadata.blobs.findLive(command.blob.sha256);
          if (live !== null) await blobs.remove(live.storageName);
          throw new RegistryError("storage_busy", "the records cannot be written at the moment");
        },
      },
    },
  };
}

await serve({ open: async (config) => cleaningUp(await openStores(config)) });
