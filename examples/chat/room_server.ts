/**
 * One room: who is in it, and what was said last. A GenServer, found by its topic, that ends when nobody needs it.
 *
 * @module
 */

import { Down, GenServer, noreply, type Pid, type PubSub, reply, stop, TIMEOUT, timeoutAfter } from "@urvogel/realtime";

/** What somebody said. */
export interface Message {
  readonly id: string;
  readonly from: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

interface Room {
  calls: {
    enter(visitor: { pid: Pid; name: string }): { messages: readonly Message[]; names: readonly string[] };
    say(message: { from: string; text: string }): Message;
  };
}

interface State {
  readonly topic: string;
  readonly pubsub: PubSub;
  readonly messages: readonly Message[];
  /** The channels of those who are here. One person may have several: a tab each. */
  readonly visitors: ReadonlyMap<Pid, string>;
}

const KEPT_MESSAGES = 50;
const EMPTY_ROOM_MS = 10 * 60_000;

class RoomServer extends GenServer<State, Room> {
  override init({ topic, pubsub }: { topic: string; pubsub: PubSub }): State {
    return { topic, pubsub, messages: [], visitors: new Map() };
  }

  override handleCall = {
    enter: (state: State, { pid, name }: { pid: Pid; name: string }) => {
      this.self.monitor(pid);
      const next = { ...state, visitors: new Map([...state.visitors, [pid, name]]) };
      announce(next, state);
      return reply({ messages: state.messages, names: namesOf(next) }, next);
    },

    say: (state: State, { from, text }: { from: string; text: string }) => {
      const message = { id: crypto.randomUUID(), from, text, at: Date.now() };
      state.pubsub.broadcast(state.topic, "message", message);
      return reply(message, { ...state, messages: [...state.messages, message].slice(-KEPT_MESSAGES) });
    },
  };

  override handleInfo(message: unknown, state: State) {
    if (message === TIMEOUT) return stop("normal", state);
    if (!(message instanceof Down)) return noreply(state);
    const next = { ...state, visitors: new Map([...state.visitors].filter(([pid]) => pid !== message.pid)) };
    announce(next, state);
    return next.visitors.size > 0 ? noreply(next) : noreply(next, timeoutAfter(EMPTY_ROOM_MS));
  }
}

/** Tells everybody in the room when the list of names changes. */
function announce(next: State, before: State): void {
  const [now, then] = [namesOf(next), namesOf(before)];
  const came = now.filter((name) => !then.includes(name));
  const left = then.filter((name) => !now.includes(name));
  if (came.length + left.length > 0) next.pubsub.broadcast(next.topic, "people", { names: now, came, left });
}

function namesOf({ visitors }: State): string[] {
  return [...new Set(visitors.values())].sort((a, b) => a.localeCompare(b));
}

/** Finds the room of a topic, or opens it. */
export async function roomOf(topic: string, pubsub: PubSub) {
  return GenServer.whereis(RoomServer, topic) ?? await GenServer.start(RoomServer, { topic, pubsub }, { name: topic });
}

/** Whether `value` may be somebody's name. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && value.trim() === value && value.length >= 1 && value.length <= 32;
}
