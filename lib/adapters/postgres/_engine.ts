/**
 * Keeps a session with the server: when one is over, the next one begins.
 *
 * @module
 */

import { Backoff } from "../../base/backoff.ts";
import { Pauses } from "../../base/pause.ts";
import type { BusNode } from "../../pubsub/adapter.ts";
import { BusSetupError } from "../../pubsub/errors.ts";
import { failureOf } from "./_failure.ts";
import { Session, type SessionOptions } from "./_session.ts";
import { type Target, type TargetOptions, targetsOf } from "./_target.ts";

/** Between attempts to connect. */
const PAUSES = { firstMs: 50, maxMs: 1000 };
/** How long `stop` waits for what is not sent yet. */
const FLUSH_MS = 2000;

/** Options for {@linkcode Engine}. */
export type EngineOptions = Omit<SessionOptions, "createClient" | "label"> & TargetOptions;

/** The connection of a node with PostgreSQL, from `start` to `stop`. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #targets: readonly Target[];
  readonly #node: BusNode;
  readonly #pauses = new Pauses();
  readonly #started = Promise.withResolvers<void>();
  readonly #run: Promise<void>;
  /** The session that is open or being opened. */
  #current: Session | undefined;
  #session: Session | undefined;
  #stopped: Promise<void> | undefined;
  /** What the node was last told about why it is disconnected. */
  #reported: Error | undefined;

  /** Connects. */
  constructor(node: BusNode, options: EngineOptions) {
    this.#node = node;
    this.#options = options;
    this.#targets = targetsOf(options);
    this.#run = this.#keepSession();
  }

  /** The session, while connected. What is sent once it stops would not be sent. */
  get session(): Session | undefined {
    return this.#stopped ? undefined : this.#session;
  }

  /** Resolves when connected for the first time, or stopped; rejects with a `BusSetupError`. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** Sends what waits, and disconnects. */
  async stop(): Promise<void> {
    await (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    const session = this.#session;
    if (session) await Promise.race([session.flushed(), session.lost, this.#pauses.pause(FLUSH_MS)]);
    this.#pauses.end();
    await this.#current?.close();
    await this.#run;
  }

  async #keepSession(): Promise<void> {
    const backoff = new Backoff(PAUSES);
    let isFirst = true;
    for (let attempt = 0; !this.#stopped; attempt++) {
      const target = this.#targets[attempt % this.#targets.length]!;
      try {
        await this.#hold(target, () => {
          isFirst = false;
          backoff.reset();
        });
      } catch (thrown) {
        const failure = failureOf(thrown, target.label, target.password);
        if (isFirst && failure instanceof BusSetupError && !this.#stopped) return this.#started.reject(failure);
        this.#down(failure);
      }
      await this.#pauses.pause(backoff.nextMs());
    }
    this.#started.resolve();
  }

  /** Opens a session and waits until it is over. */
  async #hold({ createClient, label, password }: Target, opened: () => void): Promise<void> {
    const session = new Session(this.#node, { ...this.#options, createClient, label });
    this.#current = session;
    await session.open();
    if (this.#stopped) return await session.close();
    opened();
    this.#up(session);
    const failure = failureOf(await session.lost, label, password);
    this.#session = undefined;
    if (session.unsent > 0) this.#node.noticed({ unconfirmed: session.unsent, error: failure });
    this.#down(failure);
    await session.close(); // nothing of this session may arrive in the next one
  }

  #up(session: Session): void {
    this.#session = session;
    this.#started.resolve();
    this.#options.history.opened().catch(() => {}); // the next session has the same to do
    if (!this.#reported) return;
    this.#reported = undefined;
    this.#node.changed({ status: "up" });
  }

  /** Reports an outage once, and again if it turns out that somebody has to mend it, such as after a new password. */
  #down(error: Error): void {
    if (this.#stopped) return;
    if (this.#reported && (this.#reported instanceof BusSetupError || !(error instanceof BusSetupError))) return;
    this.#reported = error;
    this.#node.changed({ status: "down", error });
  }
}
