import { assert, assertEquals } from "@std/assert";
import { RawClient } from "../support/raw_client.ts";
import { CONTESTANT_NAMES, CONTESTANTS } from "./contestants.ts";
import { type LoadPlan, prepare } from "./load/load.ts";
import { Server } from "./server.ts";

const PLANS: readonly LoadPlan[] = [
  { load: "echoes", clients: 2, inFlight: 3 },
  { load: "broadcasts", clients: 3, inFlight: 1, senders: 1, watched: "all" },
  { load: "broadcasts", clients: 3, inFlight: 5, senders: 2, watched: "some" },
  { load: "connects", most: 5 },
  { load: "joins", clients: 2 },
];

/** Node and its packages come from the network: `BENCH_NODE=1 deno test -A tests/bench` includes those servers. */
const TESTS_NODE = Deno.env.has("BENCH_NODE");

for (const name of CONTESTANT_NAMES) {
  const { runtime, dialect } = CONTESTANTS[name];
  const isLeftOut = runtime === "node" && !TESTS_NODE;
  Deno.test(`the bench's ${name} server answers a join, an echo, a heartbeat and a leave`, {
    ignore: isLeftOut || dialect !== "phoenix",
  }, async () => {
    await using server = await Server.start(name);
    await using client = await RawClient.connect(server.target);
    const exchange: [push: string, answers: string[]][] = [
      [`["1","1","bench:a","phx_join",{}]`, [`["1","1","bench:a","phx_reply",{"status":"ok","response":{}}]`]],
      [`["1","2","bench:a","echo",{"a":1}]`, [`["1","2","bench:a","phx_reply",{"status":"ok","response":{"a":1}}]`]],
      [`[null,"3","phoenix","heartbeat",{}]`, [`[null,"3","phoenix","phx_reply",{"status":"ok","response":{}}]`]],
      [`["1","4","bench:a","phx_leave",{}]`, [
        `["1","4","bench:a","phx_reply",{"status":"ok","response":{}}]`,
        `["1","1","bench:a","phx_close",{}]`,
      ]],
    ];
    for (const [push, answers] of exchange) {
      await client.sendText(push);
      const received: string[] = []; // some send them in one message, a line each
      while (received.length < answers.length) {
        const incoming = await client.recv();
        assertEquals(incoming?.kind, "text");
        received.push(...(incoming as { text: string }).text.split("\n"));
      }
      assertEquals(received, answers);
    }
  });

  Deno.test(`every load of the bench can be put on the ${name} server, twice`, { ignore: isLeftOut }, async () => {
    await using server = await Server.start(name);
    assert(await server.rssBytes() > 0);
    for (const plan of PLANS) {
      using load = await prepare(plan, server.target);
      for (let window = 0; window < 2; window++) {
        assert(await load.work(10) > 0, plan.load);
        await load.tidy();
      }
    }
  });
}

Deno.test("the bench's compressed server sends echoes and broadcasts compressed, and answers to joins not", async () => {
  await using server = await Server.start("compressed");
  const headers = { "Sec-WebSocket-Extensions": "permessage-deflate" };
  await using client = await RawClient.connect({ ...server.target, headers });
  const text = "x".repeat(64);
  await client.sendText(`["1","1","bench:999","phx_join",{}]`);
  assertEquals((await client.recv())?.kind, "text");
  for (const event of ["echo", "shout"]) {
    await client.sendText(JSON.stringify(["1", "2", "bench:999", event, { text }]));
    const incoming = await client.recv();
    assert(incoming?.kind === "other" && incoming.frame.rsv === 4, event);
  }
});
