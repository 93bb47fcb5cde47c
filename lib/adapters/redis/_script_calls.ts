/**
 * Calls scripts over one connection.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { RedisConnection } from "./connection.ts";

/** What a call takes besides its body. */
const OVERHEAD_BYTES = 512;

/** Texts in replies are bytes: a body is no text. */
const AS_BYTES = { typeMapping: { 36: Buffer } } as const;

/** A script, and the name that Redis gives it. */
export interface Script {
  readonly text: string;
  readonly sha1: string;
}

/** Names a script as Redis does. */
export function scriptOf(text: string): Script {
  return { text, sha1: createHash("sha1").update(text).digest("hex") };
}

/** Calls scripts, in order, and bounds what waits for a reply. */
export class ScriptCalls {
  readonly #client: RedisConnection;
  readonly #maxBytesWaiting: number;
  readonly #known = new Set<Script>(); // by this server
  #bytesWaiting = 0;
  #calls = 0;
  #replies = 0;
  #whenIdle: (() => void) | undefined;

  /** Creates calls over a connected client. */
  constructor(client: RedisConnection, maxBytesWaiting: number) {
    this.#client = client;
    this.#maxBytesWaiting = maxBytesWaiting;
  }

  /** How many replies have arrived. */
  get replies(): number {
    return this.#replies;
  }

  /** Whether more cannot be sent now. */
  isFull(bytes: number): boolean {
    return this.#bytesWaiting + bytes > this.#maxBytesWaiting;
  }

  /**
   * Calls a script.
   *
   * The whole script is sent until Redis is known to have it. If it were only sent when Redis does not know its name,
   * a later call could overtake.
   *
   * @throws {Error} What the client throws: the reply of Redis, or that the connection was lost.
   */
  async call(script: Script, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown> {
    const bytes = args.reduce((sum, { length }) => sum + length, OVERHEAD_BYTES);
    this.#bytesWaiting += bytes;
    this.#calls++;
    try {
      return await this.#send(script, [String(keys.length), ...keys, ...args]);
    } finally {
      this.#bytesWaiting -= bytes;
      this.#replies++;
      if (this.#replies === this.#calls) this.#whenIdle?.();
    }
  }

  /** Resolves when nothing waits for a reply. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#replies === this.#calls) resolve();
      else this.#whenIdle = resolve;
    });
  }

  /** Sends another command, whose reply nobody waits for. */
  async command(args: string[]): Promise<unknown> {
    return await this.#client.sendCommand(args, AS_BYTES);
  }

  async #send(script: Script, rest: (string | Buffer)[]): Promise<unknown> {
    if (this.#known.has(script)) {
      try {
        return await this.#client.sendCommand(["EVALSHA", script.sha1, ...rest], AS_BYTES);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
        this.#known.delete(script); // SCRIPT FLUSH, or another server behind the same connection
      }
    }
    const reply = await this.#client.sendCommand(["EVAL", script.text, ...rest], AS_BYTES);
    this.#known.add(script);
    return reply;
  }
}
