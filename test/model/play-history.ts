import { packages, type History, type Operation, type Request } from "./history.ts";
import type { Outcome } from "./package-model.ts";
import type { Recorder } from "./recorder.ts";

export type Happening = Extract<Operation, { by: "world" }>;

/** Where a history is played: a registry that can be asked, and crashed. */
export interface Theatre {
  /** Returns when the registry can be asked. */
  ready(): Promise<void>;
  /** Some time passes before an operation. */
  pause(operation: Operation): Promise<void>;
  /** Carries out a request. Where the registry crashes meanwhile it answers `unanswered`, before anything new is begun. */
  ask(id: number, client: number, request: Request): Promise<Outcome>;
  /** Returns when it has happened, or a crash has ended it. */
  happen(happening: Happening): Promise<void>;
}

/** Plays a history: every actor does what is its own in order, all of them at the same time. */
export async function playHistory({ operations }: History, theatre: Theatre, recorder: Recorder): Promise<void> {
  const actors = Map.groupBy(operations, actorOf);
  const act = async (own: readonly Operation[]): Promise<void> => {
    for (const operation of own) {
      await theatre.pause(operation);
      await theatre.ready();
      if (operation.by === "world") await theatre.happen(operation);
      else await askAndNote(theatre, recorder, operation.id, operation.client, operation);
    }
  };
  await Promise.all([...actors.values()].map(act));
}

/** Reads everything that there may be, one after the other, so that nothing is left open. */
export async function readEverything(theatre: Theatre, recorder: Recorder): Promise<void> {
  let id = 1_000_000;
  const ask = async (request: Request): Promise<void> => askAndNote(theatre, recorder, (id += 1), 0, request);
  for (const number of packages.keys()) {
    await ask({ kind: "list versions", package: number });
    await ask({ kind: "latest", package: number });
    for (const version of ["1.0", "2.0"]) {
      await ask({ kind: "list files", package: number, version });
      for (const file of ["a.bin", "b.bin"]) await ask({ kind: "read", dialect: "gitlab", package: number, version, file });
    }
  }
}

async function askAndNote(theatre: Theatre, recorder: Recorder, id: number, client: number, request: Request): Promise<void> {
  const call = recorder.begin(id, request);
  const outcome = await theatre.ask(id, client, request);
  call.settle(outcome);
  if (outcome.kind === "fault") recorder.complain(`operation ${id}, ${JSON.stringify(request)}: ${outcome.detail}`);
}

/** Collection must not keep a crash from coming, so not everything that happens comes one after the other. */
function actorOf(operation: Operation): string {
  if (operation.by === "client") return `client ${operation.client}`;
  if (operation.kind === "collect" || operation.kind === "verify") return operation.isElsewhere ? "another process" : "the server itself";
  return operation.kind === "compute digests" ? "the server itself" : "the surroundings";
}
