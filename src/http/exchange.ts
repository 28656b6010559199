import type { CountedBody } from "./request-body.ts";
import type { Method, Route } from "./router.ts";
import type { RawTarget } from "./raw-target.ts";

/** One request as a route's handler sees it. */
export interface Exchange {
  readonly request: Request;
  readonly method: string;
  /** The values of the pattern's parameters, decoded once. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The body, read once and counted; what is left unread when the handler is done is drained. */
  readonly body: CountedBody;
  /** Who sent it, past trusted proxies. */
  readonly clientAddress: string;
  /** Scheme and authority under which clients reach this server, without trailing slash. */
  publicUrl(): string;
  /** Tells the access log who asked. */
  noteActor(name: string): void;
}

export type Handler = (exchange: Exchange) => Promise<Response>;

/**
 * A family of routes with its own manner of saying no. The router has already decided; a dialect only answers.
 */
export interface Dialect {
  readonly name: string;
  readonly routes: readonly Route<Handler>[];
  /** Whether unknown paths that begin with these segments are this dialect's to answer. */
  owns(segments: readonly string[]): boolean;
  notFound(): Response;
  /** A target that must not be acted on. */
  refuseTarget(target: Exclude<RawTarget, { kind: "segments" }>, method: string): Response;
  /**
   * The segments by which an ambiguous target that the dialect owns is routed all the same; null refuses it. They must
   * be the dialect's own as well.
   */
  admitTarget?(target: Extract<RawTarget, { kind: "ambiguous" }>): readonly string[] | null;
  /** Answers instead of 405 where a pattern of the dialect matches and its methods do not. */
  wrongMethod?(allowed: readonly Method[]): Response;
  /** Whether a target of the dialect with repeated or trailing slashes is not found; they count for nothing without. */
  refusesEmptySegments?(segments: readonly string[]): boolean;
  /** Turns a refusal into an answer; null for an error that is none. */
  answerError(error: unknown, exchange: Exchange, route: Route<Handler>): Response | null;
}

/** The value of a parameter that the pattern of the matched route has. */
export function parameterOf(exchange: Exchange, name: string): string {
  const value = exchange.parameters[name];
  if (value === undefined) throw new Error(`the matched pattern has no parameter ${name}`);
  return value;
}
