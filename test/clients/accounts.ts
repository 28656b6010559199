import type { Actor } from "../../src/core/actor.ts";
import type { RunningServer } from "../support/server.ts";

/** An account that owns packages and is no administrator. */
export interface TestAccount {
  readonly name: string;
  readonly password: string;
  /** May read and write packages. */
  readonly token: string;
}

/** Creates an account with a token, as the administrator would. */
export async function createAccount({ registry, admin }: RunningServer, name: string): Promise<TestAccount> {
  const password = `Marker-of-${name}-1`;
  const administrator = await signIn(registry.signInWithPassword({ ...admin, address: "127.0.0.1" }));
  await registry.createUser(administrator, {
    name,
    password,
    email: `${name}@example.com`,
    fullName: "",
    visibility: "public",
    isRestricted: false,
    isAdmin: false,
  });
  const actor = await signIn(registry.signInWithPassword({ name, password, address: "127.0.0.1" }));
  const scopes = ["write:package"];
  const { secret } = await registry.createToken(actor, name, { name: "for tests", scopes, expiresAtMs: null });
  return { name, password, token: secret };
}

async function signIn(answer: Promise<Actor | null>): Promise<Actor> {
  const actor = await answer;
  if (actor === null) throw new Error("an account of the test could not sign in");
  return actor;
}
