/**
 * One room: what was said last. A GenServer for each topic, started on demand, that ends when nobody is there any more.
 *
 * @module
 */

import { DynamicSupervisor, type EventName, GenServer, KeyedServers, reply } from "@urvogel/realtime";
import type { Message, room } from "./contract.ts";
import { people, pubsub } from "./people.ts";

interface Room {
  calls: {
    /** What was said before. */
    history(): readonly Message[];
    say(message: Omit<Message, "at">): undefined;
  };
}

interface State {
  readonly topic: string;
  readonly messages: readonly Message[];
}

const MESSAGE = "message" satisfies EventName<typeof room, "out">;
const KEPT_MESSAGES = 50;
const QUIET_MS = 10 * 60_000;

class RoomServer extends GenServer<State, Room> {
  override init(topic: string): State {
    return { topic, messages: [] };
  }

  override handleCall = this.calls({
    history: (state) => reply(state.messages, state),

    say: (state, said) => {
      const message: Message = { ...said, at: Math.max(Date.now(), (state.messages.at(-1)?.at ?? 0) + 1) };
      pubsub.broadcast(state.topic, MESSAGE, message);
      return reply(undefined, { ...state, messages: [...state.messages, message].slice(-KEPT_MESSAGES) });
    },
  });
}

/** The rooms by topic: `await rooms.ensure(topic)` finds one, or opens it. */
export const rooms = new KeyedServers(RoomServer, {
  supervisor: await DynamicSupervisor.start({ name: "rooms" }),
  pubsub,
  idleMs: QUIET_MS,
  keepWhile: (topic) => people.count(topic).keys > 0,
});

/** Whether `value` may be somebody's name. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && value.trim() === value && value.length >= 1 && value.length <= 32;
}
