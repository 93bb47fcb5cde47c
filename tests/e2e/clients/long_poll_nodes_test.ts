/**
 * phoenix.js over long polling, whose requests reach another node each time, as behind a proxy that spreads them.
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import type { ServeInfo } from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { EndpointNode } from "../../support/endpoint_cluster.ts";
import {
  answerOf,
  CLIENT_VERSIONS,
  type ClientVersion,
  Inbox,
  loadLongPoll,
  loadSocketClass,
  type PhoenixSocket,
} from "../../support/phoenix_client.ts";
import { Hub } from "../../support/pubsub_hub.ts";
import { serve } from "../../support/serve.ts";
import { Collected } from "../../support/telemetry.ts";
import { until } from "../../support/until.ts";
import { withXMLHttpRequest } from "../../support/xml_http_request.ts";

const OPTIONS = {
  endpoint: { secret: "the same text on all nodes", host: "127.0.0.1" },
  socket: { longpoll: { windowMs: 1_000, resumeTimeoutMs: 20 } },
};

/** Two nodes behind a balancer, and clients of one release. */
class World implements AsyncDisposable {
  readonly hub = new Hub();
  readonly nodes: EndpointNode[];
  readonly #resources = new AsyncDisposableStack();
  readonly #server;
  readonly #client: ClientVersion;
  #requests = 0;

  constructor(client: ClientVersion) {
    this.#client = client;
    this.nodes = ["a", "b"].map((name) => new EndpointNode(this.hub, name, OPTIONS));
    const fetch = (request: Request, info: ServeInfo) => this.#next().endpoint.fetch(request, info);
    const shutdown = async () => {
      for (const node of this.nodes) await node[Symbol.asyncDispose]();
    };
    this.#server = this.#resources.use(serve({ fetch, shutdown }));
    this.#resources.use(withXMLHttpRequest());
  }

  /** Connects a client. */
  async open(user: string): Promise<PhoenixSocket> {
    const SocketClass = await loadSocketClass(this.#client);
    const LongPoll = await loadLongPoll(this.#client);
    const socket = new SocketClass(`${this.#server.url}/socket`, {
      transport: LongPoll,
      params: { user },
      reconnectAfterMs: () => 10,
      rejoinAfterMs: () => 10,
    });
    this.#resources.adopt(socket, (socket) => new Promise<void>((resolve) => socket.disconnect(resolve)));
    socket.connect();
    return socket;
  }

  /** The number of sessions on all nodes. */
  get connectionCount(): number {
    return this.nodes.reduce((sum, { endpoint }) => sum + endpoint.connectionCount, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  #next(): EndpointNode {
    return this.nodes[this.#requests++ % this.nodes.length]!;
  }
}

// The client's own polls are cut off by its disconnect, which leaves fetch's resources to the garbage collector.
const UNSANITIZED = { sanitizeResources: false, sanitizeOps: false };
/** Older ones do not notice that they have a new session, on one node as well: their channels do not join again. */
const NEWEST = CLIENT_VERSIONS[0]!;
const clients = CLIENT_VERSIONS.filter(({ version }) => ["1.8.16", "1.6.16"].includes(version));

for (const client of clients) {
  const name = `phoenix.js ${client.version} whose long polls reach two nodes in turn`;

  Deno.test(`${name} joins, pushes, hears broadcasts and leaves`, UNSANITIZED, async () => {
    await using world = new World(client);
    await settle();
    const rooms = [];
    for (const user of ["ann", "bob"]) rooms.push((await world.open(user)).channel("room:1"));
    const heard = rooms.map((room) => {
      const inbox = new Inbox();
      room.on("shout", inbox.put);
      return inbox;
    });
    for (const room of rooms) assertEquals((await answerOf(room.join())).status, "ok");
    const sent = Array.from({ length: 30 }, (_, n) => ({ n, text: "é 𝄞" }));
    for (const payload of sent) assertEquals((await answerOf(rooms[0]!.push("shout", payload))).status, "ok");
    for (const inbox of heard) for (const payload of sent) assertEquals(await inbox.next(), payload); // once, in order
    const large = { text: "x".repeat(200_000) };
    assertEquals((await answerOf(rooms[1]!.push("echo", large))).response, large);
    assertEquals((await answerOf(rooms[0]!.leave())).status, "ok");
    await until(() => world.nodes.some(({ ended }) => ended.length > 0), "the channel has ended");
    assertEquals(world.connectionCount, 2); // the sessions that were opened first
    assertGreater(world.hub.sent.filter(({ event }) => event === "request").length, 30);
  });

  Deno.test(`${name} is removed from a topic, and disconnected`, UNSANITIZED, async () => {
    await using world = new World(client);
    await settle();
    const socket = await world.open("ann");
    const [lobby, side] = [socket.channel("room:lobby"), socket.channel("room:side")];
    const [joins, closes] = [new Inbox(), new Inbox()];
    lobby.onClose(() => closes.put("closed"));
    side.join().receive("ok", joins.put);
    assertEquals((await answerOf(lobby.join())).status, "ok");
    await joins.next();
    const [node] = world.nodes;
    assertEquals((await node!.endpoint.removeFromTopic("user:ann", "room:lobby")).removed, 1);
    await closes.next();
    const { closed, missing } = await node!.endpoint.confirmDisconnect("user:ann");
    assertEquals([closed, missing], [1, []]);
    if (client !== NEWEST) return;
    await joins.next(); // joins again by itself, which the other one does not
    assertEquals((await answerOf(side.push("echo", { back: true }))).response, { back: true });
    assertEquals(node!.pubsub.subscriberCount("room:lobby") + world.nodes[1]!.pubsub.subscriberCount("room:lobby"), 0);
  });

  if (client !== NEWEST) continue;
  Deno.test(`${name} goes on when the node of its session dies`, UNSANITIZED, async () => {
    using _unrelayed = new Collected("urvogel:longpoll:unrelayed");
    await using world = new World(client);
    await settle();
    const room = (await world.open("ann")).channel("room:1");
    const joins = new Inbox();
    room.join().receive("ok", joins.put);
    await joins.next();
    const dead = world.nodes.findIndex(({ endpoint }) => endpoint.connectionCount > 0);
    const [node] = world.nodes.splice(dead, 1);
    await node!.pubsub.stop(); // nobody reaches it any more
    await joins.next();
    assertEquals((await answerOf(room.push("echo", { back: true }))).response, { back: true });
    await node![Symbol.asyncDispose]();
  });
}

Deno.test(
  "phoenix.js sends and gets binary messages over long polls that reach two nodes in turn",
  UNSANITIZED,
  async () => {
    await using world = new World(NEWEST);
    await settle();
    const room = (await world.open("ann")).channel("room:1");
    assertEquals((await answerOf(room.join())).status, "ok");
    for (let n = 0; n < 4; n++) { // an even number of bytes that are UTF-8: others cannot be in a response
      const bytes = new TextEncoder().encode("bytes".repeat(n));
      const { status, response } = await answerOf(room.push("size", bytes.buffer));
      assertEquals([status, response], ["ok", { bytes: bytes.length }]);
    }
  },
);
