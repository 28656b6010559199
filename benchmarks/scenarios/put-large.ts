import { mebibyte, uploadRow } from "../large-uploads.ts";
import type { Scenario } from "../scenario.ts";

/** One large upload. */
export const putLarge: Scenario = {
  name: "put-large",
  summary: "PUT of one 1 GiB file",
  run: async (bench) => [
    bench.isQuick
      ? await uploadRow(bench, { id: "put-64m", title: "PUT 64 MiB, hashed and durable" }, { count: 1, sizeBytes: 64 * mebibyte })
      : await uploadRow(bench, { id: "put-1g", title: "PUT 1 GiB, hashed and durable" }, { count: 1, sizeBytes: 1024 * mebibyte }),
  ],
};
