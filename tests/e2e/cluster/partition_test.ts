/**
 * Nodes that are cut off, lose packets, or are far away.
 *
 * In networks of their own where that is possible (root on Linux), otherwise by a proxy, which can only cut.
 */

import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { engineTest, hasEngine, pathOf } from "../../support/engines/binaries.ts";
import { ENGINES, startEngine } from "../../support/engines/start.ts";
import type { EngineName } from "../../support/engines/binaries.ts";
import { type Machine, Network, whyNoNetwork } from "../../support/network.ts";
import { Program } from "../../support/program.ts";
import { TcpProxy } from "../../support/tcp_proxy.ts";
import { until } from "../../support/until.ts";
import { Crowd } from "./crowd.ts";
import { NodeProgram } from "./node_program.ts";

// Clients leave timers of their own behind when they disconnect.
const sanitize = { sanitizeOps: false, sanitizeResources: false };
const ROOM = "room:partition";
const CUT_MS = 6000;
/** How many periods a node may need to learn what it has missed. */
const PERIODS = 5;
/** The same for one that loses packets or is slow, whose connection decides how long that takes. */
const MANY_PERIODS = 120;

/** Three nodes, the last of which can be cut off. */
interface Cluster extends AsyncDisposable {
  readonly nodes: readonly [NodeProgram, NodeProgram, NodeProgram];
  cut(): void | Promise<void>;
  mend(): void | Promise<void>;
}

/** A cluster in a network of its own, with NATS at its hub. */
interface NetworkCluster extends Cluster {
  /** Where the last node runs. */
  readonly machine: Machine;
}

async function networkCluster(): Promise<NetworkCluster> {
  await using resources = new AsyncDisposableStack();
  const network = resources.use(await Network.create());
  const nats = resources.use(new Program(`${network.prefix} ${pathOf("nats-server")} --addr 0.0.0.0 --port 4222`));
  await nats.prints(/Server is ready/);
  const start = async () => {
    const { machine, hubHost } = await network.addMachine();
    const options = { host: machine.host, prefix: machine.prefix, env: { INSECURE: "1" } };
    return { machine, node: resources.use(await NodeProgram.start(`nats://${hubHost}:4222`, options)) };
  };
  const [a, b, c] = [await start(), await start(), await start()];
  const moved = resources.move();
  return {
    nodes: [a.node, b.node, c.node],
    machine: c.machine,
    cut: () => c.machine.cut(),
    mend: () => c.machine.mend(),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** A cluster whose last node reaches the engine by a proxy. */
async function proxyCluster(name: EngineName): Promise<Cluster> {
  await using resources = new AsyncDisposableStack();
  const engine = resources.use(await startEngine(name));
  const proxy = resources.use(await TcpProxy.start(engine));
  const start = async (port: number) => {
    const bus = new URL(engine.url);
    bus.port = `${port}`;
    return resources.use(await NodeProgram.start(bus.href));
  };
  const nodes = [await start(engine.port), await start(engine.port), await start(proxy.port)] as const;
  const moved = resources.move();
  return {
    nodes: [...nodes],
    cut: () => proxy.stall(),
    mend: () => proxy.flow(),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

async function cutAndHeal(cluster: Cluster): Promise<void> {
  const [a, b, c] = cluster.nodes;
  using crowd = new DisposableStack();
  const [here, there] = [crowd.use(new Crowd(a)), crowd.use(new Crowd(c))];
  for (const name of ["ann", "bob"]) await here.enter(name, [ROOM]);
  for (const name of ["cem", "dan"]) await there.enter(name, [ROOM]);
  const before = [...here.names, ...there.names];
  for (const node of cluster.nodes) await node.lists(ROOM, before, PERIODS);

  await cluster.cut();
  const mended = delay(CUT_MS);
  await here.enter("eva", [ROOM]);
  await there.enter("fay", [ROOM]);
  for (const node of [a, b]) await node.lists(ROOM, here.names, MANY_PERIODS);
  await until(() => !c.isBusUp, "the node that is cut off has noticed it");
  assertEquals(await there.say(), false); // its people are told, and come back into the room
  assert(await here.say());
  await mended;
  await cluster.mend();

  await until(() => c.isBusUp, "the node is connected again");
  const after = [...here.names, ...there.names];
  for (const node of cluster.nodes) await node.lists(ROOM, after, 2 * PERIODS);
  assert(await there.say());
}

const reason = whyNoNetwork();
if (reason !== undefined) console.log(`Tests with networks of their own are skipped: ${reason}`);

/** A test with three nodes in a network. */
function networkTest(name: string, fn: (cluster: NetworkCluster) => Promise<void>): void {
  Deno.test({
    name,
    ignore: reason !== undefined || !hasEngine("nats"),
    ...sanitize,
    async fn() {
      await using cluster = await networkCluster();
      await fn(cluster);
    },
  });
}

networkTest("nats: a node whose cable is cut for six seconds and mended", cutAndHeal);

for (const engine of ENGINES.filter((engine) => engine !== "nats" || reason !== undefined)) {
  engineTest(engine, `${engine}: a node that is cut off for six seconds and comes back`, async () => {
    await using cluster = await proxyCluster(engine);
    await cutAndHeal(cluster);
  }, sanitize);
}

networkTest("nats: presences converge on a node that loses a fifth of all packets", async ({ nodes, machine }) => {
  const [a, , c] = nodes;
  using crowd = new DisposableStack();
  const [here, there] = [crowd.use(new Crowd(a)), crowd.use(new Crowd(c))];
  await machine.lose(20);
  for (let n = 0; n < 20; n++) {
    await here.enter(`a${n}`, [ROOM]);
    await there.enter(`c${n}`, [ROOM]);
  }
  for (const node of nodes) await node.lists(ROOM, [...here.names, ...there.names], MANY_PERIODS);
});

networkTest("nats: 1,000 presences converge on a node behind 256 kbit/s", async ({ nodes, machine }) => {
  const [a, , c] = nodes;
  using crowd = new DisposableStack();
  const [here, there] = [crowd.use(new Crowd(a)), crowd.use(new Crowd(c))];
  const rooms = Array.from({ length: 50 }, (_, n) => `${ROOM}${n}`);
  await machine.slowDown(256);
  for (let n = 0; n < 20; n++) await here.enter(`a${n}`, rooms, { tab: "x".repeat(50) });
  await there.enter("cem", rooms.slice(-1));
  for (const room of rooms.slice(0, -1)) await c.lists(room, here.names, MANY_PERIODS);
  for (const node of nodes) await node.lists(rooms.at(-1)!, [...here.names, ...there.names], MANY_PERIODS);
});
