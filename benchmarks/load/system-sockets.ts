import { dlopen } from "bun:ffi";

const library = dlopen("libc.so.6", {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  send: { args: ["i32", "ptr", "usize", "i32"], returns: "i64" },
  recv: { args: ["i32", "ptr", "usize", "i32"], returns: "i64" },
  close: { args: ["i32"], returns: "i32" },
});

/** Linux's numbers (asm-generic). */
const constants = { inet: 2, stream: 1, solSocket: 1, receiveBuffer: 8, dontWait: 0x40, truncate: 0x20 } as const;

/** A blocking TCP connection. Its bytes can be thrown away inside the kernel, which costs next to nothing. */
export interface SystemSocket {
  send(bytes: Uint8Array): void;
  /** Bytes of the beginning of an answer; waits for some. */
  read(into: Uint8Array): number;
  /** Takes up to so many bytes without copying them anywhere; how many, 0 at the end. Waits for some. */
  skip(limitBytes: number): number;
  /** The same without waiting; null when nothing is there. */
  skipAvailable(limitBytes: number): number | null;
  close(): void;
}

/** Connects to 127.0.0.1. `receiveBufferBytes` bounds what the kernel takes ahead of the reader. Throws when refused. */
export function connectSystemSocket(port: number, receiveBufferBytes?: number): SystemSocket {
  const { symbols } = library;
  const descriptor = symbols.socket(constants.inet, constants.stream, 0);
  if (descriptor < 0) throw new Error("no socket could be made");
  if (receiveBufferBytes !== undefined)
    symbols.setsockopt(descriptor, constants.solSocket, constants.receiveBuffer, new Int32Array([receiveBufferBytes]), 4);
  // struct sockaddr_in: family in the machine's order, port and address in the network's.
  const address = new Uint8Array([constants.inet, 0, port >> 8, port & 255, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  if (symbols.connect(descriptor, address, address.byteLength) !== 0) throw new Error(`port ${port} refused the connection`);
  const scratch = new Uint8Array(1);
  const counted = (count: number | bigint, what: string): number => {
    if (Number(count) < 0) throw new Error(`${what} failed on a connection to port ${port}`);
    return Number(count);
  };
  return {
    send: (bytes) => void counted(symbols.send(descriptor, bytes, bytes.byteLength, 0), "sending"),
    read: (into) => counted(symbols.recv(descriptor, into, into.byteLength, 0), "reading"),
    // The kernel never touches the memory it is given here: MSG_TRUNC (tcp(7)) discards.
    skip: (limitBytes) => counted(symbols.recv(descriptor, scratch, limitBytes, constants.truncate), "reading"),
    skipAvailable: (limitBytes) => {
      const count = Number(symbols.recv(descriptor, scratch, limitBytes, constants.truncate | constants.dontWait));
      return count < 0 ? null : count;
    },
    close: () => void symbols.close(descriptor),
  };
}
