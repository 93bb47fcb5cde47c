/**
 * An endpoint with a room, a presence and an inspector, with secrets that no response may contain.
 *
 * @module
 */

import {
  Channel,
  type ChannelSocket,
  Endpoint,
  ok,
  type Params,
  Presence,
  PubSub,
  reply,
  Socket,
} from "@urvogel/realtime";
import { type Inspector, inspector, type InspectorOptions } from "@urvogel/realtime/inspector";
import { connect } from "@urvogel/realtime/testing";

/** Planted in states, payloads and metas. */
export const SECRET = "sesame-open-yourself";

interface User {
  readonly user: string;
  readonly token: string;
  /** Secret for this application only: its socket says so. */
  readonly card: string;
}

/** The endpoint, whose clients are connected without a network. */
export class WatchedRoom implements AsyncDisposable {
  readonly pubsub = new PubSub();
  readonly presence = new Presence({ name: "people", pubsub: this.pubsub });
  readonly endpoint: Endpoint;
  readonly inspect: Inspector;
  /** Opens the handler of `"wait"`. */
  readonly gate = Promise.withResolvers<void>();
  readonly #clients: AsyncDisposable[] = [];

  constructor(options: InspectorOptions = { authorize: () => true }) {
    this.endpoint = new Endpoint({ pubsub: this.pubsub, sockets: { "/socket": socketClass(this) }, logLevel: false });
    this.inspect = inspector(this.endpoint, options);
  }

  /** Lets a client join. */
  async join(user: string, topic: string) {
    const client = await connect(this.endpoint, { user });
    this.#clients.push(client);
    return await client.join(topic);
  }

  /** Asks for a view. */
  async view(path: string) {
    const response = await this.inspect(new Request(`http://localhost/inspector/api/${path}`));
    return { status: response.status, body: await response.json() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.gate.resolve();
    this.inspect[Symbol.dispose]();
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
    await this.endpoint.shutdown();
    await this.pubsub.stop();
  }
}

function socketClass({ presence, gate }: WatchedRoom) {
  class RoomChannel extends Channel<User> {
    override join() {
      return ok();
    }
    override afterJoin(socket: ChannelSocket<User>) {
      presence.track(socket, socket.assigns.user, { device: "phone", token: SECRET, card: SECRET });
    }
    override handleIn = this.handlers({
      say: (payload, socket) => {
        socket.broadcast("said", payload as object);
        return reply({ received: true });
      },
      wait: async () => {
        await gate.promise;
        return reply({});
      },
      fail: () => {
        throw new Error("out of order");
      },
    });
  }
  return class UserSocket extends Socket<User> {
    override channels = { "*": RoomChannel };
    override readonly redactedKeys = ["card"];
    override connect({ user }: Params) {
      return ok({ user: String(user), token: SECRET, card: SECRET });
    }
    override id({ user }: User) {
      return `user:${user}`;
    }
  };
}
