/**
 * One connection with NATS, from the moment it is there until it is lost.
 *
 * @module
 */

import { type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import { Alarm } from "../../base/alarm.ts";
import { exitReasonOf } from "../../otp/process/exit_reason.ts";
import { Pauses } from "../../base/pause.ts";
import { oneLine } from "../../base/printable.ts";
import type { BusFault } from "../../pubsub/adapter.ts";
import type { Dialed } from "./_dial.ts";
import { Sent } from "./_sent.ts";

/** The server closes the connection within this time after an error, or not at all. */
const CLOSES_WITHIN_MS = 1000;
/** The subjects of calls to JetStream. */
const API = "$JS.";
const NOTHING = new Uint8Array(0);

/** The user of a session. */
export interface SessionUser {
  /** How much of what it sends may be unconfirmed, in bytes. */
  readonly maxUnconfirmedBytes: number;
  /** Returns whether broadcasts are sent on a subject, and by nobody who waits for a reply. */
  readonly isTopic: (subject: string) => boolean;
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
  readonly #isTopic: (subject: string) => boolean;
  readonly #noticed: (fault: BusFault) => void;
  readonly #sent: Sent;
  readonly #end = Promise.withResolvers<Error>();
  readonly #confirming = new Set<(isConfirmed: boolean) => void>();
  readonly #pauses = new Pauses();
  readonly #probed = new Set<string>();
  /** The subjects for which this user has no rights, with the operation in front, until somebody asks. */
  readonly #refused = new Set<string>();
  /** Those that somebody has asked for, until the error would be reported. */
  readonly #taken = new Set<string>();
  #isOpen = true;
  /** The latest error after which the server may close the connection. Then it is the reason, and not reported twice. */
  #latestError: Error | undefined;
  readonly #outlived = new Alarm(() => this.#reportLatest());
  #nextConfirmation: Promise<boolean> | undefined;

  /**
   * Watches a new connection.
   *
   * @param user Its user.
   */
  constructor({ client, engine, isOwn }: Dialed, { maxUnconfirmedBytes, isTopic, noticed }: SessionUser) {
    this.#isTopic = isTopic;
    this.#noticed = noticed;
    this.client = client;
    this.engine = engine;
    this.#isOwn = isOwn;
    this.#sent = new Sent(maxUnconfirmedBytes, () => void this.#flush());
    this.ended = this.#end.promise;
    void this.#watch();
  }

  /** Whether the connection is not lost yet, as far as known. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The size of what was sent and not yet confirmed, in bytes. */
  get unconfirmedBytes(): number {
    return this.#sent.unconfirmedBytes;
  }

  /** The largest message that the server accepts, in bytes. */
  get maxBytes(): number {
    return this.client.info?.max_payload ?? Infinity;
  }

  /**
   * Sends bytes. Returns `false` if the client refuses: the program closes or drains the connection that it lent.
   *
   * @param isRepeated Whether others are sent if these do not arrive.
   */
  publish(subject: string, bytes: Uint8Array, isRepeated: boolean): boolean {
    try {
      this.client.publish(subject, bytes);
    } catch (thrown) {
      this.#lose(exitReasonOf(thrown));
      return false;
    }
    this.#sent.add(bytes.length, isRepeated);
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
    const refusal = `${operation} ${subject}`;
    if (!this.#refused.delete(refusal)) return false;
    this.#taken.add(refusal);
    return true;
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
  noteFault(engineError: Error, refused = 0): void {
    this.#noticed({ engineError, engine: this.engine, refused });
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
    const sent = this.#sent.soFar;
    const done = (isConfirmed: boolean) => {
      if (isConfirmed && this.#isOpen) this.#sent.confirm(sent);
      this.#confirming.delete(resolve);
      resolve(isConfirmed);
    };
    this.client.flush().then(() => done(true), () => done(false));
    return promise;
  }

  async #watch(): Promise<void> {
    try {
      for await (const status of this.client.status()) {
        if (status.type === "error") this.#report(status.error);
        else if (status.type === "staleConnection") { // also after an error of logging in
          return this.#lose(this.#latestReason ?? new Error(`${this.engine} does not reply`));
        } else if (status.type === "disconnect" || status.type === "close") break;
      }
      this.#lose(this.#latestReason ?? new Error(`${this.engine} closed the connection`));
    } catch (thrown) { // a status() of another client
      this.#lose(exitReasonOf(thrown));
    }
  }

  #report(reported: Error): void {
    const error = new Error(oneLine(reported.message));
    if (!(reported instanceof PermissionViolationError)) {
      this.#reportLatest();
      this.#latestError = error;
      this.#outlived.set(CLOSES_WITHIN_MS);
    } else if (this.#isProbe(reported)) this.#refused.add(`publish ${reported.subject}`);
    else if (reported.operation === "subscription") void this.#reportUntaken(reported, error);
    else if (!reported.subject.startsWith(API)) this.noteFault(error, this.#refusedBy(reported)); // or its call fails
  }

  get #latestReason(): Error | undefined {
    return this.#latestError && new Error(`${this.engine} reported: ${this.#latestError.message}`);
  }

  #reportLatest(): void {
    const error = this.#latestError;
    this.#latestError = undefined;
    if (error) this.noteFault(error);
  }

  /** A caller that waits for a subscription knows by the time of the next confirmation. Nobody waits after an outage. */
  async #reportUntaken({ subject }: PermissionViolationError, error: Error): Promise<void> {
    await this.confirm();
    if (!this.#taken.delete(`subscription ${subject}`)) this.noteFault(error);
  }

  /** The number of broadcasts that are lost. */
  #refusedBy({ operation, subject }: PermissionViolationError): number {
    return operation === "publish" && this.#isTopic(subject) ? 1 : 0;
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
    this.#sent.end();
    this.#outlived.clear();
    const { unconfirmed } = this.#sent;
    if (unconfirmed > 0) this.#noticed({ unconfirmed, error: why });
    this.#end.resolve(why);
    this.#pauses.end();
    for (const resolve of this.#confirming) resolve(false);
    this.#confirming.clear();
  }
}
