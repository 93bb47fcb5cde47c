/**
 * An application whose topics `plain:*` keep 100 messages. Its channel has no handlers, so broadcasts do not take the
 * channel's mailbox.
 *
 * @module
 */

import { Channel, Endpoint, ok, type PubSub, Socket } from "@urvogel/realtime";
import type { App } from "../serve.ts";

class PlainChannel extends Channel {
  override history = { maxMessages: 100 };
  override join() {
    return ok();
  }
}

class PlainSocket extends Socket {
  override channels = { "plain:*": PlainChannel };
  override connect() {
    return ok();
  }
}

/** Creates the application. */
export function plainApp(pubsub: PubSub): App {
  const options = { longpoll: { windowMs: 1000, resumeTimeoutMs: 5000 } };
  const secret = "the secret of all nodes of the plain application";
  const endpoint = new Endpoint({ pubsub, secret, checkOrigin: false, sockets: { "/socket": [PlainSocket, options] } });
  return { fetch: endpoint.fetch, shutdown: () => endpoint.shutdown() };
}
