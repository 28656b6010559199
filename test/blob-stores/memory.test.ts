import { openMemoryBlobStore } from "../../src/blob-stores/memory.ts";
import { systemClock } from "../../src/core/ports/clock.ts";
import { blobStoreContract } from "../contracts/blob-store-contract.ts";

blobStoreContract("blob store in memory", async () => {
  const store = openMemoryBlobStore(systemClock);
  return { store, close: () => store.close() };
});
