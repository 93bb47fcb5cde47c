/**
 * Absinthe's socket as it comes from npm, with phoenix.js: GraphQL over a channel, whose subscriptions arrive on topics
 * that the client has never joined.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { Channel, type ChannelSocket, Endpoint, listProcesses, ok, reply, Socket } from "@urvogel/realtime";
import { timers } from "../../../lib/base/timer_wheel.ts";
import { CLIENT_VERSIONS, Inbox, loadSocketClass, type PhoenixSocket } from "../../support/phoenix_client.ts";
import { onTransports, type ServedApp, type TransportUnderTest } from "../../support/transports.ts";

interface Doc {
  readonly query: string;
  readonly variables?: object;
}

/** What Absinthe.Phoenix.Channel answers, without a GraphQL engine behind it. */
class ControlChannel extends Channel {
  readonly #subscriptions = new Map<string, () => void>();

  override join() {
    return ok();
  }

  override handleIn = this.handlers({
    doc: (payload, socket) => {
      const { query, variables } = payload as Doc;
      return reply(query.startsWith("subscription") ? this.#subscribe(socket) : { data: { variables } });
    },
    unsubscribe: (payload) => {
      const { subscriptionId } = payload as { subscriptionId: string };
      this.#subscriptions.get(subscriptionId)?.();
      return reply({ subscriptionId });
    },
  });

  #subscribe(socket: ChannelSocket) {
    const subscriptionId = `__absinthe__:doc:${this.#subscriptions.size}`;
    this.#subscriptions.set(subscriptionId, socket.subscribeClient(subscriptionId));
    return { subscriptionId };
  }
}

class GraphqlSocket extends Socket {
  override channels = { "__absinthe__:control": ControlChannel };
  override connect() {
    return ok();
  }
  override id() {
    return "graphql";
  }
}

interface Absinthe {
  create(socket: PhoenixSocket): object;
  send(absinthe: object, request: { operation: string; variables?: object }): object;
  observe(absinthe: object, notifier: object, observer: Observer): object;
  cancel(absinthe: object, notifier: object): object;
}
interface Observer {
  onStart?(notifier: object): void;
  onResult?(result: unknown): void;
  onAbort?(error: Error): void;
  onError?(error: Error): void;
}

const absinthe: Absinthe = await import("npm:@absinthe/socket@0.2.1");
// The release that it was made for.
const PhoenixSocketClass = await loadSocketClass(CLIENT_VERSIONS.find(({ version }) => version === "1.4.17")!);
const SUBSCRIPTION_DATA = "subscription:data";
// The client leaves timers of its own behind when it disconnects. What is ours is counted in `SetUp`.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

/** A server, and one client that is gone when the test is over. */
class SetUp implements AsyncDisposable {
  readonly client: object;
  readonly #before: object;
  readonly #server: ServedApp;
  readonly #socket: PhoenixSocket;

  private constructor(readonly endpoint: Endpoint, server: ServedApp, before: object) {
    this.#before = before;
    this.#server = server;
    this.#socket = new PhoenixSocketClass(`${server.wsUrl}/socket`, {
      transport: WebSocket,
      reconnectAfterMs: () => 10,
      rejoinAfterMs: () => 10,
    });
    this.client = absinthe.create(this.#socket);
  }

  /** Starts the server, and connects. */
  static async start(transport: TransportUnderTest): Promise<SetUp> {
    const before = census();
    const endpoint = new Endpoint({ sockets: { "/socket": GraphqlSocket } });
    return new SetUp(endpoint, await transport.serve(endpoint), before);
  }

  /** Sends an operation and collects what comes of it. */
  request(operation: string, variables: object = {}) {
    const [started, results] = [new Inbox<object>(), new Inbox<unknown>()];
    const notifier = absinthe.send(this.client, { operation, variables });
    absinthe.observe(this.client, notifier, { onStart: started.put, onResult: results.put, onError: results.put });
    return { started, results };
  }

  /** Publishes to a subscription, as Absinthe does for each document. */
  publish(subscriptionId: string, data: object): void {
    this.endpoint.broadcast(subscriptionId, SUBSCRIPTION_DATA, { subscriptionId, result: { data } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.disconnect();
    await this.#server[Symbol.asyncDispose]();
    assertEquals(census(), this.#before);
  }
}

function census(): object {
  return { timers: timers.size, processes: listProcesses().length };
}

onTransports("@absinthe/socket gets the result of a query and of a mutation", sanitize, async (transport) => {
  await using setUp = await SetUp.start(transport);
  for (const operation of ["query Q($n: Int) { q }", "mutation M($n: Int) { m }"]) {
    const { results } = setUp.request(operation, { n: 1 });
    assertEquals(await results.next(), { data: { variables: { n: 1 } } });
  }
});

onTransports(
  "@absinthe/socket gets the data of a subscription on a topic that it never joined",
  sanitize,
  async (transport) => {
    await using setUp = await SetUp.start(transport);
    const [first, second] = [setUp.request("subscription A { a }"), setUp.request("subscription B { b }")];
    await Promise.all([first.started.next(), second.started.next()]);
    setUp.publish("__absinthe__:doc:0", { a: 1 });
    setUp.publish("__absinthe__:doc:1", { b: 1 });
    setUp.publish("__absinthe__:doc:0", { a: 2 });
    assertEquals(await first.results.next(), { data: { a: 1 } });
    assertEquals(await first.results.next(), { data: { a: 2 } });
    assertEquals(await second.results.next(), { data: { b: 1 } });
  },
);

onTransports("@absinthe/socket ends a subscription", sanitize, async (transport) => {
  await using setUp = await SetUp.start(transport);
  const { started } = setUp.request("subscription A { a }");
  const notifier = await started.next();
  assertEquals(setUp.endpoint.pubsub.subscriberCount("__absinthe__:doc:0"), 1);
  absinthe.cancel(setUp.client, notifier);
  await setUp.request("query Q { q }").results.next(); // sent after "unsubscribe", answered after it
  assertEquals(setUp.endpoint.pubsub.subscriberCount("__absinthe__:doc:0"), 0);
});

onTransports("@absinthe/socket subscribes again when it has reconnected", sanitize, async (transport) => {
  await using setUp = await SetUp.start(transport);
  const { started, results } = setUp.request("subscription A { a }");
  await started.next();
  setUp.endpoint.disconnect("graphql");
  const lost = await results.next(); // the client tells its observers, and goes on
  assertMatch(String(lost), /connection/);
  await started.next();
  setUp.publish("__absinthe__:doc:0", { a: 1 });
  assertEquals(await results.next(), { data: { a: 1 } });
});
