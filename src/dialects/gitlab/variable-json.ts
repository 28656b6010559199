import type { ShownVariable } from "../../core/operations/manage-variables.ts";

/** GitLab's CI/CD variable (lib/api/entities/ci/variable.rb). */
export function variableJson(variable: ShownVariable) {
  return {
    variable_type: variable.type,
    key: variable.key,
    value: variable.value,
    protected: variable.isProtected,
    masked: variable.isMasked,
    hidden: variable.isHidden,
    raw: variable.isRaw,
    environment_scope: variable.environmentScope,
    description: variable.description,
  };
}
