/**
 * One room: what was said last. A GenServer, found by its topic, that ends when nobody is there any more.
 *
 * @module
 */

import { GenServer, noreply, ok, type PubSub, reply, stop, TIMEOUT, timeoutAfter } from "@urvogel/realtime";
import { people } from "./people.ts";

/** What somebody said. */
export interface Message {
  /** Milliseconds since 1970. Later than the room's message before it, so that clients sort by it and know it again. */
  readonly at: number;
  readonly from: string;
  readonly text: string;
  /** What the sender calls it: so a page knows its own message, also when the answer to it got lost. */
  readonly tag: string;
}

interface Room {
  calls: {
    /** What was said before. */
    history(): readonly Message[];
    say(message: Omit<Message, "at">): undefined;
  };
}

interface State {
  readonly topic: string;
  readonly pubsub: PubSub;
  readonly messages: readonly Message[];
}

const KEPT_MESSAGES = 50;
const QUIET_MS = 10 * 60_000;
const QUIET = timeoutAfter(QUIET_MS);

class RoomServer extends GenServer<State, Room> {
  override init({ topic, pubsub }: { topic: string; pubsub: PubSub }) {
    return ok<State>({ topic, pubsub, messages: [] }, QUIET);
  }

  override handleCall = {
    history: (state: State) => reply(state.messages, state, QUIET),

    say: (state: State, said: Omit<Message, "at">) => {
      const message = { ...said, at: Math.max(Date.now(), (state.messages.at(-1)?.at ?? 0) + 1) };
      state.pubsub.broadcast(state.topic, "message", message);
      return reply(undefined, { ...state, messages: [...state.messages, message].slice(-KEPT_MESSAGES) }, QUIET);
    },
  };

  override handleInfo(message: unknown, state: State) {
    const isOver = message === TIMEOUT && people.count(state.topic).keys === 0;
    return isOver ? stop("normal", state) : noreply(state, QUIET);
  }
}

/** Finds the room of a topic, or opens it. */
export async function roomOf(topic: string, pubsub: PubSub) {
  return GenServer.whereis(RoomServer, topic) ?? await GenServer.start(RoomServer, { topic, pubsub }, { name: topic });
}

/** Whether `value` may be somebody's name. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && value.trim() === value && value.length >= 1 && value.length <= 32;
}
