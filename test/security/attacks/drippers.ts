import { connect, type Socket } from "node:net";

/** A request of which a client sends the beginning at once, and the rest, which never ends, a byte at a time. */
export interface Dripping {
  readonly name: string;
  readonly start: string;
  /** Sent again and again. */
  readonly drops: string;
}

/** One client that drips. */
export interface Dripper {
  readonly name: string;
  readonly socket: Socket;
  /** When the connection is at its end, whoever ended it. */
  readonly closed: Promise<void>;
  /** How many bytes it has sent after the beginning. */
  sentDrops(): number;
}

/** Each part of a request that may go on for ever; `token` may publish in `project`. */
export function drippings(project: string, token: string): readonly Dripping[] {
  const upload = (length: string, secret = token): string => `PUT ${project}/packages/generic/drip/1.0/f HTTP/1.1\r\nHost: h\r\nPRIVATE-TOKEN: ${secret}\r\n${length}\r\n\r\n`;
  const chunked = upload("Transfer-Encoding: chunked");
  const json = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: h\r\nPRIVATE-TOKEN: ${token}\r\nContent-Type: application/json\r\nContent-Length: 50000\r\n\r\n{`;
  const answered = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";
  return [
    { name: "empty lines", start: "", drops: "\r\n" },
    { name: "a target", start: "GET /", drops: "a" },
    { name: "the names of headers", start: "GET /healthz HTTP/1.1\r\nHost: h\r\nX-", drops: "a" },
    { name: "the value of a header", start: "GET /healthz HTTP/1.1\r\nHost: h\r\nX: ", drops: "a" },
    { name: "one header after the other", start: "GET /healthz HTTP/1.1\r\nHost: h\r\n", drops: "X: y\r\n" },
    { name: "the head after an answer", start: `${answered}GET /healthz HTTP/1.1\r\nHost: h\r\n`, drops: "X: y\r\n" },
    { name: "a body of known length", start: upload("Content-Length: 100000"), drops: "x" },
    { name: "a body of Gitea's", start: `PUT /api/packages/root/generic/drip/1.0/f HTTP/1.1\r\nHost: h\r\nAuthorization: token ${token}\r\nContent-Length: 100000\r\n\r\n`, drops: "x" },
    { name: "chunks of one byte", start: chunked, drops: "1\r\nx\r\n" },
    { name: "the size of a chunk", start: chunked, drops: "0" },
    { name: "what follows a chunk's size", start: `${chunked}5;a=`, drops: "b" },
    { name: "what follows the last chunk", start: `${chunked}1\r\nx\r\n0\r\nX: `, drops: "y" },
    { name: "JSON", start: json("/api/v4/projects"), drops: " " },
    { name: "a query", start: json("/api/graphql"), drops: " " },
    { name: "a body that is refused", start: upload("Content-Length: 100000", "wrong"), drops: "x" },
    { name: "a body for nobody", start: "PUT /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n", drops: "x" },
  ];
}

/** The beginning of a TLS client's greeting of 508 bytes. */
export const tlsGreeting: Dripping = { name: "a TLS greeting", start: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", drops: "\x01" };

/** Connects to 127.0.0.1 and drips until the other end closes, or the socket is destroyed. */
export function startDripper(port: number, { name, start, drops }: Dripping, everyMs: number): Dripper {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let sent = 0;
  let timer: ReturnType<typeof setInterval> | null = null;
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  socket.on("error", () => {});
  socket.on("data", () => {});
  socket.on("close", () => {
    if (timer !== null) clearInterval(timer);
    resolve();
  });
  socket.on("connect", () => {
    socket.write(Buffer.from(start, "latin1"));
    timer = setInterval(() => {
      socket.write(drops[sent % drops.length] ?? "");
      sent += 1;
    }, everyMs);
  });
  return { name, socket, closed, sentDrops: () => sent };
}
