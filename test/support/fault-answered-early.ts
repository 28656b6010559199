import type { PublishStore } from "../../src/core/ports/publish-store.ts";
import { delay } from "./fault-waiting.ts";

/** How long after the answer the record is written. */
const lateByMs = 30;

/** Broken on purpose: a publish is answered before the command that records the file was given. */
export function answeredEarly(publishing: PublishStore): PublishStore {
  return {
    ...publishing,
    publish: async (command) => {
      void delay(lateByMs).then(() => publishing.publish(command));
      return {
        outcome: "published",
        file: { id: 0, versionId: 0, blobId: 0, createdAtMs: command.nowMs, path: command.path, isDamaged: false, ...command.blob },
        isBlobUsed: true,
        isNewVersion: false,
      };
    },
  };
}
