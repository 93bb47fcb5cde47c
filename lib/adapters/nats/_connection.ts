/**
 * Keeps a node connected with NATS: connects, waits until the connection is lost, and connects again.
 *
 * Everything that needs the connection shares this one; what it has to set up on each new connection is done in
 * {@linkcode ConnectionUser.prepare}.
 *
 * @module
 */

import { Backoff } from "../../base/backoff.ts";
import { Pauses } from "../../base/pause.ts";
import { withinTime } from "../../base/within_time.ts";
import type { BusStatusChange } from "../../pubsub/adapter.ts";
import { exitReasonOf } from "../../otp/process/exit_reason.ts";
import { BusSetupError } from "../../pubsub/errors.ts";
import type { Dial } from "./_dial.ts";
import { Session, type SessionUser } from "./_session.ts";

/** The user of the connection. */
export interface ConnectionUser extends SessionUser {
  /**
   * Sets up a new connection. It is in use as soon as this resolves.
   *
   * @throws {BusSetupError} If the node has not the rights that it needs.
   */
  prepare(session: Session): Promise<void>;
  /** The connection was lost, or is back. */
  changed(change: BusStatusChange): void;
}

/** The first attempt after a loss is quick: most engines are back at once, or another server of the cluster is there. */
const BACKOFF = { firstMs: 50, maxMs: 500 } as const;
const PREPARE_MS = 10_000;
/** How long the last messages may take when the adapter stops. */
const LAST_WORDS_MS = 1000;

/** The connection of one node, over all its losses. */
export class Connection {
  readonly #dial: Dial;
  readonly #user: ConnectionUser;
  readonly #stopping = new AbortController();
  readonly #pauses = new Pauses();
  readonly #backoff = new Backoff(BACKOFF);
  readonly #started = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;
  #session: Session | undefined;
  #isUp = false;
  #wasUp = false;
  /** Whether it was reported as down before it was up for the first time. */
  #wasDown = false;

  /** Creates a connection that is not started. */
  constructor(dial: Dial, user: ConnectionUser) {
    this.#dial = dial;
    this.#user = user;
  }

  /** The connection that can be used now. */
  get session(): Session | undefined {
    return this.#isUp && this.#session?.isOpen ? this.#session : undefined;
  }

  /**
   * Connects.
   *
   * @returns Resolves when it is connected for the first time, or stopped.
   * @throws {BusSetupError} If no retry will help. Later it is retried: rights and certificates come and go.
   */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#started.promise;
  }

  /** Sends what waits, within a second, and disconnects for good. */
  async stop(): Promise<void> {
    const session = this.session;
    if (session) await withinTime(session.confirm(), LAST_WORDS_MS, () => new Error("late")).catch(() => {});
    this.#stopping.abort();
    this.#pauses.end();
    await this.#session?.close();
    await this.#running;
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      try {
        await this.#connectOnce();
      } catch (thrown) {
        if (thrown instanceof BusSetupError && !this.#wasUp) return this.#started.reject(thrown);
        this.#isNotThere(exitReasonOf(thrown));
      }
      if (!this.#isStopping) await this.#pauses.pause(this.#backoff.nextMs());
    }
    this.#started.resolve();
  }

  /** One connection, until it is lost. */
  async #connectOnce(): Promise<void> {
    const session = this.#session = new Session(await this.#dial(this.#stopping.signal), this.#user);
    try {
      await this.#prepare(session);
      this.#up();
      const error = await session.ended;
      this.#isUp = false;
      if (!this.#isStopping) this.#user.changed({ status: "down", error });
    } finally {
      await session.close();
    }
  }

  /** Reports that the first attempt failed. Later it is down already, when an attempt fails. */
  #isNotThere(error: Error): void {
    if (this.#wasUp || this.#wasDown || this.#isStopping) return;
    this.#wasDown = true;
    this.#user.changed({ status: "down", error });
  }

  async #prepare(session: Session): Promise<void> {
    const why = () => new Error(`Cannot set up the connection with ${session.engine}: it was lost or too slow`);
    if (this.#isStopping) throw why();
    await withinTime(this.#user.prepare(session), PREPARE_MS, why);
    if (!session.isOpen) throw why();
  }

  #up(): void {
    this.#isUp = true;
    this.#backoff.reset();
    if (this.#wasUp || this.#wasDown) this.#user.changed({ status: "up" });
    this.#wasUp = true;
    this.#started.resolve();
  }
}
