/**
 * One room: who is in it, and what was said last. A GenServer, found by its topic, that ends when nobody needs it.
 *
 * It is linked to the channels of its visitors: the room notices when one of them ends, however it ends; and should the
 * room fail, they end with it, so that their clients come back, to a new room.
 *
 * @module
 */

import { Exit, GenServer, noreply, type Pid, type PubSub, reply, stop, TIMEOUT, timeoutAfter } from "@urvogel/realtime";

/** What somebody said. */
export interface Message {
  /** Milliseconds since 1970. Later than the room's message before it, so that clients sort by it and know it again. */
  readonly at: number;
  readonly from: string;
  readonly text: string;
  /** What the sender calls it: so a page knows its own message, also when the answer to it got lost. */
  readonly tag: string;
}

interface Visitor {
  /** A channel: somebody's way into the room. One person may have several: a tab each. */
  readonly pid: Pid;
  readonly name: string;
}

interface Room {
  calls: {
    /** Lets somebody in, tells everybody who is here now, replies with what was said before. */
    enter(visitor: Visitor): readonly Message[];
    say(message: Omit<Message, "at">): undefined;
  };
}

interface State {
  readonly topic: string;
  readonly pubsub: PubSub;
  readonly messages: readonly Message[];
  readonly visitors: readonly Visitor[];
}

const KEPT_MESSAGES = 50;
const EMPTY_ROOM_MS = 10 * 60_000;

class RoomServer extends GenServer<State, Room> {
  override init({ topic, pubsub }: { topic: string; pubsub: PubSub }): State {
    this.self.trapExit = true; // whoever leaves leaves an Exit, and the room goes on
    return { topic, pubsub, messages: [], visitors: [] };
  }

  override handleCall = {
    enter: (state: State, visitor: Visitor) => {
      this.self.link(visitor.pid);
      return reply(state.messages, admit(state, [...state.visitors, visitor]));
    },

    say: (state: State, said: Omit<Message, "at">) => {
      const message = { ...said, at: Math.max(Date.now(), (state.messages.at(-1)?.at ?? 0) + 1) };
      state.pubsub.broadcast(state.topic, "message", message);
      return reply(undefined, { ...state, messages: [...state.messages, message].slice(-KEPT_MESSAGES) });
    },
  };

  override handleInfo(message: unknown, state: State) {
    if (message === TIMEOUT) return stop("normal", state);
    if (!(message instanceof Exit)) return noreply(state);
    const next = admit(state, state.visitors.filter(({ pid }) => pid !== message.pid));
    return next.visitors.length > 0 ? noreply(next) : noreply(next, timeoutAfter(EMPTY_ROOM_MS));
  }
}

/** Changes who is here, and tells everybody. */
function admit(state: State, visitors: readonly Visitor[]): State {
  const [before, names] = [namesOf(state.visitors), namesOf(visitors)];
  const came = names.filter((name) => !before.includes(name));
  const left = before.filter((name) => !names.includes(name));
  state.pubsub.broadcast(state.topic, "people", { names, came, left });
  return { ...state, visitors };
}

function namesOf(visitors: readonly Visitor[]): string[] {
  return [...new Set(visitors.map(({ name }) => name))].sort((a, b) => a.localeCompare(b));
}

/** Finds the room of a topic, or opens it. */
export async function roomOf(topic: string, pubsub: PubSub) {
  return GenServer.whereis(RoomServer, topic) ?? await GenServer.start(RoomServer, { topic, pubsub }, { name: topic });
}

/** Whether `value` may be somebody's name. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && value.trim() === value && value.length >= 1 && value.length <= 32;
}
