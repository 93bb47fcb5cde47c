/**
 * Connects nodes by [NATS](https://nats.io): threads, processes and machines that run the same program.
 *
 * ```ts ignore
 * import { Endpoint, PubSub } from "@urvogel/realtime";
 * import { natsAdapter } from "@urvogel/realtime/nats";
 *
 * const pubsub = new PubSub({ adapter: natsAdapter({ servers: "tls://nats.internal:4222" }) });
 * const endpoint = new Endpoint({ pubsub, sockets: {} });
 * ```
 *
 * It needs nats-server 2.2 or later, and no permission other than `--allow-net`. For topics with history it needs 2.9
 * or later with JetStream.
 *
 * **Delivery:** at most once, in the order in which a node sent the broadcasts of one topic. While NATS cannot be
 * reached, `broadcast` throws a `BusDownError`, and nothing of that time arrives later. A server that stops responding
 * is noticed within five seconds; what was sent meanwhile may be lost.
 *
 * **Rights:** whoever can publish on these subjects can send messages to all clients, as the server does. Give the
 * nodes a user of their own that may publish and subscribe to `urvogel.>` (`<prefix>.>`), and nobody else:
 *
 * ```text
 * authorization {
 *   users: [{
 *     user: app
 *     password: "$2a$11$..."
 *     permissions: { publish: "urvogel.>", subscribe: "urvogel.>" }
 *   }]
 * }
 * ```
 *
 * The rights are tested when the node connects. A broadcast that is refused later is logged as an error, or reported to
 * the listeners of `urvogel:bus:engine_error` (`BusEngineErrorEvent`).
 *
 * **History:** the broadcasts of topics with history are kept in file streams of JetStream, `<prefix>_h_...`, one for
 * each distinct retention. In a cluster set `historyReplicas: 3`; with one replica a server that loses power may lose
 * what it confirmed in its last two minutes, unless it has `sync_interval: always`. The rights that it takes are in the
 * README of `lib/adapters/nats`.
 *
 * **Owners** of keys (`KeyedServers`) are kept in streams of JetStream as well, `<prefix>_o_...`: `adapter.owners`. So
 * are the states of their servers, for the option `store` of `KeyedServers`: `adapter.store`. Start NATS with `-js`, and
 * with `-sd` and a folder that stays: on a new one the first key takes `ownerTtlMs` of the PubSub (10 s), since an
 * earlier owner may still run.
 *
 * **Clusters of NATS:** a new subscription is known to the server of its node when `subscribe` resolves, and to the
 * other servers some milliseconds later.
 *
 * @module
 */

import { NatsAdapter } from "./nats_adapter.ts";
import type { NatsAdapterOptions } from "./options.ts";

export type { NatsAdapter } from "./nats_adapter.ts";
export type {
  NatsAdapterOptions,
  NatsClient,
  NatsConnect,
  NatsCredentials,
  NatsLogin,
  NatsServers,
  NatsTls,
} from "./options.ts";

/**
 * Creates an adapter that connects a PubSub with those of other nodes by NATS.
 *
 * @example Usage
 * ```ts
 * import { natsAdapter } from "@urvogel/realtime/nats";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const adapter = natsAdapter({ servers: "nats://127.0.0.1:4222", nodeName: "node_1" });
 * assertEquals(adapter.nodeName, "node_1");
 * assertThrows(() => natsAdapter({ servers: "nats://nats.internal:4222" }), TypeError, "another machine");
 * ```
 *
 * @param options Where NATS is, and how to log in.
 * @returns The adapter, which connects when a PubSub starts it.
 * @throws {TypeError} If a server, name or prefix is malformed, options contradict each other, or the connection with
 * another machine would not be encrypted.
 * @throws {RangeError} If `maxUnconfirmedBytes` is less than 1, or `historyReplicas` is not from 1 to 5.
 */
export function natsAdapter(options: NatsAdapterOptions = {}): NatsAdapter {
  return new NatsAdapter(options);
}
