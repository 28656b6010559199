import { connect, type Socket } from "node:net";
import { within } from "./fault-waiting.ts";

/** How a client goes away: `rst` drops the connection, `fin` says that nothing more comes. */
export type Ending = "rst" | "fin";

/** A request of which the test decides how much is sent, and how it ends. */
export interface PartialRequest {
  /** Returns when the system has taken the bytes. */
  write(bytes: Uint8Array | string): Promise<void>;
  end(how: Ending): void;
  /** The status of the first final answer; null when the connection ended without one. */
  answer(timeoutMs: number): Promise<number | null>;
  close(): void;
}

/** Opens a connection to 127.0.0.1. */
export async function openRequest(port: number): Promise<PartialRequest> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const answered = readStatus(socket);
  const connected = Promise.withResolvers<void>();
  socket.once("connect", connected.resolve);
  socket.once("error", connected.reject);
  await within(5000, "a connection", connected.promise);
  // Being cut off is what these requests are about; who waits for an answer is told that there is none.
  socket.on("error", () => undefined);
  return {
    write: (bytes) =>
      within(10_000, "the sending of a part", new Promise((resolve) => socket.write(bytes, () => resolve()))),
    end: (how) => {
      if (how === "rst") socket.resetAndDestroy();
      else socket.end();
    },
    answer: (timeoutMs) => within(timeoutMs, "an answer or the end of the connection", answered),
    close: () => void socket.destroy(),
  };
}

function readStatus(socket: Socket): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  let received = "";
  socket.on("data", (part: Buffer) => {
    received += part.toString("latin1");
    const statuses = [...received.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((match) => Number(match[1]));
    const final = statuses.find((status) => status >= 200);
    if (final !== undefined) resolve(final);
  });
  for (const event of ["end", "close", "error"]) socket.on(event, () => resolve(null));
  return promise;
}
