import type { Variable } from "../domain.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import type { SecretBox } from "../ports/secret-box.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { checkVariable, checkVariableKey } from "../variable-rules.ts";
import { requireKeeper, type NamespaceGrant } from "./open-namespace.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "secrets">;
type Grant = NamespaceGrant<"configure">;
type AnyGrant = NamespaceGrant<"read" | "configure">;

/** GitLab's limit for a project. */
const maxVariables = 8_000;
/** How often a change is tried that others overtake; each time one of them has succeeded. */
const maxAttempts = 20;

/** A variable as it is shown: without what stands in the database, and without the value of a hidden one (null). */
export interface ShownVariable extends Omit<Variable, "sealedValue"> {
  readonly value: string | null;
}

/** A variable of a namespace; the scope is null where the key alone says which one is meant. */
export interface VariableName {
  readonly key: string;
  readonly environmentScope: string | null;
}

export interface GivenVariable extends Omit<Variable, "id" | "namespaceId" | "sealedValue"> {
  readonly value: string;
}

/** A missing field stays. */
export type GivenChanges = Partial<Omit<GivenVariable, "key" | "isHidden">>;

/** The namespace's own variables, by key and environment scope, for who may change them. Throws `rights_missing`, `secret_unreadable`. */
export async function listVariables({ metadata, secrets }: Needs, grant: NamespaceGrant<"read">, page: PageRequest): Promise<Page<ShownVariable>> {
  requireKeeper(grant);
  const { items, total } = await metadata.variables.list(grant.namespace.id, page);
  return { items: items.map((variable) => shown(secrets, variable)), total };
}

/** One variable, for who may change it. Throws `variable_not_found`, `variable_ambiguous`, `rights_missing`, `secret_unreadable`. */
export async function findVariable({ metadata, secrets }: Needs, grant: NamespaceGrant<"read">, name: VariableName): Promise<ShownVariable> {
  requireKeeper(grant);
  return shown(secrets, await findOne({ metadata }, grant, name));
}

/** Adds a variable; a hidden one has to be masked. Throws `value_invalid`, `name_taken`, `namespace_not_found`. */
export async function createVariable({ metadata, secrets }: Needs, grant: Grant, given: GivenVariable): Promise<ShownVariable> {
  requireKeeper(grant);
  const { value, ...fields } = given;
  checkVariableKey(given.key);
  checkVariable(given);
  if (given.isHidden && !given.isMasked)
    throw new RegistryError("value_invalid", "should be true when variable is hidden", { subject: "masked" });
  const namespaceId = grant.namespace.id;
  const sealedValue = secrets.seal(value, contextOf({ namespaceId, key: given.key }));
  const result = await metadata.variables.create({ ...fields, namespaceId, sealedValue }, maxVariables);
  switch (result.outcome) {
    case "created":
      return shown(secrets, result.variable);
    case "taken":
      throw taken(given.key);
    case "too_many": {
      const kind = grant.namespace.kind === "group" ? "group" : "project";
      throw new RegistryError("value_invalid", `Maximum number of ${kind} ci variables (${maxVariables}) exceeded`, { subject: "base" });
    }
    case "absent":
      throw new RegistryError("namespace_not_found", "the namespace is gone");
  }
}

/**
 * Changes a variable; changes of different fields at the same time do not undo each other. What is hidden stays masked.
 * Throws `variable_not_found`, `variable_ambiguous`, `value_invalid`, `name_taken`, `secret_unreadable`, and `storage_busy`
 * where others change it without end.
 */
export async function updateVariable({ metadata, secrets }: Needs, grant: Grant, name: VariableName, given: GivenChanges): Promise<ShownVariable> {
  requireKeeper(grant);
  const { value, ...fields } = given;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const seen = await findOne({ metadata }, grant, name);
    if (seen.isHidden && given.isMasked === false)
      throw new RegistryError("value_invalid", "The visibility setting cannot be changed for masked and hidden variables.", { subject: "base" });
    const { environmentScope, description, isMasked, isRaw } = { ...seen, ...fields };
    // The stored value is checked anew only where it matters: it passed when it came in.
    const checked = value ?? (isMasked ? secrets.open(seen.sealedValue, contextOf(seen)) : "");
    checkVariable({ value: checked, environmentScope, description, isMasked, isRaw });
    const sealed = value === undefined ? {} : { sealedValue: secrets.seal(value, contextOf(seen)) };
    const result = await metadata.variables.update(seen, { ...fields, ...sealed });
    if (result.outcome === "updated") return shown(secrets, result.variable);
    if (result.outcome === "taken") throw taken(seen.key);
  }
  throw new RegistryError("storage_busy", "others keep changing the variable");
}

/** Removes a variable. Throws `variable_not_found`, `variable_ambiguous`. */
export async function deleteVariable({ metadata }: Pick<Needs, "metadata">, grant: Grant, name: VariableName): Promise<void> {
  requireKeeper(grant);
  const { id } = await findOne({ metadata }, grant, name);
  if (!(await metadata.variables.delete(grant.namespace.id, id))) throw absent();
}

async function findOne({ metadata }: Pick<Needs, "metadata">, grant: AnyGrant, { key, environmentScope }: VariableName): Promise<Variable> {
  const [variable, other] = await metadata.variables.find(grant.namespace.id, key, environmentScope);
  if (variable === undefined) throw absent();
  if (other !== undefined)
    throw new RegistryError("variable_ambiguous", "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'");
  return variable;
}

/** A sealed value opens for the variable it was sealed for, and for no other one. */
function contextOf({ namespaceId, key }: Pick<Variable, "namespaceId" | "key">): string {
  return `variable:${namespaceId}:${key}`;
}

function shown(secrets: SecretBox, { sealedValue, ...variable }: Variable): ShownVariable {
  return { ...variable, value: variable.isHidden ? null : secrets.open(sealedValue, contextOf(variable)) };
}

function taken(key: string): RegistryError {
  return new RegistryError("name_taken", `(${key}) has already been taken`, { subject: "key" });
}

function absent(): RegistryError {
  return new RegistryError("variable_not_found", "there is no such variable");
}
