import { expect } from "bun:test";
import { challenged, created, forbidden, hiddenProject, message, problem, unauthorized } from "../answers.ts";
import { get, put, type ProtocolCase } from "../protocol-case.ts";
import { protect, settings, sizeLimit } from "../settings-step.ts";

const badName = problem(400, "package_name is invalid");
const badVersion = problem(400, "package_version is invalid");
const protectedPackage = message(403, "403 Forbidden - Package protected.");
const tooLarge = message(400, "400 Bad request - File is too large");
const elsewhere = "/api/v4/projects/999999/packages/generic";

export const order: readonly ProtocolCase[] = [
  {
    row: "order.credentials",
    it: "judges credentials before names and project",
    steps: [
      put("a%20b/1.0/f", challenged, "x", { as: "anonymous" }),
      put("a%20b/1.0/f", unauthorized, "x", { as: "anonymous", headers: { "PRIVATE-TOKEN": "wrong" } }),
      put(`${elsewhere}/a%20b/1.0/f`, challenged, "x", { as: "anonymous" }),
      put(`${elsewhere}/{p}/1.0/f`, unauthorized, "x", { as: "anonymous", headers: { "PRIVATE-TOKEN": "wrong" } }),
      get(`${elsewhere}/{p}/1.0/f`, unauthorized, { as: "anonymous", headers: { "JOB-TOKEN": "wrong" } }),
    ],
  },
  {
    row: "order.parameters",
    it: "judges names before the project",
    project: "private",
    steps: [
      put(`${elsewhere}/a%20b/1.0/f`, badName),
      get(`${elsewhere}/a%20b/1.0/f`, badName),
      put("a%20b/1.0/f", badName, "x", { as: "stranger" }),
      put("{p}/1.0/f?status=x", problem(400, "status does not have a valid value"), "x", { as: "guest" }),
    ],
  },
  {
    row: "order.project",
    it: "says that there is no project before it speaks of rights",
    project: "private",
    steps: [
      put("{p}/1.0/f", hiddenProject, "x", { as: "stranger" }),
      get("{p}/1.0/f", hiddenProject, { as: "stranger" }),
      put(`${elsewhere}/{p}/1.0/f`, hiddenProject),
    ],
  },
  {
    row: "order.rights",
    it: "speaks of rights before the strict rule, protection and duplicates",
    project: "fresh",
    steps: [
      put("{p}/1.0/f", created),
      protect("{p}*", { minimum_access_level_for_push: "maintainer" }),
      settings({ versions: "x.y.z", duplicates: "reject" }),
      put("{p}/1.0/f", forbidden, "x", { as: "guest" }),
      put("{p}/1.0/f", forbidden, "x", { as: "deploy-r" }),
    ],
  },
  {
    row: "order.strict",
    it: "speaks of the strict rule before protection",
    project: "fresh",
    steps: [
      protect("{p}*", { minimum_access_level_for_push: "maintainer" }),
      settings({ versions: "x.y.z" }),
      put("{p}/1.0/f", badVersion),
      put("{p}/1.0.0/f", protectedPackage),
    ],
  },
  {
    row: "order.protection",
    it: "speaks of protection before duplicates, and takes those who may",
    project: "fresh",
    steps: [
      put("{p}/1.0/f", created),
      protect("{p}*", { minimum_access_level_for_push: "maintainer" }),
      settings({ duplicates: "reject" }),
      put("{p}/1.0/f", protectedPackage),
      put("{p}/1.0/g", protectedPackage, "x", { as: "deploy-rw" }),
      put("{p}/1.0/f", message(400, "400 Bad request - Duplicate package is not allowed"), "x", { as: "maintainer" }),
      put("{p}/1.0/g", created, "x", { as: "maintainer" }),
      put("other-{p}/1.0/f", created),
    ],
  },
];

/** Apart, since the size limit is that of the instance. */
export const orderOfSize: readonly ProtocolCase[] = [
  {
    row: "order.protection",
    it: "speaks of protection before the size",
    project: "fresh",
    steps: [
      protect("{p}*", { minimum_access_level_for_push: "maintainer" }),
      sizeLimit(3),
      put("{p}/1.0/f", protectedPackage, "hello"),
      sizeLimit(0),
    ],
  },
  {
    row: "order.size",
    it: "speaks of the size before duplicates",
    project: "fresh",
    steps: [
      put("{p}/1.0/f", created, "hello"),
      settings({ duplicates: "reject" }),
      sizeLimit(3),
      put("{p}/1.0/f", tooLarge, "hello"),
      put("{p}/1.0/f", forbidden, "hello", { as: "reporter" }),
      put("{p}/1.0/f", { status: 400, json: { message: expect.stringMatching(/Duplicate/) } }, "hi"),
      sizeLimit(0),
    ],
  },
];
