import { expect } from "bun:test";
import { NoAnswerError, rawRequest, type RawResponse } from "../../support/raw-http.ts";
import { openTown, type Place, type Town } from "../gitlab-places.ts";

/** What an attacker is up against: a server with a private project that has a file, seen through its socket alone. */
export interface Target {
  readonly town: Town;
  readonly place: Place;
  /** `/api/v4/projects/<id>`. */
  readonly project: string;
  /** The administrator's secret. */
  readonly token: string;
  readonly port: number;
  /**
   * Sends bytes as they are and counts them as one input. Null where the connection ended without an answer; throws where
   * neither comes in time.
   */
  send(bytes: string | Uint8Array, timeoutMs?: number): Promise<RawResponse | null>;
  /** Counts inputs that were sent otherwise. */
  count(more: number): void;
  /** Throws unless the server is whole: no fault, no staged bytes, the file as it was. */
  expectSound(): Promise<void>;
  /** Stops it and prints how many inputs were sent; throws for fewer than ten. */
  close(): Promise<void>;
}

/** The least that counts as a test of a class of attacks. */
const leastInputs = 10;

/** Opens a target; `attack` names the class in the line that is printed at the end. */
export async function openTarget(attack: string, ...given: Parameters<typeof openTown>): Promise<Target> {
  const startedMs = performance.now();
  const town = await openTown(...given);
  const { server } = town.site;
  const place = town.places.private;
  const project = `/api/v4/projects/${place.project.id}`;
  const token = server.admin.token;
  let inputs = 0;
  await town.make("PUT", `${project}/packages/generic/p/1.0/f`, "content");
  return {
    town, place, project, token,
    port: server.port,
    count: (more) => {
      inputs += more;
    },
    send: async (bytes, timeoutMs = 10_000) => {
      inputs += 1;
      try {
        return await rawRequest(server.port, typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes, { timeoutMs });
      } catch (error) {
        if (error instanceof NoAnswerError && !error.message.includes("ms passed")) return null;
        throw error;
      }
    },
    expectSound: async () => {
      expect(server.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
      expect(server.fatalErrors).toEqual([]);
      expect(await server.stores.blobs.staging("count")).toBe(0);
      const file = await town.ask("GET", `${project}/packages/generic/p/1.0/f`, { "private-token": token });
      expect([file.status, file.text]).toEqual([200, "content"]);
    },
    close: async () => {
      await server.stop();
      console.log(JSON.stringify({ attack, inputs, seconds: Math.round(performance.now() - startedMs) / 1000 }));
      expect(inputs).toBeGreaterThanOrEqual(leastInputs);
    },
  };
}

/** The bytes of a request with these lines after the first; its length is told where it has a body. */
export function requestOf(first: string, lines: readonly string[] = [], body: string | null = null): string {
  const length = body === null ? [] : [`Content-Length: ${Buffer.byteLength(body, "latin1")}`];
  return `${[`${first} HTTP/1.1`, "Host: h", ...lines, ...length].join("\r\n")}\r\n\r\n${body ?? ""}`;
}

/** Every byte of a text percent-encoded, so that any text travels in a target. */
export function percentEncoded(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}
