/**
 * The smallest server: says back what a client says.
 *
 * ```sh
 * deno task start
 * ```
 *
 * @module
 */

import { Channel, Endpoint, ok, reply, Socket } from "@urvogel/realtime";

class EchoChannel extends Channel {
  override join() {
    return ok();
  }
  override handleIn = this.handlers({ echo: (payload) => reply(payload) });
}

class EchoSocket extends Socket {
  override channels = { "echo": EchoChannel };
  override connect() {
    return ok();
  }
}

const endpoint = new Endpoint({ sockets: { "/socket": EchoSocket } });

Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 4000),
  onListen: ({ port }) => console.log(`Echo: connect to ws://localhost:${port}/socket`),
}, endpoint.fetch);
