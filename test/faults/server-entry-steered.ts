import { serveSteered } from "../support/fault-steer.ts";

/** The server as it is, with a clock that can be set. */
await serveSteered();
