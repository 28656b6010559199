import { answerSpec } from "./load-program.ts";
import { connectSystemSocket, type SystemSocket } from "./system-sockets.ts";

/** So many connections that each download a file at a trickle. */
export interface SlowReadersSpec {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly readers: number;
  /** What each takes in a second, at most. */
  readonly bytesPerSecond: number;
  readonly seconds: number;
}

export interface SlowReadersResult {
  readonly bytes: number;
  /** How many received anything beyond what the first second gave them. */
  readonly fedReaders: number;
  /** How many the server cut off. */
  readonly cutReaders: number;
}

const receiveBufferBytes = 32 * 1024;
const roundMs = 250;

async function run(spec: SlowReadersSpec): Promise<SlowReadersResult> {
  const headers = Object.entries(spec.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const request = Buffer.from(`GET ${spec.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers.join("")}\r\n`, "latin1");
  const sockets: SystemSocket[] = [];
  for (let reader = 0; reader < spec.readers; reader += 1) {
    const socket = connectSystemSocket(spec.port, receiveBufferBytes);
    socket.send(request);
    sockets.push(socket);
  }
  const received = sockets.map(() => 0);
  const cut = new Set<number>();
  const beganAtMs = performance.now();
  const share = Math.ceil((spec.bytesPerSecond * roundMs) / 1000);
  let rounds = 0;
  while (performance.now() - beganAtMs < spec.seconds * 1000) {
    for (const [reader, socket] of sockets.entries()) {
      const count = cut.has(reader) ? null : socket.skipAvailable(share);
      if (count === 0) cut.add(reader);
      received[reader] = (received[reader] ?? 0) + (count ?? 0);
    }
    rounds += 1;
    await Bun.sleep(Math.max(0, rounds * roundMs - (performance.now() - beganAtMs)));
  }
  for (const socket of sockets) socket.close();
  return {
    bytes: received.reduce((sum, bytes) => sum + bytes, 0),
    fedReaders: received.filter((bytes) => bytes > spec.bytesPerSecond).length,
    cutReaders: cut.size,
  };
}

await answerSpec(run);
