/**
 * What connects several servers, so that people on different ones are in the same room.
 *
 * @module
 */

import type { PubSubAdapter } from "@urvogel/realtime";

/**
 * Creates the adapter for `bus`. Only that one is loaded, with the client that it needs.
 *
 * @param bus `"threads"` for the threads of one program, or the URL of an engine.
 * @returns The adapter; `undefined` for a server that runs alone.
 * @throws {TypeError} If there is no such bus.
 */
export async function adapterOf(bus: string | undefined): Promise<PubSubAdapter | undefined> {
  if (bus === undefined) return undefined;
  switch (/^(?:threads$|[a-z]+(?=:))/.exec(bus)?.[0]) {
    case "threads":
      return (await import("@urvogel/realtime/threads")).threadsAdapter();
    case "nats":
    case "tls":
      return (await import("@urvogel/realtime/nats")).natsAdapter({ servers: bus });
    case "redis":
    case "rediss":
      return (await import("@urvogel/realtime/redis")).redisAdapter({ url: bus });
    case "postgres":
      return (await import("@urvogel/realtime/postgres")).postgresAdapter({ servers: bus });
    default: // not the text itself: it may hold a password
      throw new TypeError('Cannot choose adapter: expected "threads", nats://..., redis://... or postgres://...');
  }
}
