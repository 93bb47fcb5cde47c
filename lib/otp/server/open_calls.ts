/**
 * Finds out for which reply a handler waits, while somebody watches its server.
 *
 * A call does not know its caller: it may be made anywhere. So the handlers of watched servers, and of no others, run in
 * an async context of their own, and a call that is made there belongs to them.
 *
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Pid } from "../process/pid.ts";

/**
 * The reply that a handler waits for.
 *
 * @category Servers
 */
export interface AwaitedReply {
  /** The label of the server that was called. */
  readonly server: string;
  /** The name of the call. */
  readonly call: string;
  /** The process of that server, if it runs in this thread. */
  readonly pid: Pid<never> | undefined;
  /** The node of that server, if it runs on another one. */
  readonly node: string | undefined;
}

/** A call that was made, in this thread or to another node. */
export interface OpenCall {
  /** The reply that its caller waits for; `undefined` if it waits no more. */
  readonly awaited: AwaitedReply | undefined;
}

/** How many calls of a handler are kept. One that waits for more has made them at once, and one of them will do. */
const MOST_KEPT = 16;

/** The calls that one handler has made while it ran. */
export class HandlerCalls {
  #calls: OpenCall[] = [];

  /** Adds a call. */
  add(call: OpenCall): void {
    if (this.#calls.length >= MOST_KEPT) this.#calls = this.#calls.filter(({ awaited }) => awaited !== undefined);
    if (this.#calls.length < MOST_KEPT) this.#calls.push(call);
  }

  /** Adds a call to a server of another node. Dispose of the result when the reply is there. */
  addRemote(reply: Omit<AwaitedReply, "pid">): Disposable {
    let awaited: AwaitedReply | undefined = { ...reply, pid: undefined };
    this.add({
      get awaited() {
        return awaited;
      },
    });
    return { [Symbol.dispose]: () => awaited = undefined };
  }

  /** The first reply that has not come; `undefined` if none is missing. */
  get awaited(): AwaitedReply | undefined {
    for (const { awaited } of this.#calls) if (awaited !== undefined) return awaited;
    return undefined;
  }
}

/** Knows whose handler makes a call. */
class CallTrace {
  /** Whether a server is watched. A field, since each call reads it. */
  isOn = false;
  readonly #storage = new AsyncLocalStorage<HandlerCalls | undefined>();
  #watched = 0;

  /** One more server is watched, or one less. */
  watch(on: boolean): void {
    this.#watched += on ? 1 : -1;
    this.isOn = this.#watched > 0;
  }

  /** The calls of the watched handler that runs this; `undefined` if there is none. */
  get current(): HandlerCalls | undefined {
    return this.#storage.getStore();
  }

  /** Runs a handler. The calls that it makes are added to `calls`, also those after an `await`. */
  run<R>(calls: HandlerCalls | undefined, work: () => R): R {
    return this.#storage.run(calls, work);
  }
}

/** The trace of this thread. */
export const callTrace: CallTrace = new CallTrace();
