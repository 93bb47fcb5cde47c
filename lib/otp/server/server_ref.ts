/**
 * What a server understands, and how the rest of the program sees it.
 *
 * @module
 */

import type { CallOptions } from "./call.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import type { SendResult } from "../process/mailbox.ts";
import type { Pid } from "../process/pid.ts";

/**
 * What a server understands: methods that take no or one request. Several values go into one object,
 * `move(to: { x: number; y: number }): boolean`; a method with two parameters is refused where its handler is declared and
 * where it is called.
 */
export interface ServerInterface {
  /** Requests with a reply: the return type is the reply's. */
  readonly calls?: object;
  /** Requests without one. */
  readonly casts?: object;
  /** Other messages, for `send`. */
  readonly info?: unknown;
}

/** The calls of `I`. */
export type CallsOf<I> = I extends { readonly calls: infer C } ? C : Record<never, never>;
/** The casts of `I`. */
export type CastsOf<I> = I extends { readonly casts: infer C } ? C : Record<never, never>;
/** The other messages of `I`. */
export type InfoOf<I> = I extends { readonly info: infer M } ? M : never;
/** What the compiler shows where a method of an interface takes more than one parameter. */
export type OneRequestOnly =
  "a method of a server's interface takes no or one request: put several values into one object";
/** `T`, if `F` is a method that takes no or one request; else a message for whoever reads the compiler's error. */
export type IfOneRequest<F, T> = F extends (...request: infer R extends readonly unknown[]) => unknown
  ? R extends readonly [unknown?] ? T : OneRequestOnly
  : never;
/** The request of a method of an interface; `undefined` if it takes none. */
export type RequestOf<F> = F extends (...request: infer R extends readonly unknown[]) => unknown ? R[0] : never;
/** The reply of a method of an interface. */
export type ReplyOf<F> = F extends (request: never) => infer R ? R : never;
/** What follows the name in `call` and `cast`: the request if there is one, then options. */
export type RequestArguments<F, O> = F extends () => unknown ? [request?: IfOneRequest<F, RequestOf<F>>, options?: O]
  : [request: IfOneRequest<F, RequestOf<F>>, options?: O];

/** A running server that understands `I`. In a test, `await using` stops it at the end of the block. */
export interface ServerRef<I extends ServerInterface> extends Pid<InfoOf<I>>, AsyncDisposable {
  /**
   * Sends a request and waits for the reply.
   *
   * @throws {CallTimeoutError} If there is no reply within `timeoutMs`, 5,000 by default.
   * @throws {CallExitError} If the server has ended, or ends before it replies.
   * @throws {MailboxFullError} If the server's bounded mailbox has no room.
   */
  call<K extends keyof CallsOf<I> & string>(
    name: K,
    ...request: RequestArguments<CallsOf<I>[K], CallOptions>
  ): Promise<ReplyOf<CallsOf<I>[K]>>;
  /**
   * Sends a request without a reply. Nobody is told whether it was understood, or whether there was a server at all.
   *
   * @returns What the mailbox did with it.
   */
  cast<K extends keyof CastsOf<I> & string>(name: K, ...request: RequestArguments<CastsOf<I>[K], never>): SendResult;
  /**
   * Ends the server once it has dealt with what waits for it, and waits until it is gone. Fine if it is gone already.
   * What is sent from then on is refused: `cast` and `send` return `"closed"`, and a call fails when the server ends.
   *
   * @param reason What `terminate` is told, `"normal"` by default.
   * @throws {CallExitError} If it ends for another reason than this one, such as a failure while it cleans up.
   * @throws {CallTimeoutError} If it takes longer than `timeoutMs`, by default as long as it takes.
   */
  stop(reason?: ExitReason, options?: CallOptions): Promise<void>;
}
