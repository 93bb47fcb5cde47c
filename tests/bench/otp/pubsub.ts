/**
 * PubSub between processes, without a network.
 *
 * @module
 */

import { type Broadcast, GenServer, noreply, PubSub, reply } from "@urvogel/realtime";
import { perSecond, printFigures } from "./figures.ts";

interface Listener {
  calls: { heard(): number };
  info: Broadcast;
}

class ListenerServer extends GenServer<number, Listener> {
  override init() {
    return 0;
  }
  override handleCall = this.calls({ heard: (state) => reply(state, state) });
  override handleInfo(state: number, _broadcast: Broadcast) {
    return noreply(state + 1);
  }
}

const SUBSCRIBERS = 10_000;
const BROADCASTS = 100;

const pubsub = new PubSub();
const listeners = await Promise.all(
  Array.from({ length: SUBSCRIBERS }, () => GenServer.start(ListenerServer, undefined)),
);
for (const listener of listeners) pubsub.subscribe("news", listener);
const last = listeners.at(-1)!;

/** Each broadcast is heard by all before the next one, as if they came at their own time. */
async function broadcasts(): Promise<void> {
  const before = await last.call("heard");
  for (let i = 0; i < BROADCASTS; i++) {
    pubsub.broadcast("news", "headline", { text: "hello" });
    await last.call("heard"); // the last in line: all others have heard it by then
  }
  const heard = await last.call("heard") - before;
  if (heard !== BROADCASTS) throw new Error(`Cannot trust this run: ${heard} of ${BROADCASTS} broadcasts were heard`);
}

await printFigures([{
  what: "broadcast to 10,000 GenServers, deliveries",
  elixir: "1.2 M",
  target: ">= 5 M",
  unit: "per second",
  measure: () => perSecond(SUBSCRIBERS * BROADCASTS, broadcasts),
}]);
for (const listener of listeners) await listener.stop();
