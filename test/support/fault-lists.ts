import type { FaultClient } from "./fault-client.ts";
import type { Violation } from "./fault-journal.ts";
import { inParallel } from "./fault-waiting.ts";

const listedAtOnce = 8;

/** Compares the list of every version with the paths that can be read: it names these, and no other. */
export async function checkLists(
  client: FaultClient,
  paths: readonly string[],
  isPresent: (path: string) => boolean,
  violations: Violation[],
): Promise<void> {
  const versions = Map.groupBy(paths, (path) => path.slice(0, path.lastIndexOf("/")));
  await inParallel(listedAtOnce, [...versions], async ([version, files]) => {
    const readable = files.filter(isPresent).map((path) => path.slice(version.length + 1));
    const listed = await client.list(version).catch((error: unknown) => [String(error)]);
    if (listed.toSorted().join() !== readable.toSorted().join())
      violations.push({ kind: "wrong list", detail: `${version}: lists ${listed.join()}; can be read: ${readable.join()}` });
  });
}
