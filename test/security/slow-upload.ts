import { connect } from "node:net";
import type { Site } from "./site.ts";

/** An upload whose body is sent when the test says so. */
export interface SlowUpload {
  /** Sends the rest and answers the status. */
  finish(): Promise<number>;
}

const halves = ["first half, ", "second half."] as const;

/** Begins an upload and comes back when the server has let it in: its first bytes are in staging. */
export async function beginUpload(site: Site, path: string, as: string): Promise<SlowUpload> {
  const { blobs } = site.server.stores;
  const before = await blobs.staging("count");
  const socket = connect({ port: site.port, host: "127.0.0.1" });
  let received = "";
  const ended = new Promise<void>((resolve) => {
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
    });
    socket.on("error", () => resolve());
    socket.on("close", () => resolve());
  });
  const length = halves.join("").length;
  socket.write(
    `PUT ${path} HTTP/1.1\r\nHost: h\r\nAuthorization: ${as}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${halves[0]}`,
  );
  const deadlineMs = performance.now() + 5000;
  while ((await blobs.staging("count")) <= before) {
    if (received !== "" || performance.now() > deadlineMs) throw new Error(`the upload was not let in: ${received}`);
    await Bun.sleep(2);
  }
  return {
    finish: async () => {
      socket.write(halves[1]);
      await Promise.race([ended, Bun.sleep(10_000)]);
      socket.destroy();
      return Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 0);
    },
  };
}
