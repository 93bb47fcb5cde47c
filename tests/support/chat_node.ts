/**
 * A node with a chat: an endpoint on a port of its own, whose PubSub has the adapter of a test.
 *
 * @module
 */

import { Channel, Endpoint, noreply, ok, Presence, PubSub, type PubSubAdapter, Socket } from "@urvogel/realtime";
import { connectOverNetwork, type TestClient } from "@urvogel/realtime/testing";
import { serve, type TestServer } from "./serve.ts";
import { until } from "./until.ts";

/** How long a client waits for what comes over a real engine, in milliseconds. */
const TIMEOUT_MS = 5000;

/** What a node can do. */
export interface ChatOptions {
  /**
   * Whether there are topics `kept:*`, whose history the adapter's engine keeps.
   *
   * @default {false}
   */
  readonly keepsHistory?: boolean;
}

/** One of several nodes. */
export class ChatNode implements AsyncDisposable {
  /** Its endpoint. */
  readonly endpoint: Endpoint;
  readonly #pubsub: PubSub;
  readonly #server: TestServer;

  /** Starts a node, which connects by `adapter`. */
  static async start(adapter: PubSubAdapter, options: ChatOptions = {}): Promise<ChatNode> {
    const node = new ChatNode(adapter, options);
    await until(() => adapter.isConnected, `${adapter.nodeName} is connected`);
    return node;
  }

  private constructor(adapter: PubSubAdapter, { keepsHistory = false }: ChatOptions) {
    this.#pubsub = new PubSub({ adapter });
    const socket = chatSocket(this.#pubsub, keepsHistory);
    this.endpoint = new Endpoint({ pubsub: this.#pubsub, sockets: { "/socket": socket } });
    this.#server = serve(this.endpoint);
  }

  /** Connects a client, whose name is `user`. It has the id `user:<user>`, and `room:*` broadcasts what it says. */
  connect(user: string): Promise<TestClient> {
    return connectOverNetwork(`${this.#server.wsUrl}/socket`, { user }, { timeoutMs: TIMEOUT_MS });
  }

  /** Ends the server, and disconnects from the other nodes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await this.#pubsub.stop();
  }
}

/** Users with the names that they give, who say things, and see who is there. */
function chatSocket(pubsub: PubSub, keepsHistory: boolean) {
  const people = new Presence({ pubsub, broadcastPeriodMs: 50 });
  class RoomChannel extends Channel<{ user: string }> {
    override join() {
      return ok();
    }
    override afterJoin() {
      people.track(this.socket, this.socket.assigns.user, {});
    }
    override handleIn = this.handlers({
      say: (payload, socket) => {
        socket.broadcast("said", { from: socket.assigns.user, payload });
        return noreply();
      },
    });
  }
  class KeptChannel extends RoomChannel {
    override history = { maxMessages: 100 };
  }
  return class UserSocket extends Socket<{ user: string }> {
    override channels = { "room:*": RoomChannel, ...keepsHistory && { "kept:*": KeptChannel } };
    override connect(params: { user?: unknown }) {
      return ok({ user: String(params.user) });
    }
    override id({ user }: { user: string }) {
      return `user:${user}`;
    }
  };
}
