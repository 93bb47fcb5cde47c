/**
 * The parts of phoenix.js that this folder uses: the public ones, which releases 1.6 to 1.8 share.
 *
 * @module
 */

/** A `Push` of phoenix.js: a message that waits for its reply. */
export interface PhoenixPush {
  /** Calls `callback` with the response when a reply with this status arrives. */
  receive(status: "ok" | "error" | "timeout", callback: (response: unknown) => unknown): unknown;
}

/** A `Channel` of phoenix.js, with or without `@types/phoenix`. */
export interface PhoenixChannel {
  /** The topic. */
  readonly topic: string;
  /** Joins; once per channel. phoenix.js joins again by itself. */
  join(timeoutMs?: number): PhoenixPush;
  /** Leaves for good. */
  leave(timeoutMs?: number): PhoenixPush;
  /** Sends an event; after the join, if that is not through. */
  push(event: string, payload: unknown, timeoutMs?: number): PhoenixPush;
  /** Calls `callback` for each event of this name. Returns a number for {@linkcode PhoenixChannel.off | off}. */
  on(event: string, callback: (payload: unknown, ref?: unknown) => void): number;
  /** Ends what {@linkcode PhoenixChannel.on | on} began. */
  off(event: string, ref?: number): void;
}

/** A `Socket` of phoenix.js, with or without `@types/phoenix`. */
export interface PhoenixSocket {
  /** Connects, and from then on again whenever the connection is lost. */
  connect(): void;
  /** Disconnects for good. */
  disconnect(callback?: () => void, code?: number, reason?: string): void;
  /** Whether the connection is open. */
  isConnected(): boolean;
  /** Creates a ref for a message. */
  makeRef(): string;
  /** Sends a message. */
  push(message: object): void;
  /** Calls `callback` whenever the connection has opened. Returns a ref for {@linkcode PhoenixSocket.off | off}. */
  onOpen(callback: () => void): unknown;
  /** Calls `callback` for each message that comes. Returns a ref for {@linkcode PhoenixSocket.off | off}. */
  onMessage(callback: (message: object) => void): unknown;
  /** Ends what {@linkcode PhoenixSocket.onMessage | onMessage} began. */
  off(refs: string[]): void;
}
