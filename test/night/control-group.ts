import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { delay } from "../support/fault-waiting.ts";

const root = "/sys/fs/cgroup";
const controllers = ["memory", "cpu", "freezer"] as const;

/** Bounds that the kernel (control groups, version 1) sets for a server. Removed at the end of its scope, when no process is left in it. */
export interface ControlGroup extends AsyncDisposable {
  /** What has to stand before a command for it to run in the group, under the same process id. */
  readonly prefix: readonly string[];
  set(file: string, value: string): void;
  read(file: string): string;
}

/** Needs root. `file` is named as the kernel does, such as `memory.limit_in_bytes`. */
export function createControlGroup(name: string): ControlGroup {
  const folderOf = (controller: string): string => join(root, controller, name);
  for (const controller of controllers) mkdirSync(folderOf(controller));
  const pathOf = (file: string): string => join(folderOf(file.split(".")[0] ?? ""), file);
  const joining = controllers.map((controller) => `echo $$ > ${folderOf(controller)}/cgroup.procs`).join(" && ");
  return {
    prefix: ["/bin/sh", "-c", `${joining} && exec "$@"`, "sh"],
    set: (file, value) => writeFileSync(pathOf(file), value),
    read: (file) => readFileSync(pathOf(file), "latin1").trim(),
    [Symbol.asyncDispose]: async () => {
      for (const controller of controllers) await removeFolder(folderOf(controller));
    },
  };
}

/** The kernel lets go of a process a little after its end. */
async function removeFolder(path: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      return rmdirSync(path);
    } catch (error) {
      if (tries >= 100) throw error;
      await delay(100);
    }
  }
}
