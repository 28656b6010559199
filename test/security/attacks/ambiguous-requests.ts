/** A request whose end can be read in two ways, with a second one hidden where one of them ends. */
export interface AmbiguousRequest {
  readonly name: string;
  readonly bytes: string;
}

const line = (...lines: string[]): string => lines.map((text) => `${text}\r\n`).join("");

/**
 * Requests to put in front of `hidden`, which is what must never be answered: all are refused by RFC 9112, or end after the
 * hidden request, whichever way one looks.
 */
export function ambiguousRequests(first: string, hidden: string): readonly AmbiguousRequest[] {
  const chunked = `0\r\n\r\n${hidden}`;
  const size = Buffer.byteLength(chunked, "latin1");
  const chunk = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;
  const post = (name: string, head: string, body: string): AmbiguousRequest => ({ name, bytes: `POST ${first} HTTP/1.1\r\nHost: h\r\n${head}\r\n${body}` });
  const both = (name: string, encoding: string): AmbiguousRequest => post(name, line(`Content-Length: ${size}`) + encoding, chunked);
  return [
    both("length and chunks", line("Transfer-Encoding: chunked")),
    post("chunks and length", line("Transfer-Encoding: chunked", `Content-Length: ${size}`), chunked),
    both("a space before the colon", "Transfer-Encoding : chunked\r\n"),
    both("a tab before the value", "Transfer-Encoding:\tchunked\r\n"),
    both("a vertical tab in the value", "Transfer-Encoding: \x0bchunked\r\n"),
    both("an unknown coding", line("Transfer-Encoding: xchunked")),
    both("two codings", line("Transfer-Encoding: chunked, identity")),
    both("two lines of codings", line("Transfer-Encoding: chunked", "Transfer-Encoding: identity")),
    both("a quoted coding", line('Transfer-Encoding: "chunked"')),
    both("another case", line("transfer-ENCODING: CHUNKED")),
    both("a folded line", "Transfer-Encoding:\r\n chunked\r\n"),
    both("a folded line of another", "X: y\r\n Transfer-Encoding: chunked\r\n"),
    both("a bare line feed before it", "X: y\nTransfer-Encoding: chunked\r\n"),
    both("a bare carriage return before it", "X: y\rTransfer-Encoding: chunked\r\n"),
    both("a NUL in the name", "Transfer\0-Encoding: chunked\r\n"),
    both("a NUL in the value", "Transfer-Encoding: chunked\0\r\n"),
    post("two lengths", line("Content-Length: 0", `Content-Length: ${hidden.length}`), hidden),
    post("two lengths the other way round", line(`Content-Length: ${hidden.length}`, "Content-Length: 0"), hidden),
    post("two lengths in a list", line(`Content-Length: 0, ${hidden.length}`), hidden),
    post("a length with a plus", line("Content-Length: +0"), hidden),
    post("a negative length", line("Content-Length: -1"), hidden),
    post("a hexadecimal length", line("Content-Length: 0x0"), hidden),
    post("a length with a space", line("Content-Length: 0 0"), hidden),
    post("a length with an exponent", line("Content-Length: 0e0"), hidden),
    post("a length beyond 64 bits", line("Content-Length: 18446744073709551616"), hidden),
    post("an empty length", line("Content-Length:"), hidden),
    post("a length with a space before the colon", "Content-Length : 0\r\n", hidden),
    post("a chunk size that is none", line("Transfer-Encoding: chunked"), `g\r\n${hidden}`),
    post("a negative chunk size", line("Transfer-Encoding: chunked"), `-1\r\n${hidden}`),
    post("a chunk size with 0x", line("Transfer-Encoding: chunked"), `0x0\r\n\r\n${hidden}`),
    post("a chunk size beyond 64 bits", line("Transfer-Encoding: chunked"), `10000000000000000\r\n${hidden}`),
    post("a chunk size with a plus", line("Transfer-Encoding: chunked"), `+0\r\n\r\n${hidden}`),
    post("a chunk that is longer than it says", line("Transfer-Encoding: chunked"), `1\r\nab\r\n0\r\n\r\n${hidden}`),
    post("a chunk that ends in a bare line feed", line("Transfer-Encoding: chunked"), `1\r\na\n0\r\n\r\n${hidden}`),
    post("an empty chunk size", line("Transfer-Encoding: chunked"), `\r\n\r\n${hidden}`),
    post("a hidden request within a chunk", line("Transfer-Encoding: chunked"), chunk),
    { name: "a length in HTTP/1.0 with chunks", bytes: `POST ${first} HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: ${size}\r\n\r\n${chunked}` },
    { name: "a body of a GET", bytes: `GET ${first} HTTP/1.1\r\nHost: h\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}` },
    { name: "a body of a HEAD", bytes: `HEAD ${first} HTTP/1.1\r\nHost: h\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}` },
    { name: "an Upgrade with a body", bytes: `GET ${first} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}` },
    { name: "an Expect that is none", bytes: `POST ${first} HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}` },
  ];
}

/** Heads that no server should take for a request, or that name two hosts. */
export function brokenHeads(path: string): readonly AmbiguousRequest[] {
  const end = "\r\n\r\n";
  const heads: readonly (readonly [string, string])[] = [
    ["two hosts", `GET ${path} HTTP/1.1\r\nHost: h\r\nHost: other${end}`],
    ["two hosts alike", `GET ${path} HTTP/1.1\r\nHost: h\r\nHost: h${end}`],
    ["a space before a colon", `GET ${path} HTTP/1.1\r\nHost: h\r\nX : y${end}`],
    ["a line without a colon", `GET ${path} HTTP/1.1\r\nHost: h\r\nnothing${end}`],
    ["a line that begins with a colon", `GET ${path} HTTP/1.1\r\nHost: h\r\n: y${end}`],
    ["a NUL in a line", `GET ${path} HTTP/1.1\r\nHost: h\r\nX: a\0b${end}`],
    ["a NUL in the target", `GET ${path}\0 HTTP/1.1\r\nHost: h${end}`],
    ["a space in the target", `GET ${path} x HTTP/1.1\r\nHost: h${end}`],
    ["no version", `GET ${path}\r\nHost: h${end}`],
    ["a version of the future", `GET ${path} HTTP/9.9\r\nHost: h${end}`],
    ["a version without a point", `GET ${path} HTTP/11\r\nHost: h${end}`],
    ["another protocol", `GET ${path} XTTP/1.1\r\nHost: h${end}`],
    ["a method that is none", `G@T ${path} HTTP/1.1\r\nHost: h${end}`],
    ["a folded first line", `GET\r\n ${path} HTTP/1.1\r\nHost: h${end}`],
    ["a space before the first line of the head", `GET ${path} HTTP/1.1\r\n Host: h${end}`],
    ["HTTP/2's beginning", `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`],
    ["a TLS greeting", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03"],
  ];
  return heads.map(([name, bytes]) => ({ name, bytes }));
}
