import { serve } from "../support/fault-serve.ts";

/** The server as it is. */
await serve();
