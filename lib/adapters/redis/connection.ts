/**
 * What the adapter needs of a Redis client, and what it asks of the one that it makes.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { RedisClientOptions } from "@redis/client";

/** Called with each message of a channel. */
export type RedisListener = (message: Buffer, channel: Buffer) => void;

/** How the texts of a reply are returned. */
export interface RedisReplyOptions {
  /** `36` stands for texts: as bytes, and not decoded. */
  readonly typeMapping: { readonly 36: BufferConstructor };
}

/** A client of `@redis/client`, as far as the adapter uses it. */
export interface RedisConnection {
  /** Connects. Rejects if that fails: it must not try again by itself. */
  connect(): Promise<unknown>;
  /** Disconnects at once. Everything that waits for a reply rejects. */
  destroy(): void;
  /** Sends a command, and resolves to its reply. Rejects while the client is not connected. */
  sendCommand(args: (string | Buffer)[], options?: RedisReplyOptions): Promise<unknown>;
  /** Subscribes to channels. Resolves when Redis has confirmed all of them. */
  subscribe(channels: string[], listener: RedisListener, bufferMode: true): Promise<void>;
  /** Ends {@linkcode RedisConnection.subscribe | subscribe}. */
  unsubscribe(channels: string[], listener: RedisListener, bufferMode: true): Promise<void>;
  /** Listens to errors, after each of which the connection is replaced. */
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** What a connection is for. */
export type RedisRole = "publisher" | "subscriber";

/** What `connect` must pass on to `createClient`: the guarantees of the adapter depend on it. */
export type RedisConnectOptions = RedisClientOptions;
