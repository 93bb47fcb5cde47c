/**
 * Machines of a cluster in one program: servers with a PubSub of their own, and clients in a room that they share.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Channel, Endpoint, ok, PubSub, type PubSubAdapter, reply, Socket } from "@urvogel/realtime";
import { answerOf, CLIENT_VERSIONS, Inbox, loadSocketClass, type PhoenixChannel } from "./phoenix_client.ts";
import { serve } from "./serve.ts";

class RoomChannel extends Channel {
  override join() {
    return ok();
  }
  override handleIn = this.handlers({
    say: (payload, socket) => {
      socket.broadcast("said", payload as { readonly text: string });
      return reply({});
    },
  });
}

class UserSocket extends Socket {
  override channels = { "room:*": RoomChannel };
  override connect() {
    return ok({});
  }
}

/** A server with the room. */
export interface Machine extends AsyncDisposable {
  /** Its endpoint. */
  readonly endpoint: Endpoint;
  /** Where clients connect. */
  readonly url: string;
}

/** Starts a machine that is connected with others by `adapter`. */
export function startMachine(adapter: PubSubAdapter): Machine {
  const pubsub = new PubSub({ adapter });
  const endpoint = new Endpoint({ pubsub, sockets: { "/socket": UserSocket } });
  const server = serve(endpoint);
  return {
    endpoint,
    url: `${server.wsUrl}/socket`,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await pubsub.stop();
    },
  };
}

/** Somebody in the room. */
export interface Guest extends AsyncDisposable {
  /** Says something to everybody, and waits for the reply. */
  say(text: string): Promise<void>;
  /** What was said. */
  readonly said: Inbox;
  /** The channel. */
  readonly channel: PhoenixChannel;
}

/** Joins the room with phoenix.js. */
export async function join(url: string): Promise<Guest> {
  const SocketClass = await loadSocketClass(CLIENT_VERSIONS[0]!);
  const socket = new SocketClass(url);
  const channel = socket.channel("room:1");
  const said = new Inbox();
  channel.on("said", said.put);
  socket.connect();
  assertEquals((await answerOf(channel.join())).status, "ok");
  return {
    channel,
    said,
    async say(text) {
      assertEquals((await answerOf(channel.push("say", { text }))).status, "ok");
    },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.disconnect(resolve)),
  };
}
