import { openStores } from "../../src/open-stores.ts";
import { answeredEarly } from "../support/fault-answered-early.ts";
import { serve } from "../support/fault-serve.ts";

await serve({
  open: async (config) => {
    const stores = await openStores(config);
    return { ...stores, metadata: { ...stores.metadata, publishing: answeredEarly(stores.metadata.publishing) } };
  },
});
