import type { Variable } from "../domain.ts";
import type { Page, PageRequest } from "./page.ts";

export type NewVariable = Omit<Variable, "id">;

/** A missing field stays. */
export type VariableChanges = Partial<Omit<Variable, "id" | "namespaceId" | "key" | "isHidden">>;

/** CI/CD variables; values arrive and leave sealed. Keys are compared with case. */
export interface VariableStore {
  /** The namespace's own, by key and then by environment scope. */
  list(namespaceId: number, page: PageRequest): Promise<Page<Variable>>;
  /** Those with a key, of one environment scope or of any (null); at most two, which is enough to know that there are several. */
  find(namespaceId: number, key: string, environmentScope: string | null): Promise<readonly Variable[]>;
  /** `taken`: the namespace has the key in this scope; `too_many`: it has `limit` variables. */
  create(variable: NewVariable, limit: number): Promise<{ outcome: "created"; variable: Variable } | { outcome: "taken" | "absent" | "too_many" }>;
  /**
   * Changes the variable that was seen. `overtaken`, and nothing is changed, when it is masked afterwards and its value or
   * what masking depends on is not what was seen any more: whoever asked has to check the value anew.
   */
  update(seen: Variable, changes: VariableChanges): Promise<{ outcome: "updated"; variable: Variable } | { outcome: "taken" | "absent" | "overtaken" }>;
  /** False when the namespace has no such variable. */
  delete(namespaceId: number, variableId: number): Promise<boolean>;
  /** Whether any value is sealed with the instance's key. */
  hasAny(): Promise<boolean>;
}
