import type { PasswordHasher } from "./core/ports/password-hasher.ts";
import { RegistryError } from "./core/registry-error.ts";

/** OWASP's argon2id parameters: 19 MiB, two passes, one lane (about 40 ms of one core). */
const parameters = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;
/** Checks at once; each takes a core and 19 MiB. */
const parallelLimit = 2;
/** Checks that may wait, about a second's worth; beyond, callers are told to come back. */
const waitingLimit = 64;

/** argon2id by the runtime, off the event loop, with a bound on memory and on how long anybody waits. */
export function createPasswordHasher(): PasswordHasher {
  let running = 0;
  const waiting: (() => void)[] = [];
  /** Compared with where there is no account, so that its absence takes the same time. */
  let decoy: Promise<string> | null = null;

  const inTurn = async <Result>(action: () => Promise<Result>): Promise<Result> => {
    if (running >= parallelLimit) {
      if (waiting.length >= waitingLimit)
        throw new RegistryError("sign_in_busy", "too many passwords wait to be checked", { retryAfterSeconds: 1 });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await action();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
  const hash = (password: string): Promise<string> => inTurn(() => Bun.password.hash(password, parameters));
  return {
    hash,
    verify: async (password, storedHash) => {
      decoy ??= Bun.password.hash(crypto.randomUUID(), parameters);
      const compared = storedHash ?? (await decoy);
      return inTurn(async () => {
        const isEqual = await Bun.password.verify(password, compared);
        return isEqual && storedHash !== null;
      });
    },
  };
}
