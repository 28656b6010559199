import type { ProgramResult } from "./run-program.ts";

/** What is uploaded, and where to. */
export interface Upload {
  readonly url: string;
  readonly file: string;
  /** The value of the Authorization header; null to send none. */
  readonly authorization: string | null;
}

/** A way in which people upload files. */
export interface UploadProgram {
  readonly name: string;
  readonly program: string;
  /** Arguments that exit with 0 where everything is there that it needs. */
  readonly probe?: readonly string[];
  /** Not run, and not missed, where it is not there. */
  readonly isOptional?: boolean;
  readonly command: (upload: Upload) => readonly string[];
  readonly readsInput?: boolean;
  /** The status that it came to know; null for none. */
  readonly statusOf: (result: ProgramResult) => number | null;
}

/** The last line of its output. */
const printedStatus = ({ output }: ProgramResult): number | null => {
  const line = output.toString("utf8").trim().split("\n").at(-1) ?? "";
  return /^\d{3}$/.test(line) ? Number(line) : null;
};

const quietCurl = ["curl", "--silent", "--show-error", "--output", "/dev/null", "--write-out", "%{http_code}\n"];
const quietWget = ["wget", "--server-response", "--tries=1", "--output-document=/dev/null", "--method=PUT"];

const curl = (name: string, argumentsOf: (file: string) => readonly string[], readsInput = false): UploadProgram => ({
  name: `curl ${name}`,
  program: "curl",
  readsInput,
  command: ({ url, file, authorization }) => [
    ...quietCurl,
    ...(authorization === null ? [] : ["--header", `Authorization: ${authorization}`]),
    ...argumentsOf(file),
    url,
  ],
  // Having seen the status it must not complain about the connection either.
  statusOf: (result) => (result.exitCode === 0 ? printedStatus(result) : null),
});

const wget: UploadProgram = {
  name: "wget --body-file",
  program: "wget",
  command: ({ url, file, authorization }) => [
    ...quietWget,
    `--body-file=${file}`,
    ...(authorization === null ? [] : [`--header=Authorization: ${authorization}`]),
    url,
  ],
  statusOf: ({ exitCode, complaints }) => {
    // 4 is a network failure; a refusal by the server is 6 or 8.
    const statuses = [...complaints.matchAll(/^\s+HTTP\/1\.1 (\d{3})/gm)].map((match) => Number(match[1]));
    return exitCode === 4 ? null : (statuses.findLast((status) => status >= 200) ?? null);
  },
};

const pythonHead = `
import sys, urllib.request, urllib.error, urllib.parse, http.client
url, file, authorization = sys.argv[1:4]
headers = {"Authorization": authorization} if authorization else {}
def pieces():
    with open(file, "rb") as source:
        while piece := source.read(65536):
            yield piece
`;
const python = (name: string, text: string, more: Partial<UploadProgram> = {}): UploadProgram => ({
  name: `python3 ${name}`,
  program: "python3",
  command: ({ url, file, authorization }) => ["python3", "-c", pythonHead + text, url, file, authorization ?? ""],
  statusOf: printedStatus,
  ...more,
});

const urllibTail = `
request = urllib.request.Request(url, data=data, headers=headers, method="PUT")
try:
    print(urllib.request.urlopen(request).status)
except urllib.error.HTTPError as refusal:
    print(refusal.code)
`;

const httpClientTail = `
parts = urllib.parse.urlsplit(url)
connection = http.client.HTTPConnection(parts.hostname, parts.port)
connection.request("PUT", parts.path, body=data, headers=headers, encode_chunked=data_is_chunked)
print(connection.getresponse().status)
`;

const javascriptHead = `
import { createReadStream, readFileSync } from "node:fs";
import { request } from "node:http";
const [url, file, authorization] = process.argv.slice(-3);
const headers = authorization === "" ? {} : { authorization };
`;
/** Runs a module given as text, with the same three arguments behind it. */
const javascript = (name: string, interpreter: readonly string[], text: string): UploadProgram => ({
  name,
  program: interpreter[0] ?? "",
  command: ({ url, file, authorization }) => [...interpreter, javascriptHead + text, "--", url, file, authorization ?? ""],
  statusOf: printedStatus,
});
const node = (name: string, text: string): UploadProgram =>
  javascript(`node ${name}`, ["node", "--input-type=module", "--eval"], text);
const bun = (name: string, text: string): UploadProgram =>
  javascript(`bun ${name}`, [process.execPath, "--no-env-file", "--eval"], text);

const fetchTail = `
const response = await fetch(url, { method: "PUT", headers, body, duplex: "half" });
await response.arrayBuffer();
console.log(response.status);
`;

const nodeHttpHead = `
const outgoing = request(url, { method: "PUT", headers }, (response) => {
  response.resume();
  response.on("end", () => console.log(response.statusCode));
});
`;

/** The programs that upload without waiting to be asked for the body, and those that do wait. */
export const uploadPrograms: readonly UploadProgram[] = [
  curl("-T file", (file) => ["-T", file]),
  curl("-T file without Expect", (file) => ["-H", "Expect:", "-T", file]),
  curl("-T - (chunked)", () => ["-T", "-"], true),
  curl("-T - (chunked) without Expect", () => ["-H", "Expect:", "-T", "-"], true),
  curl("--data-binary", (file) => ["-X", "PUT", "--data-binary", `@${file}`]),
  wget,
  python("urllib, bytes", `data = open(file, "rb").read()${urllibTail}`),
  python("urllib, file (chunked)", `data = open(file, "rb")${urllibTail}`),
  python("http.client, bytes", `data = open(file, "rb").read()\ndata_is_chunked = False${httpClientTail}`),
  python("http.client, generator (chunked)", `data = pieces()\ndata_is_chunked = True\nheaders["Transfer-Encoding"] = "chunked"${httpClientTail}`),
  python("requests, file", `import requests\nprint(requests.put(url, data=open(file, "rb"), headers=headers).status_code)`, {
    probe: ["-c", "import requests"],
    isOptional: true,
  }),
  python("requests, generator (chunked)", `import requests\nprint(requests.put(url, data=pieces(), headers=headers).status_code)`, {
    probe: ["-c", "import requests"],
    isOptional: true,
  }),
  node("fetch, buffer", `const body = readFileSync(file);${fetchTail}`),
  node("fetch, stream (chunked)", `import { Readable } from "node:stream";\nconst body = Readable.toWeb(createReadStream(file));${fetchTail}`),
  node("http, buffer", `${nodeHttpHead}outgoing.end(readFileSync(file));`),
  node("http, stream (chunked)", `${nodeHttpHead}createReadStream(file).pipe(outgoing);`),
  bun("fetch, buffer", `const body = readFileSync(file);${fetchTail}`),
  bun("fetch, file", `const body = Bun.file(file);${fetchTail}`),
  bun("fetch, stream (chunked)", `const body = Bun.file(file).stream();${fetchTail}`),
];
