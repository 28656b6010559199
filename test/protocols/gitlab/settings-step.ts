import type { Names } from "../exchange.ts";
import { projectOf, type World } from "./world.ts";

type Step = (world: World, names: Names) => Promise<void>;

/** A step that changes settings of the case's project as the administrator. */
export function settings(change: Readonly<Record<string, unknown>>): Step {
  return async (world, names) => {
    await world.must(200, "PATCH", `/api/stowage/v1/namespaces/${String(names.get("path"))}/settings`, change);
  };
}

/** A step that protects packages of the case's project as the administrator; `*` stands for any text. */
export function protect(pattern: string, levels: Readonly<Record<string, string>>): Step {
  return async (world, names) => {
    const body = { package_name_pattern: await world.fill(pattern, names), package_type: "generic", ...levels };
    await world.must(201, "POST", `/api/v4/projects/${projectOf(names)}/packages/protection/rules`, body);
  };
}

/** A step that sets the size limit of the instance; 0 is none. */
export function sizeLimit(bytes: number): Step {
  return async (world) => {
    const query = `plan_name=default&generic_packages_max_file_size=${bytes}`;
    await world.must(200, "PUT", `/api/v4/application/plan_limits?${query}`);
  };
}
