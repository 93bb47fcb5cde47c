/**
 * A call of a server on another node beside a local call, and beside request and reply of the bare engine, NATS. Both
 * nodes are in this program, so the processor time is that of both ends, without the engine's.
 *
 * @module
 */

import { connect } from "@nats-io/transport-node";
import { Cluster, GenServer, PubSub, reply, type ServerCalls } from "@urvogel/realtime";
import { natsAdapter } from "@urvogel/realtime/nats";
import { hasEngine } from "../../support/engines/binaries.ts";
import { startNats } from "../../support/engines/nats.ts";
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

const server = await GenServer.start(EchoServer);
const encoder = new TextEncoder();

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

if (hasEngine("nats")) {
  await using engine = await startNats();
  const pubsubs = [0, 1].map(() => new PubSub({ adapter: natsAdapter({ servers: engine.url }) }));
  await Promise.all(pubsubs.map(({ ready }) => ready));
  const [from, to] = pubsubs.map((pubsub) => Cluster.of(pubsub)) as [Cluster, Cluster];
  to.expose("echo", server, ["echo"]);
  while (from.nodes().length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  const servers = engine.url.replace("nats://", "");
  const [asking, replying] = [await connect({ servers }), await connect({ servers })];
  replying.subscribe("echo", {
    callback: (_, message) => void message.respond(encoder.encode(JSON.stringify(message.json()))),
  });
  await replying.flush();
  const ask = async () => (await asking.request("echo", encoder.encode(JSON.stringify(REQUEST)))).json();
  await printFigures([
    ...figures,
    figure("call of a server on another node, over NATS", "-", calls(CALLS, from.ref(pubsubs[1]!.nodeName, "echo"))),
    figure(
      "request and reply of the bare client of NATS, as JSON",
      "-",
      () => perSecond(CALLS, () => repeat(CALLS, ask)),
    ),
  ]);
  await Promise.all([asking.close(), replying.close(), ...pubsubs.map((pubsub) => pubsub.stop())]);
} else await printFigures(figures);
await server.stop();
