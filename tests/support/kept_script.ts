/**
 * Scripts without routes, whose broadcasts are numbered like those of the nodes.
 *
 * @module
 */

import {
  type Broadcast,
  Channel,
  Endpoint,
  type HistoryRetriedEvent,
  type HistoryUnnumberedEvent,
  ok,
  PubSub,
  type PubSubAdapter,
  Socket,
  spawn,
} from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Collected } from "./telemetry.ts";
import { until } from "./until.ts";

class RoomChannel extends Channel {
  override history = { maxMessages: 10 };
  override join() {
    return ok();
  }
}

class RoomSocket extends Socket {
  override channels = { "room:*": RoomChannel };
  override connect() {
    return ok();
  }
}

/**
 * Two scripts that call nothing but `broadcast`: one is there before any node declares routes, one comes after that.
 *
 * @param createAdapter Creates the adapter of a node.
 */
export async function scriptsNumber(createAdapter: () => PubSubAdapter): Promise<void> {
  using unnumbered = new Collected<HistoryUnnumberedEvent>("urvogel:history:unnumbered");
  using retried = new Collected("urvogel:history:retried");
  const early = new PubSub({ adapter: createAdapter() });
  await early.ready;
  assertEquals([early.numbered?.has("room:1", "said"), retried.events], [false, []]);
  const pubsub = new PubSub({ adapter: createAdapter() });
  const endpoint = new Endpoint({ pubsub, sockets: { "/socket": RoomSocket } });
  await until(() => early.numbered?.has("room:1", "said") === true, "the script notices the route");
  await pubsub.ready;
  const ann = await connect(endpoint);
  await ann.join("room:1");
  const late = new PubSub({ adapter: createAdapter() });
  await late.ready;
  const said = () => ann.frames.map((frame) => JSON.parse(frame as string)).filter(([, , , event]) => event === "said");
  for (const [index, script] of [early, late].entries()) {
    script.broadcast("room:1", "said", { index });
    await until(() => said().length === index + 1, "it arrives");
  }
  assertEquals(said().map(([, , , , payload]) => payload), [{ index: 0 }, { index: 1 }]);
  assertEquals(said().at(-1)?.[1], await endpoint.position("room:1"));
  assertEquals(unnumbered.events, []);
  await ann.close();
  await endpoint.shutdown();
  for (const node of [early, late, pubsub]) await node.stop();
}

/**
 * A script and a node whose engine cannot keep history, which they do not use.
 *
 * @param createAdapter Creates the adapter of a node.
 * @param why Why the engine cannot, as the telemetry event says it.
 */
export async function scriptsDoWithout(createAdapter: () => PubSubAdapter, why: string): Promise<void> {
  using retried = new Collected<HistoryRetriedEvent>("urvogel:history:retried");
  using reported = new Collected("urvogel:bus:engine_error");
  const script = new PubSub({ adapter: createAdapter() });
  const node = new PubSub({ adapter: createAdapter() });
  const received: Broadcast[] = [];
  const listener = spawn<Broadcast>(async (mailbox) => {
    for await (const broadcast of mailbox) received.push(broadcast);
  });
  await Promise.all([script.ready, node.ready]);
  await node.topicReady("room:1");
  node.subscribe("room:1", listener);
  script.broadcast("room:1", "said", {});
  await until(() => received.length === 1, "it arrives");
  assertEquals(retried.events.map(({ topic, attempt }) => [topic, attempt]), [[undefined, 1], [undefined, 1]]);
  for (const { error } of retried.events) assertStringIncludes(error.message, why);
  assertEquals(reported.events, []); // what fails while somebody waits is no news
  listener.exit("shutdown");
  await Promise.all([script.stop(), node.stop()]);
}
