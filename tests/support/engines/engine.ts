/**
 * A real engine (NATS, Redis, PostgreSQL) for tests: a process of this test file on a free port of the loopback.
 *
 * @module
 */

/** An engine that a test can harm. */
export interface Engine extends AsyncDisposable {
  /** Where clients connect, with credentials if the engine has some. It stays the same when the engine restarts. */
  readonly url: string;
  /** Ends it with SIGKILL, and waits until its process is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port, and waits until it accepts connections. */
  restart(options?: RestartOptions): Promise<void>;
  /** Stops its process (SIGSTOP): it keeps its connections and no longer does anything. */
  pause(): void;
  /** Ends {@linkcode pause} (SIGCONT). */
  resume(): void;
}

/** How an engine comes back. */
export interface RestartOptions {
  /**
   * Whether it has forgotten everything that it stored.
   *
   * @default {false}
   */
  readonly empty?: boolean;
}
