import { serve } from "../support/fault-serve.ts";
import { skipSyncs } from "../support/skipped-syncs.ts";

// Broken on purpose: the bytes of an upload are not synced before they get their name.
await skipSyncs("files");
await serve();
