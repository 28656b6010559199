import { describe, expect, it } from "bun:test";
import { accessTokenContract } from "./metadata-store/access-tokens.ts";
import { accountContract } from "./metadata-store/accounts.ts";
import { blobRecordContract } from "./metadata-store/blob-records.ts";
import { cleanupContract } from "./metadata-store/cleanup.ts";
import { collectionContract } from "./metadata-store/collection.ts";
import { deletingContract } from "./metadata-store/deleting.ts";
import { duplicateContract } from "./metadata-store/duplicates.ts";
import { foldingContract } from "./metadata-store/folding.ts";
import { limitContract } from "./metadata-store/limits.ts";
import { memberContract } from "./metadata-store/members.ts";
import { namespaceContract } from "./metadata-store/namespaces.ts";
import { deployTokenContract, jobTokenContract } from "./metadata-store/namespace-tokens.ts";
import { packageContract } from "./metadata-store/packages.ts";
import { protectionContract } from "./metadata-store/protection.ts";
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
import { releaseContract } from "./metadata-store/releases.ts";
import { reservationContract } from "./metadata-store/reservations.ts";
import { revisionContract } from "./metadata-store/revisions.ts";
import { subtreeContract } from "./metadata-store/subtrees.ts";
import { teamContract } from "./metadata-store/teams.ts";
import { tokenContract } from "./metadata-store/tokens.ts";
import { treeContract } from "./metadata-store/tree.ts";
import { userSearchContract } from "./metadata-store/user-search.ts";
import { variableContract } from "./metadata-store/variables.ts";
import { indexContract } from "./metadata-store/version-index.ts";

const parts: readonly (readonly [name: string, contract: (store: CurrentStore) => void])[] = [
  ["accounts", accountContract],
  ["user searches", userSearchContract],
  ["namespaces", namespaceContract],
  ["trees", treeContract],
  ["subtrees", subtreeContract],
  ["teams", teamContract],
  ["members", memberContract],
  ["tokens", tokenContract],
  ["access tokens", accessTokenContract],
  ["deploy tokens", deployTokenContract],
  ["job tokens", jobTokenContract],
  ["variables", variableContract],
  ["releases", releaseContract],
  ["packages", packageContract],
  ["names without case", foldingContract],
  ["publishing", publishingContract],
  ["duplicates", duplicateContract],
  ["limits", limitContract],
  ["deleting", deletingContract],
  ["revisions", revisionContract],
  ["index", indexContract],
  ["protection", protectionContract],
  ["reservations", reservationContract],
  ["cleanup and settings", cleanupContract],
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
