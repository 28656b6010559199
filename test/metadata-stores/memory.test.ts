import { openMemoryStore } from "../../src/metadata-stores/memory.ts";
import { metadataStoreContract } from "../contracts/metadata-store-contract.ts";

metadataStoreContract("metadata store in memory", async () => {
  const store = await openMemoryStore();
  return { store, close: () => store.close() };
});
