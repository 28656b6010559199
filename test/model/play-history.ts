import { packages, type History, type Operation, type Request } from "./history.ts";
import type { Outcome } from "./package-model.ts";
import type { Recorder } from "./recorder.ts";

export type Happening = Extract<Operation, { by: "world" }>;

/** Where a history is played: a registry that can be asked, and crashed. */
export interface Theatre {
  /** Returns when the registry can be asked. */
  ready(): Promise<void>;
  /** Some time passes before the next operation. */
  pause(span: number): Promise<void>;
  /** Carries out a request. Where the registry crashes meanwhile it answers `unanswered`, before anything new is begun. */
  ask(id: number, request: Request): Promise<Outcome>;
  /** Returns when it has happened, or a crash has ended it. */
  happen(happening: Happening): Promise<void>;
}

/** Plays a history: everything begins in the order of the list, and nothing waits for the end of another but a client. */
export async function playHistory({ operations }: History, theatre: Theatre, recorder: Recorder): Promise<void> {
  const running: Promise<void>[] = [];
  const asking = new Map<number, Promise<void>>();
  for (const operation of operations) {
    if (operation.by === "client") await asking.get(operation.client);
    await theatre.pause(operation.pause);
    await theatre.ready();
    const ended = operation.by === "world" ? theatre.happen(operation) : askAndNote(theatre, recorder, operation.id, operation);
    ended.catch(() => undefined);
    running.push(ended);
    if (operation.by === "client") asking.set(operation.client, ended);
  }
  await Promise.all(running);
}

/** Reads everything that there may be, one after the other, so that nothing is left open. */
export async function readEverything(theatre: Theatre, recorder: Recorder): Promise<void> {
  let id = 1_000_000;
  const ask = async (request: Request): Promise<void> => askAndNote(theatre, recorder, (id += 1), request);
  for (const number of packages.keys()) {
    await ask({ kind: "list versions", package: number });
    await ask({ kind: "latest", package: number });
    for (const version of ["1.0", "2.0"]) {
      await ask({ kind: "list files", package: number, version });
      for (const file of ["a.bin", "b.bin"]) await ask({ kind: "read", dialect: "gitlab", package: number, version, file });
    }
  }
}

async function askAndNote(theatre: Theatre, recorder: Recorder, id: number, request: Request): Promise<void> {
  const call = recorder.begin(id, request);
  const outcome = await theatre.ask(id, request);
  call.settle(outcome);
  if (outcome.kind === "fault") recorder.complain(`operation ${id}, ${JSON.stringify(request)}: ${outcome.detail}`);
}
