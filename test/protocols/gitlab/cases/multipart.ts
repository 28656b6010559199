import { bytes, created, message, notFound, problem } from "../answers.ts";
import { get, put, type ProtocolCase } from "../protocol-case.ts";
import { sizeLimit } from "../settings-step.ts";
import { digest, form, parts, typed } from "./content.ts";

const file = ['name="file"; filename="other.txt"', "hello"] as const;
const other = parts(file, ['name="comment"', "x"]);
const two = parts(file, ['name="file"; filename="b.txt"', "b"]);
const none = parts(['name="status"', "hidden"]);
const hiddenOnes = get("{api}/packages?status=hidden&package_name={p}", { status: 200, body: /"status":"hidden"/ });

export const multipart: readonly ProtocolCase[] = [
  {
    row: "form.file",
    it: "stores the content under the name of the path",
    steps: [
      put("{p}/1.0/a.txt", created, parts(file), form),
      get("{p}/1.0/a.txt", bytes("hello")),
      get("{p}/1.0/other.txt", notFound),
      put("{p}/1.0/b.txt", created, parts(file), { ...form, chunkBytes: 7 }),
      get("{p}/1.0/b.txt", bytes("hello")),
      put("{p}/1.0/c.txt", created, parts(['name="file"; filename="c"\r\nContent-Type: application/json', "{}"]), form),
      get("{p}/1.0/c.txt", bytes("{}")),
      put("{p}/1.0/d.txt", created, parts(['name="file"; filename="d"', ""]), form),
      get("{p}/1.0/d.txt", bytes("")),
      put("{p}/1.0/e.txt", created, parts(['name="file"; filename="e"', "x".repeat(300_000)]), form),
      get("{p}/1.0/e.txt", bytes("x".repeat(300_000))),
    ],
  },
  {
    row: "form.fields",
    it: "takes the parameters of the form",
    steps: [
      put("{p}/1.0/f", created, parts(['name="status"', "hidden"], file), form),
      hiddenOnes,
      put("{p}/1.0/g", { status: 200, jsonLike: { file_name: "g", size: 5 } }, parts(file, ['name="select"', "package_file"]), form),
      put("{p}/1.0/h", created, parts(['name="path"', "dir/sub"], file), form),
      get("{p}/1.0/dir/sub/h", bytes("hello")),
      get("{p}/1.0/h", notFound),
      put("{p}/1.0/i", created, parts(file, ['name="path"', "late"]), form),
      get("{p}/1.0/late/i", bytes("hello")),
      put("{p}/1.0/j?select=package_file", { status: 200, jsonLike: { file_name: "j", size: 5 } }, parts(file), form),
    ],
  },
  {
    row: "form.fields.refused",
    it: "judges them",
    steps: [
      put("{p}/1.0/f", problem(400, "status does not have a valid value"), parts(['name="status"', "bogus"], file), form),
      put("{p}/1.0/f", problem(400, "select does not have a valid value"), parts(file, ['name="select"', "all"]), form),
      put("{p}/1.0/f", problem(400, "path should be a valid file path"), parts(file, ['name="path"', ".."]), form),
      get("{p}/1.0/f", notFound),
      get("{api}/packages?package_name={p}", { status: 200, json: [] }),
    ],
  },
  {
    row: "form.other",
    it: "stores any other form as it came",
    steps: [other, two, none, parts()].flatMap((body, index) => [
      put(`{p}/1.0/f${index}`, created, body, form),
      get(`{p}/1.0/f${index}`, bytes(body)),
    ]),
  },
  {
    row: "form.no-boundary",
    it: "stores the body where no boundary is named",
    steps: [put("{p}/1.0/f", created, parts(file), typed("multipart/form-data")), get("{p}/1.0/f", bytes(parts(file)))],
  },
  {
    row: "form.digest",
    it: "compares the content",
    steps: [
      put("{p}/1.0/f", created, parts(file), {
        headers: { "Content-Type": "multipart/form-data; boundary=XX", "X-Checksum-Sha256": digest("sha256", "hello") },
      }),
      get("{p}/1.0/f", bytes("hello")),
      put("{p}/1.0/g", { status: 400 }, parts(file), {
        headers: { "Content-Type": "multipart/form-data; boundary=XX", "X-Checksum-Sha256": digest("sha256", "other") },
      }),
      get("{p}/1.0/g", notFound),
    ],
  },
];

/** Apart, since the size limit is that of the instance. */
export const multipartSize: readonly ProtocolCase[] = [
  {
    row: "form.limit",
    it: "counts the content only",
    steps: [
      sizeLimit(5),
      put("{p}/1.0/f", created, parts(file), form),
      put("{p}/1.0/g", message(400, "400 Bad request - File is too large"), parts(['name="file"; filename="x"', "hello!"]), form),
      get("{p}/1.0/g", notFound),
      sizeLimit(0),
    ],
  },
];

export const multipartOff: readonly ProtocolCase[] = [
  {
    row: "form.off",
    it: "stores the form",
    steps: [
      put("{p}/1.0/f", created, parts(file), form),
      get("{p}/1.0/f", bytes(parts(file))),
      put("{p}/1.0/g", created, parts(['name="status"', "bogus"], file), form),
    ],
  },
];
