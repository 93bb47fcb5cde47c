/**
 * phoenix.js as it comes from npm, with the five lines of `Channel.history`, behind a proxy that cuts its connections.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Channel, Endpoint, ok, PubSub, Socket } from "@urvogel/realtime";
import { createApp } from "../../fixtures/phoenix_app.ts";
import { type CutPlan, type CutResult, runCuts } from "../../support/cut_run.ts";
import { CLIENT_VERSIONS, type ClientVersion } from "../../support/phoenix_client.ts";
import { RecoveringClient } from "../../support/recovering_client.ts";
import type { App } from "../../support/serve.ts";
import { TcpProxy } from "../../support/tcp_proxy.ts";
import { NATIVE, onTransports } from "../../support/transports.ts";
import { until } from "../../support/until.ts";
import { withoutReuse } from "../../support/without_reuse.ts";
import { withXMLHttpRequest } from "../../support/xml_http_request.ts";

const VERSIONS = ["1.2.1", "1.4.17", "1.7.23", "1.8.16"];
const CLIENTS = VERSIONS.map((version) => CLIENT_VERSIONS.find((client) => client.version === version)!);
const SEED = Number(Deno.env.get("CUTS_SEED") ?? Math.floor(Math.random() * 1e9));

/** A channel without handlers: broadcasts do not take its mailbox. */
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

function plainApp(pubsub: PubSub): App {
  const options = { longpoll: { windowMs: 1000, resumeTimeoutMs: 5000 } };
  const endpoint = new Endpoint({ pubsub, checkOrigin: false, sockets: { "/socket": [PlainSocket, options] } });
  return { fetch: endpoint.fetch, shutdown: () => endpoint.shutdown() };
}

type Part = Pick<CutPlan, "topic" | "clients" | "messages" | "cuts"> & Partial<CutPlan>;

/** Runs a plan against a server of its own, and prints what it found. */
async function run(create: (pubsub: PubSub) => App, plan: Part, serve = NATIVE): Promise<CutResult> {
  const pubsub = new PubSub();
  await using server = await serve.serve(create(pubsub));
  await using proxy = await TcpProxy.start(server);
  const say = (topic: string, n: number) => pubsub.broadcast(topic, "said", { n });
  const result = await runCuts({ proxy, say, seed: SEED, ...plan });
  const { deliveries, cut, replayed } = result;
  console.log(`${deliveries} deliveries, ${cut} connections cut, ${replayed} messages replayed, seed ${SEED}`);
  return result;
}

// What a cut leaves of a fetch or a WebSocket of the client is the garbage collector's.
const UNSANITIZED = { sanitizeResources: false, sanitizeOps: false };

onTransports("phoenix.js misses nothing, whenever its connection is cut", UNSANITIZED, async (transport) => {
  const clients = [...CLIENTS, ...CLIENTS];
  const { cut, replayed } = await run(plainApp, { topic: "plain:1", clients, messages: 1000, cuts: 15 }, transport);
  assert(cut >= 100 && replayed > 0, `${cut} cuts, ${replayed} replayed: the run proves little`);
});

Deno.test(
  "phoenix.js misses nothing of what takes handleOut, whenever its connection is cut",
  UNSANITIZED,
  async () => {
    const { replayed } = await run(createApp, { topic: "kept:1", clients: CLIENTS, messages: 500, cuts: 10 });
    assert(replayed > 0);
  },
);

Deno.test("phoenix.js misses nothing over long polling, whenever its connection is cut", UNSANITIZED, async () => {
  using _browser = withXMLHttpRequest();
  using _connections = withoutReuse();
  const transportOf = async ({ version }: ClientVersion) => (await import(`npm:phoenix@${version}`)).LongPoll;
  const clients = CLIENTS.filter(({ version }) => version !== "1.2.1");
  const plan = { topic: "plain:1", clients, messages: 200, cuts: 6, transportOf };
  await run(plainApp, plan);
});

Deno.test("phoenix.js misses nothing in 1,000 cuts and 100,000 deliveries", UNSANITIZED, async () => {
  const clients = Array.from({ length: 7 }, () => CLIENTS.slice(1)).flat(); // 1.2.1 takes long to come back
  const { cut, deliveries } = await run(plainApp, { topic: "plain:1", clients, messages: 5000, cuts: 60 });
  assert(cut >= 1000 && deliveries >= 100_000, `${cut} cuts, ${deliveries} deliveries: the run proves little`);
});

for (const client of CLIENTS) {
  Deno.test(`phoenix.js ${client.version} is told when it was away for too long`, UNSANITIZED, async () => {
    const pubsub = new PubSub();
    await using server = await NATIVE.serve(plainApp(pubsub));
    await using proxy = await TcpProxy.start(server);
    const options = { url: `ws://127.0.0.1:${proxy.port}/socket`, topic: "plain:1", transport: WebSocket };
    const ann = await RecoveringClient.connect(client, options);
    const say = (n: number) => pubsub.broadcast("plain:1", "said", { n });
    await until(() => ann.isJoined, "the client has joined");
    say(1);
    await until(() => ann.got.length === 1, "the first message came");
    proxy.reset();
    for (let n = 2; n <= 150; n++) say(n); // 100 are kept; the client cannot be back within this turn
    await until(() => ann.told > 0, "the client was told");
    say(151);
    await until(() => ann.got.length === 2, "live messages follow");
    assertEquals([ann.got, ann.told], [[1, 151], 1]);
    await ann.disconnect();
  });
}
