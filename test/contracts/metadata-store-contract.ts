import { describe, expect, it } from "bun:test";
import { accountContract } from "./metadata-store/accounts.ts";
import { blobRecordContract } from "./metadata-store/blob-records.ts";
import { collectionContract } from "./metadata-store/collection.ts";
import { deletingContract } from "./metadata-store/deleting.ts";
import { foldingContract } from "./metadata-store/folding.ts";
import { limitContract } from "./metadata-store/limits.ts";
import { namespaceContract } from "./metadata-store/namespaces.ts";
import { packageContract } from "./metadata-store/packages.ts";
import { publishingContract } from "./metadata-store/publishing.ts";
import { randomHistoryContract } from "./metadata-store/random-history.ts";
import {
  addGroup,
  failureOf,
  newUser,
  openForEachTest,
  publish,
  tryPublish,
  type CurrentStore,
  type OpenMetadataStore,
} from "./metadata-store/records.ts";
import { teamContract } from "./metadata-store/teams.ts";
import { tokenContract } from "./metadata-store/tokens.ts";

const parts: readonly (readonly [name: string, contract: (store: CurrentStore) => void])[] = [
  ["accounts", accountContract],
  ["namespaces", namespaceContract],
  ["teams", teamContract],
  ["tokens", tokenContract],
  ["packages", packageContract],
  ["names without case", foldingContract],
  ["publishing", publishingContract],
  ["limits", limitContract],
  ["deleting", deletingContract],
  ["blob records", blobRecordContract],
  ["collection", collectionContract],
  ["random histories", randomHistoryContract],
];

/** What every metadata store must do; each adapter's test calls it. */
export function metadataStoreContract(name: string, open: OpenMetadataStore): void {
  describe(name, () => {
    for (const [part, contract] of parts) describe(part, () => contract(openForEachTest(open)));
    describe("the store itself", () => lifetimeContract(open));
  });
}

function lifetimeContract(open: OpenMetadataStore): void {
  it("answers, and finds nothing wrong with itself", async () => {
    const { store, close } = await open();
    const { id } = await addGroup(store, "tools");
    await publish(store, id);
    await store.ping();
    expect(await store.checkIntegrity()).toEqual([]);
    await close();
  });

  it("finishes what it was told before it closes, and refuses what comes later", async () => {
    const { store, close } = await open();
    const { id } = await addGroup(store, "tools");
    const told = Array.from({ length: 20 }, (_, index) => tryPublish(store, id, { path: `${index}` }));
    await close();
    expect((await Promise.all(told)).map((result) => result.outcome)).toEqual(told.map(() => "published"));
    expect(await failureOf(store.accounts.create(newUser("late")))).toMatchObject({ code: "storage_busy" });
    expect(await failureOf(store.ping())).toBeInstanceOf(Error);
  });
}
