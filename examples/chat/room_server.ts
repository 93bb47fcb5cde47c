/**
 * One room: what was said last. A GenServer for each topic, started on demand, that ends when nobody is there any more.
 *
 * Several servers of the chat have one for each topic each, which hears what is said on the others.
 *
 * @module
 */

import {
  type Broadcast,
  BusDownError,
  DynamicSupervisor,
  type EventName,
  GenServer,
  KeyedServers,
  noreply,
  reply,
} from "@urvogel/realtime";
import type { Message, room } from "./contract.ts";
import { people, pubsub } from "./people.ts";

interface Room {
  calls: {
    /** What was said before. */
    history(): readonly Message[];
    /** Tells everybody, unless the other servers cannot be reached. */
    say(message: Omit<Message, "at">): "said" | "cut off";
  };
  info: Broadcast;
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
    pubsub.subscribe(topic, this.self);
    return { topic, messages: [] };
  }

  override handleCall = this.calls({
    history: (state) => reply(state.messages, state),

    say: (state, said) => {
      const message: Message = { ...said, at: Math.max(Date.now(), (state.messages.at(-1)?.at ?? 0) + 1) };
      try {
        pubsub.broadcastFrom(this.self, state.topic, MESSAGE, message);
      } catch (error) {
        if (error instanceof BusDownError) return reply("cut off", state);
        throw error;
      }
      return reply("said", keep(state, message));
    },
  });

  /** What is said on another server. */
  override handleInfo(state: State, info: unknown) {
    const { event, payload } = info as Broadcast; // of its own topic: nothing else sends to a room
    return noreply(event === MESSAGE ? keep(state, payload as Message) : state);
  }
}

function keep(state: State, message: Message): State {
  return { ...state, messages: [...state.messages, message].slice(-KEPT_MESSAGES) };
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
