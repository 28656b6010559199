import { connect } from "node:net";
import { within } from "./fault-waiting.ts";

const answerTimeoutMs = 30_000;

/** An answer on a connection that stays open. */
export interface KeptAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** One connection to the server, over which requests go one after the other. */
export interface KeepAliveConnection {
  /** Sends a request and reads its answer; throws where the connection ends, or an answer has no announced length. */
  ask(method: string, path: string, headers: Readonly<Record<string, string>>, body?: Uint8Array): Promise<KeptAnswer>;
  close(): void;
}

/** Opens a connection to 127.0.0.1. */
export async function openConnection(port: number): Promise<KeepAliveConnection> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const connected = Promise.withResolvers<void>();
  socket.once("connect", connected.resolve);
  let failure: Error | null = null;
  let received: Buffer = Buffer.alloc(0);
  let look: () => void = () => undefined;
  const end = (error: Error): void => {
    failure ??= error;
    connected.reject(error);
    look();
  };
  socket.on("error", end);
  socket.on("close", () => end(new Error("the connection was closed")));
  socket.on("data", (part: Buffer) => {
    received = received.byteLength === 0 ? part : Buffer.concat([received, part]);
    look();
  });
  await within(5000, "a connection", connected.promise);
  const takeAnswer = (): Promise<KeptAnswer> =>
    new Promise((resolve, reject) => {
      look = () => {
        const answer = firstAnswer(received);
        if (answer instanceof Error) return reject(answer);
        if (answer === null) return failure === null ? undefined : reject(failure);
        received = received.subarray(answer.usedBytes);
        resolve(answer);
      };
      look();
    });
  return {
    ask: (method, path, headers, body) => {
      const length = body === undefined ? [] : [`Content-Length: ${body.byteLength}`];
      const lines = [`${method} ${path} HTTP/1.1`, "Host: localhost", ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), ...length];
      const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
      socket.write(body === undefined ? head : Buffer.concat([head, body]));
      return within(answerTimeoutMs, `an answer to ${method} ${path}`, takeAnswer());
    },
    close: () => void socket.destroy(),
  };
}

function firstAnswer(received: Buffer): (KeptAnswer & { readonly usedBytes: number }) | Error | null {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd < 0) return null;
  const head = received.subarray(0, headEnd).toString("latin1");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  const announced = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (announced === undefined && status !== 204) return new Error(`an answer without length: ${head}`);
  const usedBytes = headEnd + 4 + Number(announced ?? 0);
  return received.byteLength < usedBytes ? null : { status, body: received.subarray(headEnd + 4, usedBytes), usedBytes };
}
