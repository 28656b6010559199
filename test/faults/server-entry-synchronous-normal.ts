import { serve } from "../support/fault-serve.ts";

const weakening = new URL("../support/synchronous-normal.ts", import.meta.url).href;

// Broken on purpose: a commit is not synced. Records are written by a thread of their own, which loads the weakening first.
globalThis.Worker = class extends Worker {
  constructor(url: string | URL, options: WorkerOptions = {}) {
    super(url, { ...options, preload: [weakening] });
  }
};
await import("../support/synchronous-normal.ts");
await serve();
