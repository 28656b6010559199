import type { Command } from "./command.ts";
import { gc } from "./gc.ts";
import { namespaceCommands } from "./namespace.ts";
import { serve } from "./serve.ts";
import { tokenCommands } from "./token.ts";
import { userCommands } from "./user.ts";
import { verify } from "./verify.ts";

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [serve, verify, gc, ...userCommands, ...namespaceCommands, ...tokenCommands];
