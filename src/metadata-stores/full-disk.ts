import type { Ballast } from "./ballast.ts";
import type { CommandName } from "./commands.ts";
import { isFailed, type CommandReply, type CommandRequest } from "./write-batch.ts";

/**
 * Commands that free room, take rights away or change a record in place: what must still work on a full disk, so that
 * its operator can help himself. No command that lets the records grow is among them.
 */
const freeing: ReadonlySet<CommandName> = new Set<CommandName>([
  "deleteVersion", "deleteFile", "deleteRevision", "trimRevisions", "deletePackage", "deleteProject", "clearDeleted",
  "deleteGroup", "deleteUser", "deleteToken", "revokeToken", "deleteDeployToken", "deleteJobToken", "removeExpiredJobTokens",
  "removeTeamMember", "removeMember", "removeExpiredMembers", "removeExpiredReservations", "updateUser", "updateMember",
  "deleteProtectionRule", "deleteVariable", "deleteRelease", "deleteReleaseLink", "writeInstanceSettings", "writeUpkeep",
  "removeEmptyPackages", "setDamaged", "claimUnreferenced", "forgetBlobs", "claimUnrecorded", "forgetClaims",
]);

/** Whether a command may use the room of the ballast. */
export function isFreeing(name: CommandName): boolean {
  return freeing.has(name);
}

/** The thread that writes, as this needs it: runs a batch; moves the log into the database. */
interface Writer {
  run(batch: readonly CommandRequest[]): Promise<readonly CommandReply[]>;
  checkpoint(): Promise<void>;
}

/**
 * Runs a batch. On a full disk the log is moved into the database, so that its room can be used again, and all commands
 * are tried again; then the ballast is given up for those that free room. After a failed commit nothing is moved. One
 * reply for each command, in order.
 */
export async function runOnFullDisk(writer: Writer, ballast: Ballast, batch: readonly CommandRequest[]): Promise<readonly CommandReply[]> {
  const first = await writer.run(batch);
  // Nothing of a batch that met a full disk was kept, so all of it may be repeated.
  if (!first.some(isFull)) {
    // Others may take what the ballast left: as long as there is some, the file grows into it, and the log begins anew.
    if (ballast.isGivenUp() && !first.some(isFailed)) await writer.checkpoint();
    return first;
  }
  await writer.checkpoint();
  const second = await writer.run(batch);
  const rescued = batch.filter(({ name }) => freeing.has(name));
  if (!second.some(isFull) || rescued.length === 0) return second;
  const isRoomFreed = await ballast.giveUp();
  if (!isRoomFreed && rescued.length === batch.length) return second;
  // First of all the database grows into it: then the room of the whole log can be used again.
  await writer.checkpoint();
  const third = await writer.run(rescued);
  if (!third.some(isFailed)) await writer.checkpoint();
  const replies = third.values();
  return batch.map(({ name }, index) => (freeing.has(name) ? replies.next().value : second[index]) ?? missingReply);
}

const missingReply: CommandReply = { ok: false, code: "storage_failed", message: "the writer left out a reply" };

function isFull(reply: CommandReply): boolean {
  return !reply.ok && reply.code === "storage_full";
}
