/**
 * History in Redis: a script numbers a message, keeps it and announces it, in one step.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { HistoryEngine, HistoryPage, HistoryRoute, Stored, Unnumbered } from "../../history/engine.ts";
import type { Position } from "../../history/position.ts";
import type { Retention } from "../../history/retention.ts";
import { decodeRoutes, encodeRoutes } from "../../history/route_codec.ts";
import { BusDownError, TooLargeError } from "../../pubsub/errors.ts";
import { encodeTopic } from "../../pubsub/subject.ts";
import { busMalformed } from "../../pubsub/telemetry.ts";
import { encodeBody, offsetOf, readAnnouncement, readRow } from "./_announcement.ts";
import { ask, type CallLink, openCalls } from "./_call_link.ts";
import { isReply } from "./_faults.ts";
import { CLEAR, DELETE, PUBLISH, READ } from "./_history_scripts.ts";
import type { RedisSettings } from "./options.ts";
import { RefreshRound } from "./_refresh_round.ts";
import type { Script, ScriptCalls } from "./_script_calls.ts";

/** What history needs of the adapter whose connections it shares. */
export interface HistoryLink extends CallLink {
  /** Subscribes to a channel. Resolves when Redis has confirmed it; at once while there is no connection. */
  listen(channel: string, listener: (message: Buffer) => void): MaybePromise<void>;
  /** Ends {@linkcode listen}. */
  unlisten(channel: string): void;
}

/** How long the numbers of a topic are kept after its messages, in milliseconds: an hour. */
const NUMBERS_MS = 3_600_000;

/** Redis reads times as 64-bit integers. This is 30,000 years. */
const MOST = 1e15;

const TAIL_SIZE = 128;

/** The history of one node. */
export class RedisHistory implements HistoryEngine {
  readonly tailSize = TAIL_SIZE;
  readonly #settings: RedisSettings;
  readonly #link: HistoryLink;
  readonly #used = new Map<string, Retention>(); // topics that this node subscribes
  readonly #round = new RefreshRound(this.#used, (topic, keep) => this.#refresh(topic, keep));
  readonly #listeners = new Set<() => void>();
  #declared: string | undefined;

  /** Creates a history that uses nothing at Redis yet. */
  constructor(settings: RedisSettings, link: HistoryLink) {
    this.#settings = settings;
    this.#link = link;
  }

  publish(topic: string, message: Unnumbered, keep: Retention): Promise<Position> {
    const calls = openCalls(this.#link, `publish to "${topic}"`);
    const body = encodeBody(topic, message);
    const { maxBytes, maxBytesWaiting } = this.#settings;
    if (body.length > maxBytes) throw new TooLargeError(topic, body.length, maxBytes);
    if (calls.isFull(body.length)) {
      const cause = new Error(`Redis is too slow: ${maxBytesWaiting} bytes wait for it`);
      throw new BusDownError(`publish to "${topic}"`, { cause });
    }
    return this.#publish(calls, topic, message.key === undefined ? "" : encodeTopic(message.key), body, keep);
  }

  async subscribe(topic: string, keep: Retention, live: (message: Stored) => void): Promise<void> {
    this.#used.set(topic, keep);
    if (this.#link.calls) this.#round.start();
    await this.#link.listen(this.#channel(topic), (message) => {
      const stored = this.#checked(message, () => readAnnouncement(topic, message));
      if (stored) live(stored);
    });
  }

  unsubscribe(topic: string): void {
    this.#used.delete(topic);
    this.#link.unlisten(this.#channel(topic));
  }

  async read(topic: string, after: number | undefined, keep: Retention): Promise<HistoryPage> {
    const from = after === undefined ? "" : String(after + 1);
    const reply = await this.#call(`read the history of "${topic}"`, READ, topic, keep, [from]);
    const [offset, epochText, droppedTo, rows] = reply as readonly [number, Buffer, number, readonly unknown[]];
    const epoch = epochText.toString("latin1");
    let completeFrom = droppedTo;
    let messages: Stored[] = [];
    for (const row of rows) {
      const message = this.#checked(undefined, () => readRow(topic, epoch, row));
      if (message) messages.push(message);
      else [completeFrom, messages] = [offsetOf(row) ?? offset, []]; // what cannot be read is as good as gone
    }
    return { top: { epoch, offset }, completeFrom, messages };
  }

