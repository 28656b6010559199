import type { Actor } from "../core/actor.ts";

/** Who acts on the command line: whoever may write the data folder may do all. It is no account and owns nothing. */
export const operator: Actor = {
  kind: "user",
  credential: { kind: "operator" },
  user: {
    id: 0,
    name: "operator",
    fullName: "",
    email: "",
    visibility: "private",
    isAdmin: true,
    isActive: true,
    isRestricted: false,
    isLoginProhibited: false,
    passwordHash: "",
    botOfNamespaceId: null,
    createdAtMs: 0,
  },
};
