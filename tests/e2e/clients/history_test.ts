/**
 * phoenix.js as it comes from npm, with the five lines of `Channel.history`, behind a proxy that cuts its connections.
 *
 * @module
 */

import { assert } from "@std/assert";
import { PubSub } from "@urvogel/realtime";
import { publish } from "../../../lib/history/publish.ts";
import { createApp } from "../../fixtures/phoenix_app.ts";
import { plainApp } from "../../support/cuts/plain_app.ts";
import { type CutPlan, type CutResult, runCuts } from "../../support/cuts/run.ts";
import { CUT_CLIENTS as CLIENTS } from "../../support/cuts/run_on.ts";
import { CLIENT_VERSIONS, loadLongPoll } from "../../support/phoenix_client.ts";
import type { App } from "../../support/serve.ts";
import { NATIVE, onTransports } from "../../support/transports.ts";
import { withXMLHttpRequest } from "../../support/xml_http_request.ts";

const SEED = Number(Deno.env.get("CUTS_SEED") ?? Math.floor(Math.random() * 1e9));

type Part = Pick<CutPlan, "topic" | "clients" | "messages" | "cuts"> & Partial<CutPlan>;

/** Runs a plan against a server of its own, and prints what it found. */
async function run(create: (pubsub: PubSub) => App, plan: Part, serve = NATIVE): Promise<CutResult> {
  const pubsub = new PubSub();
  await using server = await serve.serve(create(pubsub));
  const say = (topic: string, n: number) => publish(pubsub, topic, "said", { n });
  const result = await runCuts({ target: server, say, seed: SEED, ...plan });
  const { deliveries, cut, replayed } = result;
  console.log(`${deliveries} deliveries, ${cut} connections cut, ${replayed} messages replayed, seed ${SEED}`);
  return result;
}

// What a cut leaves of a fetch or a WebSocket of the client is the garbage collector's.
const UNSANITIZED = { sanitizeResources: false, sanitizeOps: false };

onTransports("phoenix.js misses nothing, whenever its connection is cut", UNSANITIZED, async (transport) => {
  const clients = [...CLIENTS, ...CLIENTS];
  const { cut, replayed } = await run(plainApp, { topic: "plain:1", clients, messages: 1000, cuts: 100 }, transport);
  assert(replayed > 0, `${cut} cuts, ${replayed} replayed: the run proves little`);
});

Deno.test(
  "phoenix.js misses nothing of what takes handleOut, whenever its connection is cut",
  UNSANITIZED,
  async () => {
    const { replayed } = await run(createApp, { topic: "kept:1", clients: CLIENTS, messages: 500, cuts: 40 });
    assert(replayed > 0);
  },
);

Deno.test("phoenix.js misses nothing over long polling, whenever its connection is cut", UNSANITIZED, async () => {
  using _browser = withXMLHttpRequest();
  // 1.2 takes each message as an object; Phoenix has sent texts since 1.3, as this server does. 1.3 needs a `window`. 1.5
  // does not cancel the poll of a session that it has given up, and takes its messages beside those of the next one.
  const clients = CLIENT_VERSIONS.filter(({ version }) => /^1\.[4678]\./.test(version));
  // If a connection that is used again is cut, `fetch` repeats the poll or the post, and the client does not notice.
  const plan = { topic: "plain:1", clients, messages: 400, cuts: 80, transportOf: loadLongPoll };
  await run(plainApp, plan);
});
