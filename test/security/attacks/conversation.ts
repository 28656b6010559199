import { connect } from "node:net";

/** What came back over one connection. */
export interface Conversation {
  /** Everything that was received, one character for each byte. */
  readonly received: string;
  /** The status of each answer, in their order. */
  readonly statuses: readonly number[];
  /** Whether the other end closed the connection, before the quiet time was over. */
  readonly isClosed: boolean;
}

/**
 * Writes bytes to 127.0.0.1:port, from an address of this machine, and listens until the other end closes, or nothing has come for `quietMs`. Never throws
 * for what the other end does.
 */
export async function converse(port: number, bytes: string | Uint8Array, quietMs = 300, localAddress = "127.0.0.1"): Promise<Conversation> {
  let received = "";
  const isClosed = await new Promise<boolean>((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", localAddress });
    let timer: ReturnType<typeof setTimeout>;
    const end = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(closed);
    };
    const wait = (ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => end(false), ms);
    };
    // The first answer may take long where the machine is busy; what follows it comes at once.
    wait(10 * quietMs);
    socket.on("connect", () => socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes));
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      wait(quietMs);
    });
    socket.on("error", () => end(true));
    socket.on("close", () => end(true));
    socket.on("end", () => end(true));
  });
  const statuses = [...received.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map((match) => Number(match[1])).filter((status) => status !== 100);
  return { received, statuses, isClosed };
}