  onReconnect(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async delete(topic: string, { epoch, offset }: Position, keep: Retention): Promise<boolean> {
    const what = `delete a message of "${topic}"`;
    return await this.#call(what, DELETE, topic, keep, [epoch, String(offset)]) === 1;
  }

  async clear(topic: string, keep: Retention): Promise<void> {
    await this.#call(`clear the history of "${topic}"`, CLEAR, topic, keep, []);
  }

  async declare(routes: readonly HistoryRoute[]): Promise<void> {
    this.#declared = encodeRoutes(routes);
    await this.#command("declare routes", ["SET", this.#routesKey, this.#declared]);
  }

  async routes(): Promise<readonly HistoryRoute[]> {
    const text = await this.#command("read declared routes", ["GET", this.#routesKey]);
    return Buffer.isBuffer(text) ? decodeRoutes(text.toString()) : [];
  }

  /** The bus is up: announcements may have been missed, and Redis may have come back empty. */
  up(): void {
    this.#round.start();
    const declared = this.#declared; // if Redis still has some, they may be newer than ours
    if (declared) this.#command("declare routes", ["SET", this.#routesKey, declared, "NX"]).catch(() => {});
    for (const listener of [...this.#listeners]) listener();
  }

  /** The bus is down. */
  down(): void {
    this.#round.stop();
  }

  async #publish(
    calls: ScriptCalls,
    topic: string,
    key: string,
    { buffer, byteOffset, length }: Uint8Array<ArrayBuffer>,
    keep: Retention,
  ): Promise<Position> {
    const body = Buffer.from(buffer, byteOffset, length);
    const args = [...this.#limits(keep), key, this.#channel(topic), body];
    try {
      const reply = await calls.call(PUBLISH, this.#keys(topic), args);
      const [offset, epoch] = reply as readonly [number, Buffer];
      return { epoch: epoch.toString("latin1"), offset };
    } catch (thrown) {
      const fault = this.#link.faultOf(thrown);
      if (isReply(thrown)) throw fault; // an error within the script: nothing was kept
      throw new BusDownError(`publish to "${topic}"`, { cause: fault, mayBeDone: true });
    }
  }

  #call(what: string, script: Script, topic: string, keep: Retention, args: string[]): Promise<unknown> {
    return ask(this.#link, what, (calls) => {
      return calls.call(script, this.#keys(topic), [...this.#limits(keep), ...args]);
    });
  }

  #command(what: string, args: string[]): Promise<unknown> {
    return ask(this.#link, what, (calls) => calls.command(args));
  }

  /** The numbers of a topic expire some time after it was used last. */
  #refresh(topic: string, keep: Retention): void {
    const [numbers = ""] = this.#keys(topic);
    this.#link.calls?.command(["PEXPIRE", numbers, numbersMs(keep)]).catch(() => {}); // the next round is soon enough
  }

  /** What comes from Redis, or `undefined` if no node of this version has sent it. */
  #checked(message: Buffer | undefined, read: () => Stored): Stored | undefined {
    try {
      return read();
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error("unknown error");
      busMalformed.emit({ node: this.#settings.nodeName, bytes: message?.length, error });
      return undefined;
    }
  }

  #limits(keep: Retention): string[] {
    const { maxMessages, maxAgeMs, maxBytes } = keep;
    const mode = this.#settings.isDurable ? "durable" : "";
    return [String(maxMessages), whole(maxAgeMs), whole(maxBytes), numbersMs(keep), mode];
  }

  /** In braces is what decides on which server of a cluster they are: the same for all keys of a topic. */
  #keys(topic: string): readonly string[] {
    const start = `${this.#settings.prefix}.h.{${encodeTopic(topic)}}`;
    return [`${start}.numbers`, `${start}.messages`, `${start}.keys`];
  }

  #channel(topic: string): string {
    return `${this.#settings.prefix}.h.${encodeTopic(topic)}`;
  }

  get #routesKey(): string {
    return `${this.#settings.prefix}.h.routes`;
  }
}

function numbersMs({ maxAgeMs }: Retention): string {
  return whole(maxAgeMs + NUMBERS_MS);
}

function whole(value: number): string {
  return String(Math.ceil(Math.min(value, MOST)));
}
