/**
 * Endpoints that a hub connects, with rooms for tests.
 *
 * @module
 */

import {
  Channel,
  type ChannelSocket,
  Endpoint,
  type EndpointOptions,
  type ExitReason,
  ok,
  type Params,
  PubSub,
  type PubSubOptions,
  reply,
  Socket,
  type SocketOptions,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import type { Hub } from "./pubsub_hub.ts";

interface User {
  user: string;
}

/** Options for a node. */
export interface NodeOptions {
  /** Those of its PubSub. */
  readonly pubsub?: PubSubOptions;
  /** Those of its endpoint. */
  readonly endpoint?: Partial<EndpointOptions>;
  /** Those of its socket. */
  readonly socket?: SocketOptions;
}

/** A node with an endpoint at `/socket`, whose channels are `room:*`. */
export class EndpointNode implements AsyncDisposable {
  readonly pubsub: PubSub;
  readonly endpoint: Endpoint;
  /** Why channels have ended, in order. */
  readonly ended: ExitReason[] = [];
  /** What joins wait for. */
  door: Promise<void> | undefined;

  constructor(hub: Hub, name: string, options: NodeOptions = {}) {
    // deno-lint-ignore no-this-alias
    const node = this;
    class RoomChannel extends Channel<User> {
      override async join() {
        await node.door;
        return ok();
      }
      override handleIn = this.handlers({
        echo: (payload) => reply(payload),
        size: (payload) => reply({ bytes: payload instanceof Uint8Array ? payload.length : null }),
        shout: (payload, socket) => {
          socket.broadcast("shout", payload as object);
          return reply({ node: name });
        },
      });
      override terminate(reason: ExitReason, _socket: ChannelSocket<User>) {
        node.ended.push(reason);
      }
    }
    class UserSocket extends Socket<User> {
      override channels = { "room:*": RoomChannel };
      override connect({ user }: Params) {
        return ok({ user: String(user) });
      }
      override id({ user }: User) {
        return `user:${user}`;
      }
    }
    const adapter = hub.adapter(name);
    this.pubsub = new PubSub({ adapter, heartbeatMs: 100, downMs: 300, graceMs: 0, ...options.pubsub });
    this.endpoint = new Endpoint({
      pubsub: this.pubsub,
      sockets: { "/socket": [UserSocket, options.socket ?? {}] },
      ...options.endpoint,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endpoint.shutdown();
    await this.pubsub.stop();
  }
}

/** Starts nodes that know each other. */
export async function startNodes(hub: Hub, names: readonly string[], options?: NodeOptions): Promise<EndpointNode[]> {
  const nodes = names.map((name) => new EndpointNode(hub, name, options));
  await settle();
  return nodes;
}
