import { bytes, created, notFound, problem } from "../answers.ts";
import { del, get, head, put, type ProtocolCase } from "../protocol-case.ts";

const badName = problem(400, "package_name is invalid");
const badVersion = problem(400, "package_version is invalid");
const badFile = problem(400, "file_name is invalid");
const badPath = problem(400, "path is invalid");
const long = (length: number): string => "a".repeat(length);

export const names: readonly ProtocolCase[] = [
  {
    row: "name.characters",
    it: "takes the names of GitLab's tests",
    steps: ["123", "foo", "foo.bar.baz-2.0-20190901.47283-1", "....", "-", "a_b", "a+b", "_"].flatMap((name) => [
      put(`${name}/1.0/{p}`, created),
      get(`${name}/1.0/{p}`, bytes("hello")),
    ]),
  },
  {
    row: "name.refused",
    it: "refuses others",
    steps: ["my%20file%20name", "!!()()", "%24foo", "a@b", "a~b", "%C3%A9", "a%26b", "a%0A"].map((name) => put(`${name}/1.0/f`, badName)),
  },
  {
    row: "version.characters",
    it: "takes the versions of GitLab's tests",
    steps: [
      "1.3.350-20201230123456", "1.2.3", "1.2.3g", "1.2", "1.2.bananas", "v1.2.4-build", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
      "this_is_a_string_only", "1.2.3-rc1", "1.0+build.5", "-", "_",
    ].flatMap((version) => [put(`{p}/${version}/f`, created), get(`{p}/${version}/f`, bytes("hello"))]),
  },
  {
    row: "version.refused",
    it: "refuses others",
    steps: ["1..2", "a..", "1%200", "1~2", "1@2", "%C3%A9", "1.0%0A"].map((version) => put(`{p}/${version}/f`, badVersion)),
  },
  {
    row: "file.characters",
    it: "takes the files of GitLab's tests",
    steps: ["my+file.tar.gz", "my~file.tar.gz", "myfile@1.1.tar.gz", "a", "-", ".hidden", "a..b", "A_b-c"].flatMap((file) => [
      put(`{p}/1.0/${file}`, created, file),
      get(`{p}/1.0/${file}`, bytes(file)),
    ]),
  },
  {
    row: "file.refused",
    it: "refuses others",
    steps: [
      "myfile1.1.tar.gz@", "@myfile1.1.tar.gz", "myfile.tar.gz~", "~myfile.tar.gz", "a%20b", "%C3%A9.txt", "a!b", "a%25b", "a%0A", "dir/a%20b",
    ].map((file) => put(`{p}/1.0/${file}`, badFile)),
  },
  {
    row: "names.joined",
    it: "names every refusal",
    steps: [
      put(
        "a%20b/1%200/c%20d?status=x&select=y",
        problem(400, "package_name is invalid, package_version is invalid, file_name is invalid, status does not have a valid value, select does not have a valid value"),
      ),
      put("a%20b/1.0/c%20d", problem(400, "package_name is invalid, file_name is invalid")),
      put("{p}/1%200/f?path=..", problem(400, "package_version is invalid, path should be a valid file path")),
    ],
  },
  {
    row: "names.get",
    it: "judges them whatever the method",
    steps: [
      get("a%20b/1.0/f", badName),
      get("{p}/1..2/f", badVersion),
      get("{p}/1.0/~f", badFile),
      head("a%20b/1.0/f", { status: 400 }),
      del("a%20b/1.0/f", badName, { as: "maintainer" }),
      del("{p}/1..2", badVersion, { as: "maintainer" }),
    ],
  },
  {
    row: "names.case",
    it: "tells cases apart",
    steps: [
      put("{p}x/1.0a/f", created, "small"),
      get("{p}X/1.0a/f", notFound),
      get("{p}x/1.0A/f", notFound),
      get("{p}x/1.0a/F", notFound),
      put("{p}X/1.0a/f", created, "name"),
      put("{p}x/1.0A/f", created, "version"),
      put("{p}x/1.0a/F", created, "file"),
      get("{p}x/1.0a/f", bytes("small")),
      get("{p}X/1.0a/f", bytes("name")),
      get("{p}x/1.0A/f", bytes("version")),
      get("{p}x/1.0a/F", bytes("file")),
    ],
  },
  {
    row: "names.length",
    it: "takes 255 bytes and refuses 256",
    steps: [
      put(`${long(255)}/${long(255)}/${long(255)}`, created),
      get(`${long(255)}/${long(255)}/${long(255)}`, bytes("hello")),
      put(`${long(256)}/1.0/f`, badName),
      put(`{p}/${long(256)}/f`, badVersion),
      put(`{p}/1.0/${long(256)}`, badFile),
      put(`{p}/1.0/${long(255)}/f`, created),
      put(`{p}/1.0/${long(256)}/f`, badPath),
      put(`{p}/1.0/${"%C3%A9".repeat(127)}/f`, created),
      put(`{p}/1.0/${"%C3%A9".repeat(128)}/f`, badPath),
    ],
  },
  {
    row: "names.length",
    it: "takes 1024 bytes of path and refuses 1025",
    steps: [
      put(`{p}/1.0/${long(255)}/${long(255)}/${long(255)}/${long(250)}/fffff`, created),
      get(`{p}/1.0/${long(255)}/${long(255)}/${long(255)}/${long(250)}/fffff`, bytes("hello")),
      put(`{p}/1.0/${long(255)}/${long(255)}/${long(255)}/${long(250)}/ffffff`, badPath),
    ],
  },
];
