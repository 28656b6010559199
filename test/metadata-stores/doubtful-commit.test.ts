import { describe, expect, it } from "bun:test";
import { openMemoryStore } from "../../src/metadata-stores/memory.ts";
import { createSqliteConnection } from "../../src/metadata-stores/sqlite-connection.ts";
import { addGroup, failureOf, findFile, publish } from "../contracts/metadata-store/records.ts";

/** A store whose commits, from now on and as far as they are made at all, are followed by an error of the engine. */
async function openDoubtful() {
  let failure: { readonly code: string; readonly isMade: boolean } | null = null;
  const store = await openMemoryStore((database) => {
    const connection = createSqliteConnection(database);
    return {
      ...connection,
      run: (sql, ...values) => {
        if (sql !== "COMMIT" || failure === null) return connection.run(sql, ...values);
        if (failure.isMade) void connection.run(sql);
        throw Object.assign(new Error("the engine says so"), { code: failure.code });
      },
    };
  });
  return { store, failCommits: (code: string, isMade: boolean) => void (failure = { code, isMade }) };
}

describe("a commit that ends with an error", () => {
  it("is in doubt, not refused, when nothing is known of the error: what it recorded may be there", async () => {
    const { store, failCommits } = await openDoubtful();
    const { id } = await addGroup(store, "tools");
    failCommits("SQLITE_NOMEM", true);
    expect(await failureOf(publish(store, id))).toMatchObject({ code: "storage_failed" });
    expect(await findFile(store, id)).not.toBeNull();
    await store.close();
  });

  for (const [engineCode, code] of [["SQLITE_FULL", "storage_full"], ["SQLITE_BUSY", "storage_busy"]] as const)
    it(`is refused, and has recorded nothing, after ${engineCode}`, async () => {
      const { store, failCommits } = await openDoubtful();
      const { id } = await addGroup(store, "tools");
      failCommits(engineCode, false);
      expect(await failureOf(publish(store, id))).toMatchObject({ code });
      expect(await findFile(store, id)).toBeNull();
      await store.close();
    });
});
