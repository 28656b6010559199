import { serve } from "../support/fault-serve.ts";
import { skipSyncs } from "../support/skipped-syncs.ts";

// Broken on purpose: the folder in which an upload gets its name is not synced.
await skipSyncs("folders");
await serve();
