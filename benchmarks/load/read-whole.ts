import { answerSpec } from "./load-program.ts";
import { connectSystemSocket, type SystemSocket } from "./system-sockets.ts";

/** One connection that downloads the same file again and again; the bytes are discarded inside the kernel. */
export interface ReadWholeSpec {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
  /** No download begins after this time; the last one is finished. */
  readonly seconds: number;
}

export interface ReadWholeResult {
  readonly downloads: number;
  readonly bytes: number;
  readonly seconds: number;
}

const skipBytes = 4 * 1024 * 1024;

async function run(spec: ReadWholeSpec): Promise<ReadWholeResult> {
  const headers = Object.entries(spec.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const request = Buffer.from(`GET ${spec.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers.join("")}\r\n`, "latin1");
  const socket = connectSystemSocket(spec.port);
  const beganAtMs = performance.now();
  const elapsed = (): number => (performance.now() - beganAtMs) / 1000;
  let downloads = 0;
  do {
    socket.send(request);
    download(socket, spec.sizeBytes);
    downloads += 1;
  } while (elapsed() < spec.seconds);
  const seconds = elapsed();
  socket.close();
  return { downloads, bytes: downloads * spec.sizeBytes, seconds };
}

/** Reads one answer to its end; throws unless it is 200 with the expected length. */
function download(socket: SystemSocket, sizeBytes: number): void {
  const buffer = new Uint8Array(16 * 1024);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const count = socket.read(buffer);
    if (count === 0) throw new Error("the connection ended within the head of an answer");
    head += Buffer.from(buffer.subarray(0, count)).toString("latin1");
  }
  const headEnd = head.indexOf("\r\n\r\n");
  const length = /\ncontent-length: *(\d+)/i.exec(head.slice(0, headEnd))?.[1];
  if (!head.startsWith("HTTP/1.1 200 ") || Number(length) !== sizeBytes) throw new Error(`unexpected answer: ${head.slice(0, headEnd)}`);
  let missing = sizeBytes - (head.length - headEnd - 4);
  while (missing > 0) {
    const count = socket.skip(Math.min(missing, skipBytes));
    if (count === 0) throw new Error(`the connection ended ${missing} bytes early`);
    missing -= count;
  }
}

await answerSpec(run);
