/**
 * One connection with NATS, from the moment it is there until it is lost.
 *
 * @module
 */

import { type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import { exitReasonOf } from "../../otp/process/exit_reason.ts";
import { Pauses } from "../../base/pause.ts";
import { oneLine } from "../../base/printable.ts";
import type { BusFault } from "../../pubsub/adapter.ts";
import type { Dialed } from "./_dial.ts";

/** The bytes after which the server is asked at the latest to confirm what it has received. */
const CONFIRM_AFTER_BYTES = 1_048_576;
/** The subjects of calls to JetStream. */
const API = "$JS.";
const NOTHING = new Uint8Array(0);

/** The user of a session. */
export interface SessionUser {
  /** How much of what it sends may be unconfirmed, in bytes. */
  readonly maxUnconfirmedBytes: number;
  /** Takes an error that no call waits for. Must not throw. */
  readonly noticed: (fault: BusFault) => void;
}

/** A connection that can be lost, once. */
export class Session {
  /** The client of NATS. */
  readonly client: NatsConnection;
  /** The server, for errors. */
  readonly engine: string;
  /** Resolves to the reason when the connection is lost or closed. */
  readonly ended: Promise<Error>;
  readonly #isOwn: boolean;
  readonly #noticed: (engineError: Error) => void;
  readonly #confirmAfterBytes: number;
  readonly #end = Promise.withResolvers<Error>();
  readonly #confirming = new Set<(isConfirmed: boolean) => void>();
  readonly #pauses = new Pauses();
  readonly #probed = new Set<string>();
  /** The subjects for which this user has no rights, with the operation in front, until somebody asks. */
  readonly #refused = new Set<string>();
  #isOpen = true;
  #latestError: Error | undefined;
  #nextConfirmation: Promise<boolean> | undefined;
  #unconfirmedBytes = 0;
  #bytesSinceConfirm = 0;

  /**
   * Watches a new connection.
   *
   * @param user Its user. The server is asked to confirm half of what that lets be unconfirmed.
   */
  constructor({ client, engine, isOwn }: Dialed, { maxUnconfirmedBytes, noticed }: SessionUser) {
    this.#noticed = (engineError) => noticed({ engineError, engine });
    this.client = client;
    this.engine = engine;
    this.#isOwn = isOwn;
    this.#confirmAfterBytes = Math.min(CONFIRM_AFTER_BYTES, maxUnconfirmedBytes / 2);
    this.ended = this.#end.promise;
    void this.#watch();
  }

  /** Whether the connection is not lost yet, as far as known. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The size of what was sent and not yet confirmed, in bytes. */
  get unconfirmedBytes(): number {
    return this.#unconfirmedBytes;
  }

  /** The largest message that the server accepts, in bytes. */
  get maxBytes(): number {
    return this.client.info?.max_payload ?? Infinity;
  }

  /** Sends bytes. Returns `false` if the client refuses: the program closes or drains the connection that it lent. */
  publish(subject: string, bytes: Uint8Array): boolean {
    try {
      this.client.publish(subject, bytes);
    } catch (thrown) {
      this.#lose(exitReasonOf(thrown));
      return false;
    }
    this.#unconfirmedBytes += bytes.length;
    this.#bytesSinceConfirm += bytes.length;
    if (this.#bytesSinceConfirm >= this.#confirmAfterBytes) this.#confirmSent();
    return true;
  }

  /**
   * Waits until the server has handled everything that was sent before. All who wait in one turn share one message.
   *
   * @returns Whether it has; `false` if the connection was lost.
   */
  confirm(): Promise<boolean> {
    return this.#nextConfirmation ??= this.#confirmSoon();
  }

  /**
   * Waits for `delayMs` milliseconds.
   *
   * @throws {Error} If the connection is lost or closed, which ends the wait.
   */
  async pause(delayMs: number): Promise<void> {
    await this.#pauses.pause(delayMs);
    if (!this.#isOpen) throw await this.ended;
  }

  /** Sends nothing to `subject`, to find out whether this user has the right to. */
  probe(subject: string): void {
    this.#probed.add(subject);
    this.client.publish(subject, NOTHING);
  }

  /** Returns whether the server has refused `operation` on `subject`, and forgets it. */
  takeRefusal(operation: "publish" | "subscription", subject: string): boolean {
    return this.#refused.delete(`${operation} ${subject}`);
  }

  /** Closes the connection if the adapter made it; lets go of it in any case. */
  async close(): Promise<void> {
    this.#finish(new Error("the adapter was stopped"));
    if (this.#isOwn) await this.client.close();
  }

  /** Notes that the server has ended a subscription, before it confirms what was sent with it. */
  noteRefusal(error: Error): void {
    if (error instanceof PermissionViolationError) this.#refused.add(`subscription ${error.subject}`);
  }

  /** Reports something wrong that arrived from the server. */
  noteFault(error: Error): void {
    this.#noticed(error);
  }

  async #confirmSoon(): Promise<boolean> {
    await undefined; // the rest of this turn may subscribe to more
    this.#nextConfirmation = undefined;
    return this.#flush();
  }

  #flush(): Promise<boolean> {
    if (!this.#isOpen) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#confirming.add(resolve); // a client that is closed never settles its flush
    const done = (isConfirmed: boolean) => {
      this.#confirming.delete(resolve);
      resolve(isConfirmed);
    };
    this.client.flush().then(() => done(true), () => done(false));
    return promise;
  }

  #confirmSent(): void {
    const bytes = this.#bytesSinceConfirm;
    this.#bytesSinceConfirm = 0;
    void this.#flush().then(() => this.#unconfirmedBytes -= bytes);
  }

  async #watch(): Promise<void> {
    try {
      for await (const status of this.client.status()) {
        if (status.type === "error") this.#report(status.error);
        else if (status.type === "staleConnection") return this.#lose(new Error(`${this.engine} does not reply`));
        else if (status.type === "disconnect" || status.type === "close") break;
      }
      this.#lose(this.#latestError ?? new Error(`${this.engine} closed the connection`));
    } catch (thrown) { // a status() of another client
      this.#lose(exitReasonOf(thrown));
    }
  }

  #report(reported: Error): void {
    const error = new Error(`${this.engine} reported: ${oneLine(reported.message)}`);
    if (!(reported instanceof PermissionViolationError)) this.#latestError = error;
    else if (this.#isProbe(reported)) return void this.#refused.add(`publish ${reported.subject}`);
    else if (reported.subject.startsWith(API)) return; // the call that waits for a reply fails
    this.#noticed(error);
  }

  #isProbe({ operation, subject }: PermissionViolationError): boolean {
    return operation === "publish" && this.#probed.has(subject);
  }

  /** The client waits until a silent server has read what was sent, so it is closed here. */
  #lose(why: Error): void {
    this.#finish(why);
    if (this.#isOwn) void this.client.close();
  }

  #finish(why: Error): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#end.resolve(why);
    this.#pauses.end();
    for (const resolve of this.#confirming) resolve(false);
    this.#confirming.clear();
  }
}
