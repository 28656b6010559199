import { expect } from "bun:test";
import { NoAnswerError, rawRequest } from "../support/raw-http.ts";

/** Sends part of a request and hangs up: whatever is answered, if anything, is a refusal. */
export async function breakOff(port: number, wire: Uint8Array): Promise<void> {
  try {
    const answer = await rawRequest(port, wire, { cut: true, timeoutMs: 2000 });
    expect(answer.status).toBeGreaterThanOrEqual(400);
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
  }
}
