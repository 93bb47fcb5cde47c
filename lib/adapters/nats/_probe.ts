/**
 * Asks whether a server answers, before the client of NATS connects to it.
 *
 * A connection attempt of client 3.4.0 cannot be ended: when its time is over, it leaves an open socket behind, for as
 * long as the other side says nothing. A server that is stopped for an hour would cost thousands.
 *
 * @module
 */

import { connect } from "node:net";
import { Alarm } from "../../base/alarm.ts";
import type { Server } from "./_server.ts";

/** How long a server may take to accept a connection and to greet. */
const GREETING_MS = 2000;

/**
 * Connects to `server`, waits for its greeting, and disconnects.
 *
 * @throws {Error} If there is none within two seconds, or `signal` is aborted.
 */
export async function probe({ host, port, tls }: Server, signal: AbortSignal): Promise<void> {
  const greeted = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const speaksFirst = !(tls && tls.handshakeFirst);
  const socket = connect({ host, port }, () => !speaksFirst && greeted.resolve());
  socket.on("data", () => greeted.resolve());
  socket.on("error", (error) => greeted.reject(error));
  socket.on("close", () => {
    greeted.reject(new Error("it closed the connection"));
    closed.resolve();
  });
  const stop = () => greeted.reject(new Error("the adapter was stopped"));
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const limit = new Alarm(() => greeted.reject(new Error("it does not reply"))).set(GREETING_MS);
  try {
    await greeted.promise;
  } finally {
    limit.clear();
    signal.removeEventListener("abort", stop);
    socket.destroy();
    await closed.promise;
  }
}
