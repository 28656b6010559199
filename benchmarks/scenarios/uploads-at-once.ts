import { mebibyte, uploadRow } from "../large-uploads.ts";
import type { Scenario } from "../scenario.ts";

/** Many large uploads that run at the same time. */
export const uploadsAtOnce: Scenario = {
  name: "uploads-at-once",
  summary: "32 uploads of 256 MiB at the same time",
  run: async (bench) => [
    bench.isQuick
      ? await uploadRow(bench, { id: "uploads-8-8m", title: "8 uploads of 8 MiB at once" }, { count: 8, sizeBytes: 8 * mebibyte })
      : await uploadRow(bench, { id: "uploads-at-once", title: "32 uploads of 256 MiB at once, hashed and durable" }, { count: 32, sizeBytes: 256 * mebibyte }),
  ],
};
