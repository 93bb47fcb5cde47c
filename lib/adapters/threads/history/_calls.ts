/**
 * Requests to the keeper that have no reply yet.
 *
 * @module
 */

import type { Keeper } from "./_keeper.ts";
import type { Request } from "./_messages.ts";
import type { Packed } from "./_packed.ts";

/** A request that waits. */
export class Call {
  /** Its number. */
  readonly id: number;
  /** The thread that was asked, if it was. */
  keeper: string | undefined;
  /** Rejects if the request was refused, or its keeper is lost. */
  readonly result: Promise<Packed>;
  readonly #reply = Promise.withResolvers<Packed>();
  readonly #lost: () => Error;
  readonly #refused: (why: string) => Error;

  /** Creates a request that was not sent. */
  constructor(id: number, lost: () => Error, refused: (why: string) => Error) {
    this.id = id;
    this.result = this.#reply.promise;
    this.#lost = lost;
    this.#refused = refused;
  }

  /** Ends the wait with the result. */
  resolve(result: Packed): void {
    this.#reply.resolve(result);
  }

  /** Nothing was done. */
  refuse(why: string): void {
    this.#reply.reject(this.#refused(why));
  }

  /** Nobody knows whether something was done. */
  lose(): void {
    this.#reply.reject(this.#lost());
  }

  /** Executes the request in this thread. */
  settle(keeper: Keeper, request: Request): void {
    try {
      this.resolve(keeper.execute(request));
    } catch (thrown) {
      this.#reply.reject(thrown);
    }
  }
}

/** The requests of one thread, by their numbers. */
export class Calls {
  readonly #calls = new Map<number, Call>();
  #ids = 0;

  /** Creates a request. */
  open(lost: () => Error, refused: (why: string) => Error): Call {
    const call = new Call(++this.#ids, lost, refused);
    this.#calls.set(call.id, call);
    return call;
  }

  /** A request waits no longer. */
  close({ id }: Call): void {
    this.#calls.delete(id);
  }

  /** Returns a request, if this keeper was asked. */
  get(id: number, keeper: string): Call | undefined {
    const call = this.#calls.get(id);
    return call?.keeper === keeper ? call : undefined;
  }

  /** The requests to a keeper get no reply. */
  lose(keeper: string): void {
    for (const call of this.#calls.values()) if (call.keeper === keeper) call.lose();
  }
}
