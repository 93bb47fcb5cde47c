/**
 * Notices that several threads of one program serve clients, as with `deno serve --parallel`, while nothing connects
 * them: their rooms are apart, and nobody sees why.
 *
 * A thread holds a lock while it has WebSocket connections, which no other thread waits for, and then looks for locks of
 * others. So the lock keeps no program running that has no connections, and is not there at the end of a test that
 * closes its own. Threads with another main module are not compared: each file of `deno test --parallel` has one.
 *
 * @module
 */

import { type Locks, programLocks } from "../base/locks.ts";
import type { Log, Report } from "../base/log.ts";
import { threadModule } from "../base/program.ts";

const PREFIX = "urvogel:alone:";
/** This thread: endpoints of one thread are not apart, or at least the program can see why. */
const THREAD = crypto.randomUUID();

/** What a thread is, and where it finds the others. */
export interface LoneThreadParts {
  /** The log of its endpoint. */
  readonly log: Log;
  /** The locks of the program. */
  readonly locks?: Locks | undefined;
  /** The name of the thread. */
  readonly thread?: string;
}

/** An endpoint whose PubSub has no adapter. */
export class LoneThread {
  readonly #log: Log;
  readonly #locks: Locks | undefined;
  readonly #group = `${PREFIX}${threadModule()}:`;
  readonly #lock: string;
  /** How many mounts have connections. */
  #occupied = 0;
  #release: (() => void) | undefined;
  #held: Promise<void> | undefined;
  #hasReported = false;

  /** Creates it without connections. */
  constructor({ log, locks = programLocks(), thread = THREAD }: LoneThreadParts) {
    this.#log = log;
    this.#locks = locks;
    this.#lock = this.#group + thread;
  }

  /** A mount has its first connection, or none any more. */
  readonly onOccupied = (isOccupied: boolean): void => {
    this.#occupied += isOccupied ? 1 : -1;
    if (this.#occupied === 0) this.#leave();
    else if (isOccupied && this.#occupied === 1) this.#enter();
  };

  /** The endpoint has shut down. Clients that never confirmed that their connection is closed do not count. */
  async end(): Promise<void> {
    this.#hasReported = true;
    this.#leave();
    await this.#held;
  }

  #enter(): void {
    const locks = this.#locks;
    if (!locks || this.#hasReported) return;
    const left = Promise.withResolvers<void>();
    this.#release = left.resolve;
    this.#held = locks.request(this.#lock, { mode: "shared" }, async () => {
      await this.#look(locks);
      await left.promise;
    }).then(() => {}, () => {}); // it is a hint, and no more
  }

  #leave(): void {
    this.#release?.();
    this.#release = undefined;
  }

  async #look(locks: Locks): Promise<void> {
    const { held } = await locks.query();
    if (this.#hasReported || !held.some(({ name }) => name.startsWith(this.#group) && name !== this.#lock)) return;
    this.#hasReported = true;
    this.#log.write("warn", undefined, APART);
  }
}

const APART: Report<undefined> = {
  kind: "threads that nothing connects",
  describe: () => ({
    message:
      "another thread of this program serves clients as well, and neither receives the broadcasts of the other. " +
      'Connect them: `new Endpoint({ pubsub: new PubSub({ adapter: threadsAdapter() }), ... })` with "threadsAdapter" ' +
      "of @urvogel/realtime/threads, or the adapter of an engine. (Reported once.)",
  }),
};
