/**
 * A call of a server on another node beside a local call, and beside request and reply of the bare engine. Both
 * nodes are in this program, so the processor time is that of both ends, without the engine's.
 *
 * @module
 */

import { Cluster, GenServer, PubSub, reply, type ServerCalls } from "@urvogel/realtime";
import type { MeasuredAdapter } from "../adapters/line.ts";
import { nats } from "../adapters/nats.ts";
import { redis } from "../adapters/redis.ts";
import { threads } from "../adapters/threads.ts";
import { type BareRequests, channelRequests, natsRequests, redisRequests } from "./bare_requests.ts";
import { type Measurement, perSecond, printFigures } from "./figures.ts";

interface Echo {
  calls: { echo(request: Request): Request };
}
interface Request {
  readonly text: string;
}

class EchoServer extends GenServer<null, Echo> {
  override init() {
    return null;
  }
  override handleCall = this.calls({ echo: (state, request) => reply(request, state) });
}

const CALLS = 20_000;
const LOCAL_CALLS = 200_000;
const IN_FLIGHT = 16;
const REQUEST: Request = { text: "x".repeat(150) };

/** What carries calls, our adapter for it, and what it can do by itself. */
interface CallEngine {
  readonly adapter: MeasuredAdapter;
  readonly bare: string;
  readonly openBare: (url: string) => BareRequests | Promise<BareRequests>;
}

const ENGINES: readonly CallEngine[] = [
  { adapter: nats, bare: "the bare client of NATS", openBare: natsRequests },
  { adapter: redis, bare: "the bare client of Redis", openBare: redisRequests },
  { adapter: threads, bare: "BroadcastChannel", openBare: channelRequests },
];

await using ended = new AsyncDisposableStack();
const server = ended.use(await GenServer.start(EchoServer));

/** Calls so often, with as many in flight as the others. */
async function repeat(count: number, call: () => Promise<unknown>): Promise<void> {
  let left = count;
  const keepCalling = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, keepCalling));
}

function calls(count: number, ref: ServerCalls<Echo>): () => Promise<number> {
  return () => perSecond(count, () => repeat(count, () => ref.call("echo", REQUEST)));
}

function figure(what: string, target: string, measure: () => number | Promise<number>): Measurement {
  return { what, elixir: "-", target, unit: "per second", measure };
}

const local = Cluster.of(new PubSub());
local.expose("echo", server, ["echo"]);
const figures = [
  figure("call of a server that is at hand, 16 in flight", "-", calls(LOCAL_CALLS, server)),
  figure(
    "the same by a reference to this node: encoded, decoded, checked",
    "-",
    calls(CALLS, local.ref("local", "echo")),
  ),
];

for (const { adapter, bare, openBare } of ENGINES) {
  if (adapter.missing() !== undefined) continue;
  const { url } = ended.use(await adapter.startEngine());
  const pubsubs = [0, 1].map(() => new PubSub({ adapter: adapter.createAdapter(url) }));
  for (const pubsub of pubsubs) ended.defer(() => pubsub.stop());
  await Promise.all(pubsubs.map(({ ready }) => ready));
  const [from, to] = pubsubs.map((pubsub) => Cluster.of(pubsub)) as [Cluster, Cluster];
  to.expose("echo", server, ["echo"]);
  while (from.nodes().length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  const requests = await openBare(url);
  ended.defer(() => requests.close());
  const ask = () => repeat(CALLS, () => requests.ask(REQUEST));
  figures.push(
    figure(
      `call of a server on another node, by ${adapter.title}`,
      "-",
      calls(CALLS, from.ref(pubsubs[1]!.nodeName, "echo")),
    ),
    figure(`request and reply of ${bare}, as JSON`, "-", () => perSecond(CALLS, ask)),
  );
}
await printFigures(figures);
