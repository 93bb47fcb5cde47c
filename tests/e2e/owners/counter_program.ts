/**
 * A node with counters by key, in a process of its own: `POST /<key>/<id>` adds one and replies when that is saved.
 * Environment: `ADAPTER` is the URL of an engine, `STORE` that of the store, `PUBSUB` has options of the PubSub as JSON.
 *
 * @module
 */

import { DynamicSupervisor, GenServer, KeyedServers, ownershipOf, PubSub, reply } from "@urvogel/realtime";
import { adapterOf } from "../../fixtures/phoenix_app/adapter.ts";
import type { Count } from "./commits.ts";
import { StoreClient } from "./logged_store.ts";

class Counter extends GenServer<Count, { calls: { add(id: string): number } }> {
  override init(saved: Count) {
    return saved;
  }
  override handleCall = this.calls({
    add: async ({ n }, id) => {
      const count: Count = { n: n + 1, id };
      await ownershipOf(this.self)!.save(count);
      return reply(count.n, count);
    },
  });
}

const adapter = await adapterOf(Deno.env.get("ADAPTER")!, { isInsecure: false });
const pubsub = new PubSub({ ...JSON.parse(Deno.env.get("PUBSUB")!), adapter });
await pubsub.ready;
const counters = new KeyedServers(Counter, {
  supervisor: await DynamicSupervisor.start(),
  pubsub,
  scope: "cluster",
  store: new StoreClient(Deno.env.get("STORE")!, pubsub.nodeName),
  saveMs: Infinity, // only what is acknowledged: each commit of the log has a write of its own
  arg: (_key, saved) => (saved ?? { n: 0, id: "" }) as unknown as Count,
});

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(`${pubsub.nodeName} listens on http://127.0.0.1:${port}`),
}, async (request) => {
  const [, key = "", id = ""] = new URL(request.url).pathname.split("/");
  try {
    return Response.json(await (await counters.ensure(key)).call("add", id));
  } catch (error) {
    return new Response(String(error), { status: 503 });
  }
});
