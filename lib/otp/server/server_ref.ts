/**
 * The interface of a server, and the reference through which clients use it.
 *
 * @module
 */

import type { CallOptions } from "./call.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import type { SendResult } from "../process/mailbox.ts";
import type { Pid } from "../process/pid.ts";

/**
 * The interface of a server: methods with at most one parameter, the request. Put several values into one object,
 * `move(to: { x: number; y: number }): boolean`. A method with two parameters is a compile error where its handler is
 * declared and where it is called.
 *
 * @category Servers
 */
export interface ServerInterface {
  /** Requests with a reply; the return type is the type of the reply. */
  readonly calls?: object;
  /** Requests without a reply. */
  readonly casts?: object;
  /** Other messages, for `send`. */
  readonly info?: unknown;
}

/**
 * The calls of the server interface `I`, by name.
 *
 * @category Servers
 */
export type CallsOf<I> = I extends { readonly calls: infer C } ? C : Record<never, never>;
/**
 * The casts of the server interface `I`, by name.
 *
 * @category Servers
 */
export type CastsOf<I> = I extends { readonly casts: infer C } ? C : Record<never, never>;
/**
 * The messages of the server interface `I` that are neither calls nor casts.
 *
 * @category Servers
 */
export type InfoOf<I> = I extends { readonly info: infer M } ? M : never;
/**
 * The compile error for a method of an interface that takes more than one parameter.
 *
 * @category Servers
 */
export type OneRequestOnly =
  "a method of a server's interface takes no or one request: put several values into one object";
/**
 * `T`, if `F` is a method with at most one parameter; otherwise a message that the compiler shows in its error.
 *
 * @category Servers
 */
export type IfOneRequest<F, T> = F extends (...request: infer R extends readonly unknown[]) => unknown
  ? R extends readonly [unknown?] ? T : OneRequestOnly
  : never;
/**
 * The type of the request of `F`, a method of a server interface; `undefined` if it takes none.
 *
 * @category Servers
 */
export type RequestOf<F> = F extends (...request: infer R extends readonly unknown[]) => unknown ? R[0] : never;
/**
 * The type of the reply to the call `F`, a method of a server interface.
 *
 * @category Servers
 */
export type ReplyOf<F> = F extends (request: never) => infer R ? R : never;
/**
 * The arguments of `call` and `cast` after the name: the request if there is one, then options.
 *
 * @category Servers
 */
export type RequestArguments<F, O> = F extends () => unknown ? [request?: IfOneRequest<F, RequestOf<F>>, options?: O]
  : [request: IfOneRequest<F, RequestOf<F>>, options?: O];

/**
 * The calls and casts of a server, whether it runs in this thread or on another node.
 *
 * A program that only uses these two methods works alike for both; see
 * {@linkcode KeyedServers.prototype.ensure | KeyedServers.ensure}.
 *
 * @category Servers
 */
export interface ServerCalls<I extends ServerInterface> {
  /**
   * Sends a request and waits for the reply.
   *
   * @throws {CallTimeoutError} If there is no reply within `timeoutMs`, 5,000 by default. The request may still be
   * handled.
   * @throws {CallExitError} If the server has ended, or ends before it replies.
   * @throws {MailboxFullError} If the server's bounded mailbox has no room.
   * @throws {NodeDownError} If the server's node goes down before it replies. Whether it handled the request is not
   * known.
   * @throws {RemoteError} If the server's node refuses the request: it has no handler, or does not fit its schema.
   * @throws {TypeError} If the server is on another node and the request is neither JSON nor bytes.
   */
  call<K extends keyof CallsOf<I> & string>(
    name: K,
    ...request: RequestArguments<CallsOf<I>[K], CallOptions>
  ): Promise<ReplyOf<CallsOf<I>[K]>>;
  /**
   * Sends a request without a reply. Neither a missing handler nor a server that has ended is reported to the caller.
   *
   * @returns The result of the send; `"sent"` says nothing about whether a server on another node receives it.
   * @throws {TypeError} If the server is on another node and the request is neither JSON nor bytes.
   */
  cast<K extends keyof CastsOf<I> & string>(name: K, ...request: RequestArguments<CastsOf<I>[K], never>): SendResult;
}

/**
 * A reference to a running server of this thread with the interface `I`. In a test, `await using` stops it at the end
 * of the block.
 *
 * @category Servers
 */
export interface ServerRef<I extends ServerInterface> extends ServerCalls<I>, Pid<InfoOf<I>>, AsyncDisposable {
  /**
   * Ends the server after it has handled the waiting messages, and waits for its end. Does nothing if it has already
   * ended. Later messages are refused: `cast` and `send` return `"closed"`, and a call fails when the server ends.
   *
   * @param reason The exit reason, passed to `terminate`; `"normal"` by default.
   * @throws {CallExitError} If it ends with another reason, such as a failure while it cleans up.
   * @throws {CallTimeoutError} If it takes longer than `timeoutMs`, which is unlimited by default.
   */
  stop(reason?: ExitReason, options?: CallOptions): Promise<void>;
}
