import { availableParallelism } from "node:os";
import type { PasswordHasher } from "./core/ports/password-hasher.ts";
import { RegistryError } from "./core/registry-error.ts";

/** OWASP's argon2id parameters: 19 MiB, two passes, one lane (about 40 ms of one core). */
const parameters = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;
/** Checks at once; each takes a core and 19 MiB. */
const parallelLimit = Math.min(2, availableParallelism());
/** Checks that may wait, about a second's worth; beyond, callers are told to come back. */
const waitingLimit = 64;
/** Of these, for one sender: more than the ten attempts that one account may have pending. */
const waitingLimitOfSender = 16;

/**
 * Compared with where there is no account, so that its absence takes the same time: a hash of nothing in particular with
 * the parameters of all others (32 bytes of salt, 32 of digest). That it is known helps nobody, for its answer is unused.
 */
const decoy = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=1$${"A".repeat(43)}$${"A".repeat(43)}`;

/** What the runtime says of a stored hash that it cannot read; anything else is a fault of the moment. */
const unreadableCodes: ReadonlySet<unknown> = new Set([
  "PASSWORD_UNSUPPORTED_ALGORITHM",
  "PASSWORD_INVALID_ENCODING",
  "PASSWORD_WEAK_PARAMETERS",
]);

/** argon2id by the runtime, off the event loop, with a bound on memory and on how long anybody waits. */
export function createPasswordHasher(): PasswordHasher {
  const inTurn = createFairQueue();
  return {
    hash: (password) => inTurn(null, () => Bun.password.hash(password, parameters)),
    verify: (password, storedHash, { from, isFoundRight, reportUnreadable }) =>
      inTurn(from, async () => {
        if (isFoundRight()) return true;
        const isEqual = await compare(password, storedHash ?? decoy);
        if (typeof isEqual === "boolean") return isEqual && storedHash !== null;
        reportUnreadable(isEqual.unreadable);
        await Bun.password.verify(password, decoy);
        return false;
      }),
  };
}

async function compare(password: string, storedHash: string): Promise<boolean | { readonly unreadable: unknown }> {
  // The runtime takes the empty text for a hash that nothing matches.
  if (storedHash === "") return { unreadable: new Error("the stored hash is empty") };
  try {
    return await Bun.password.verify(password, storedHash);
  } catch (error) {
    if (error instanceof Error && "code" in error && unreadableCodes.has(error.code)) return { unreadable: error };
    throw error;
  }
}

/** Somebody who waits for a turn. */
interface Place {
  readonly start: () => void;
  readonly refuse: () => void;
}

/**
 * Runs so many actions at once and lets the rest wait, bounded. Turns go round among the senders, and a sender with fewer
 * waiting takes the last place of the one with most when all are taken: nobody can crowd out the others. The sender null
 * is the server itself, with no bound of its own.
 */
function createFairQueue() {
  let running = 0;
  let waitingCount = 0;
  /** In the order of turns. */
  const waiting = new Map<string | null, Place[]>();

  const startNext = (): void => {
    const first = waiting.entries().next().value;
    if (first === undefined) {
      running -= 1;
      return;
    }
    const [from, places] = first;
    const place = places.shift();
    // Behind all the others, until its next turn.
    waiting.delete(from);
    if (places.length > 0) waiting.set(from, places);
    waitingCount -= 1;
    place?.start();
  };
  const makeRoom = (own: number): void => {
    const longest = [...waiting.values()].reduce((most, next) => (next.length > most.length ? next : most));
    // Who is refused had at least two places, so its list stays.
    if (longest.length <= own + 1) throw busy();
    waitingCount -= 1;
    longest.pop()?.refuse();
  };
  const enter = async (from: string | null): Promise<void> => {
    if (running < parallelLimit) {
      running += 1;
      return;
    }
    const own = waiting.get(from)?.length ?? 0;
    if (from !== null && own >= waitingLimitOfSender) throw busy();
    if (waitingCount >= waitingLimit) makeRoom(own);
    await new Promise<void>((resolve, reject) => {
      const place = { start: resolve, refuse: () => reject(busy()) };
      const places = waiting.get(from);
      if (places === undefined) waiting.set(from, [place]);
      else places.push(place);
      waitingCount += 1;
    });
  };
  return async <Result>(from: string | null, action: () => Promise<Result>): Promise<Result> => {
    await enter(from);
    try {
      return await action();
    } finally {
      startNext();
    }
  };
}

function busy(): RegistryError {
  return new RegistryError("sign_in_busy", "too many passwords wait to be checked", { retryAfterSeconds: 1 });
}
