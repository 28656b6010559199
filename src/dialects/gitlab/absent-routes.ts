import type { Registry } from "../../core/registry.ts";
import { jsonAnswer } from "./answers.ts";
import { openAt, personalAndJob, routesOf, type GitlabRoute } from "./route.ts";

/** What cannot be here, as there are no repositories and no pipelines: the lists are empty (a closed list). */
const lists = ["pipelines", "repository/tags", "merge_requests", "issues", "repository/commits/:sha/merge_requests"] as const;

/** What one of them answers (lib/api/tags.rb, and what GitLab says of records that are missing). */
const ones = [
  ["pipelines/:pipeline_id", "404 Not Found"],
  ["repository/tags/:tag", "404 Tag Not Found"],
  ["merge_requests/:iid", "404 Not found"],
  ["merge_requests/:iid/*rest", "404 Not found"],
  ["issues/:iid", "404 Not found"],
] as const;

/** For everyone who may read the project: others are told that there is none. */
export function absentRoutes(registry: Registry): readonly GitlabRoute[] {
  const route = routesOf(registry, { family: "project", kinds: personalAndJob, anonymous: "welcome", area: "project" });
  const answering = (path: string, status: number, body: unknown): GitlabRoute =>
    route("GET", `/api/v4/projects/:id/${path}`, "namespace:read", async (exchange, actor) => {
      await openAt(registry, exchange, actor, { capability: "read", area: "project" });
      return jsonAnswer(status, body);
    });
  return [...lists.map((path) => answering(path, 200, [])), ...ones.map(([path, message]) => answering(path, 404, { message }))];
}
