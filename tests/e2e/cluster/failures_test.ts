/**
 * What users see of failures that need a real engine, row by row, and the telemetry event of each. What the engine's
 * death does to talk and presence is in `chaos_test.ts`; what garbage on the bus does, in `adapterConformance`.
 */

import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { engineTest } from "../../support/engines/binaries.ts";
import { ENGINES, startEngine } from "../../support/engines/start.ts";
import { freePort } from "../../support/free_port.ts";
import { Program } from "../../support/program.ts";
import { TcpProxy } from "../../support/tcp_proxy.ts";
import { until } from "../../support/until.ts";
import { Crowd } from "./crowd.ts";
import { COMMAND, NodeProgram, PERIOD_MS, pubsubOptions } from "./node_program.ts";

// Clients leave timers of their own behind when they disconnect.
const sanitize = { sanitizeOps: false, sanitizeResources: false };
const ROOM = "room:failures";
const STATUS = "urvogel:bus:status";

/** Runs the fixture until it ends by itself. */
async function failingStart(bus: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PORT: "0", ADAPTER: bus, REPORT: "1", ...pubsubOptions({ connectTimeoutMs: 700 }) };
  await using program = new Program(COMMAND, env);
  const { code } = await program.ended;
  return { code, ...await program.output() };
}

for (const engine of ENGINES) {
  engineTest(engine, `${engine}: without the engine that it needs, a program ends and says why`, async () => {
    const path = engine === "postgres" ? "/postgres" : "";
    const { code, stdout, stderr } = await failingStart(`${engine}://ann:hush@127.0.0.1:${freePort()}${path}`);
    assertEquals(code, 1);
    assertMatch(stderr, /BusDownError: Cannot .*700 ms/s);
    assertMatch(stdout, /"urvogel:bus:status","status":"down"/);
    assertNotMatch(stdout + stderr, /hush/);
  }, sanitize);

  engineTest(engine, `${engine}: with a wrong password, a program ends and does not print it`, async () => {
    await using server = await startEngine(engine, { credentials: { user: "ann", password: "right" } });
    const bus = new URL(server.url);
    bus.password = "hush";
    const { code, stdout, stderr } = await failingStart(bus.href);
    assertEquals(code, 1);
    assertMatch(stderr, /BusSetupError/);
    assertNotMatch(stdout + stderr, /hush/);
  }, sanitize);

  engineTest(
    engine,
    `${engine}: a node that can do without the engine serves alone, and joins the others later`,
    async () => {
      await using server = await startEngine(engine);
      await server.kill();
      const env = pubsubOptions({ requireBus: false, connectTimeoutMs: 300, whenBusIsDown: "local" });
      await using a = await NodeProgram.start(server.url, { env });
      await using b = await NodeProgram.start(server.url, { env });
      using crowd = new Crowd(a);
      using others = new Crowd(b);
      await crowd.enter("ann", [ROOM]);
      await others.enter("bob", [ROOM]);
      assert(await crowd.say()); // to those on this node
      assert(!a.isBusUp && a.reports("urvogel:bus:refused").length > 0);
      assertEquals([...await a.people(ROOM)], [["ann", 1]]);
      await server.restart();
      await until(() => a.isBusUp && b.isBusUp, "both are connected");
      for (const node of [a, b]) await node.lists(ROOM, ["ann", "bob"], 10);
    },
    sanitize,
  );

  engineTest(engine, `${engine}: one connection that breaks is an outage of that node, and of no other`, async () => {
    await using server = await startEngine(engine);
    await using proxy = await TcpProxy.start(server);
    const behind = new URL(server.url);
    behind.port = `${proxy.port}`;
    await using a = await NodeProgram.start(server.url);
    await using b = await NodeProgram.start(behind.href);
    using crowd = new Crowd(a);
    using others = new Crowd(b);
    await crowd.enter("ann", [ROOM]);
    await others.enter("bob", [ROOM]);
    const before = a.reports(STATUS).length;
    proxy.reset();
    await until(() => b.reports(STATUS).some(({ status }) => status === "down"), "its node notices");
    assert(b.reports(STATUS).find(({ status }) => status === "down")?.error, "and says why");
    await until(() => b.isBusUp, "it is back");
    assertEquals(a.reports(STATUS).length, before);
    for (const node of [a, b]) await node.lists(ROOM, ["ann", "bob"], 5);
    assert(await others.say());
  }, sanitize);
}

engineTest("redis", "redis: a node that reads too slowly is cut off by the engine, and comes back", async () => {
  await using server = await startEngine("redis");
  await using a = await NodeProgram.start(server.url);
  await using b = await NodeProgram.start(server.url);
  using others = new Crowd(b);
  await others.enter("bob", [ROOM]);
  b.pause();
  try { // client-output-buffer-limit pubsub 32mb; one client may send 8 MB at once
    for (let n = 0; n < 6; n++) {
      using crowd = new Crowd(a);
      await crowd.enter("ann", [ROOM]);
      for (let m = 0; m < 8; m++) assert(await crowd.say({ text: "x".repeat(900_000) }));
    }
  } finally {
    b.resume();
  }
  await until(() => b.reports(STATUS).some(({ status }) => status === "down"), "its node notices");
  await until(() => b.isBusUp, "it is back");
  for (const node of [a, b]) await node.lists(ROOM, ["bob"], 10);
}, sanitize);

engineTest("nats", "nats: a node that is killed is down for the others, who hide its people", async () => {
  await using server = await startEngine("nats");
  await using a = await NodeProgram.start(server.url);
  await using b = await NodeProgram.start(server.url);
  using crowd = new Crowd(a);
  using others = new Crowd(b);
  await crowd.enter("ann", [ROOM]);
  await others.enter("bob", [ROOM]);
  await a.lists(ROOM, ["ann", "bob"], 5);
  await b.kill();
  await until(
    () => a.reports("urvogel:node:changed").at(-1)?.status === "down",
    `it is down after ${PERIOD_MS} ms x 6`,
  );
  await a.lists(ROOM, ["ann"], 5);
}, sanitize);
