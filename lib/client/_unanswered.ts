/**
 * The pushes of a channel that have no reply yet. If the connection is lost, phoenix.js sends them again once it has
 * joined again, before those that were pushed meanwhile. Each has a key, so that the server handles it once.
 *
 * @module
 */

import { PHX_ANSWER } from "../protocol/events.ts";
import { withPushKey } from "../protocol/push_key.ts";
import type { PhoenixChannel, PhoenixPush } from "./phoenix_client.ts";

/** What is used of a push, beyond what is documented. The same in all releases from 1.4 to 1.8. */
interface PushInside extends PhoenixPush {
  readonly ref: string;
  sent: boolean;
  startTimeout(): void;
  cancelRefEvent(): void;
}

/** What is used of a channel, beyond what is documented. */
interface ChannelInside {
  push: PhoenixChannel["push"];
  readonly pushBuffer: PhoenixPush[];
  readonly socket: { makeRef(): string };
}

/** phoenix.js triggers this event, followed by the `ref` of the push, for a reply and for a timeout. */
const REPLY = "chan_reply_";

/** The pushes of one channel. */
export class Unanswered {
  readonly #channel: ChannelInside;
  readonly #pushes = new Map<string, PushInside>(); // by key
  readonly #name = crypto.getRandomValues(new Uint32Array(4)).join("-"); // randomUUID is for https only
  #count = 0;

  /** Begins to note what is pushed. */
  constructor(channel: ChannelInside) {
    this.#channel = channel;
    const { push } = channel;
    channel.push = (event, ...message) => {
      const send = () => push.call(channel, event, ...message);
      return event === PHX_ANSWER ? send() : this.#note(send); // a request does not outlive the connection
    };
  }

  /** The event of a reply, or another. A late reply to an earlier attempt settles nothing: phoenix.js drops it. */
  settle(event: string): void {
    const key = event?.slice(event.indexOf("~") + 1);
    if (event === REPLY + this.#pushes.get(key)?.ref) this.#pushes.delete(key);
  }

  /** The connection was lost: what was sent is sent again. The timeout of each begins again. */
  sendAgain(): void {
    const again = [...this.#pushes.values()].filter(({ sent }) => sent);
    for (const push of again) {
      push.sent = false;
      push.cancelRefEvent();
      push.startTimeout();
    }
    this.#channel.pushBuffer.unshift(...again);
  }

  /** The channel has failed: what was sent is not sent again. */
  forget(): void {
    for (const [key, { sent }] of this.#pushes) if (sent) this.#pushes.delete(key);
  }

  #note(send: () => PhoenixPush): PhoenixPush {
    const key = `${this.#name}.${++this.#count}`;
    const push = this.#withKey(key, send) as PushInside;
    const { startTimeout } = push; // gives it another ref
    push.startTimeout = () => this.#withKey(key, () => startTimeout.call(push));
    this.#pushes.set(key, push);
    return push;
  }

  /** phoenix.js makes the ref of a push where nobody else can: so those that it makes meanwhile have the key. */
  #withKey<T>(key: string, run: () => T): T {
    const { socket } = this.#channel;
    const { makeRef } = socket;
    socket.makeRef = () => withPushKey(makeRef.call(socket), key);
    try {
      return run();
    } finally {
      socket.makeRef = makeRef;
    }
  }
}
