/**
 * Serves a module on several threads: each is a Worker with a server of its own, and all listen on one port. The kernel
 * distributes the clients among them.
 *
 * @module
 */

import { type FramesServer, serverSettings, type ThreadedServeOptions } from "./options.ts";
import type { FromThread, ToThread } from "./_thread_messages.ts";

/** One of the threads. */
class Thread {
  readonly #module: string;
  readonly #worker: Worker;
  readonly #listening = Promise.withResolvers<FromThread & { readonly kind: "listening" }>();
  readonly #down = Promise.withResolvers<FromThread & { readonly kind: "down" }>();

  /** Starts the thread. */
  constructor(module: string, options: ThreadedServeOptions) {
    this.#module = module;
    this.#worker = new Worker(new URL("./_thread.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromThread>) => this.#received(data);
    this.#post({ kind: "start", module, options });
  }

  /** Resolves when the thread listens. */
  get listening(): Promise<FromThread & { readonly kind: "listening" }> {
    return this.#listening.promise;
  }

  /** Shuts the thread down cleanly. Rejects if its app failed to shut down; the thread has ended all the same. */
  async shutdown(): Promise<void> {
    this.#post({ kind: "shutdown" });
    const { why } = await this.#down.promise;
    this.terminate();
    if (why !== undefined) throw new Error(`Cannot shut down ${this.#module}: ${why}`);
  }

  /** Ends the thread at once. */
  terminate(): void {
    this.#worker.terminate();
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #received(message: FromThread): void {
    switch (message.kind) {
      case "listening":
        return this.#listening.resolve(message);
      case "failed":
        return this.#listening.reject(new Error(`Cannot serve ${this.#module}: ${message.why}`));
      case "down":
        return this.#down.resolve(message);
    }
  }
}

/** The threads of one server. */
class ThreadsServer implements FramesServer {
  readonly port: number;
  readonly shutdownMs: number;
  readonly #threads: readonly Thread[];
  #down: Promise<void> | undefined;

  constructor(threads: readonly Thread[], port: number, shutdownMs: number) {
    this.#threads = threads;
    this.port = port;
    this.shutdownMs = shutdownMs;
  }

  async shutdown(): Promise<void> {
    await (this.#down ??= this.#end());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** Waits for all threads, also if one fails, and rejects then. */
  async #end(): Promise<void> {
    const results = await Promise.allSettled(this.#threads.map((thread) => thread.shutdown()));
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }
}

/**
 * Serves the default export of a module on `threads` threads.
 *
 * @param module The module's URL.
 * @param options Where to listen, and how.
 * @returns The server, all of whose threads listen.
 * @throws {RangeError} If `threads` is not a whole number of at least 1, or a limit is out of range.
 * @throws {TypeError} If there are no Workers, as on Node, or `options` has a `handler`.
 * @throws {Error} If a thread cannot start.
 */
export async function serveThreads(module: string, options: ThreadedServeOptions): Promise<FramesServer> {
  const { threads: count = navigator.hardwareConcurrency } = options;
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`Cannot serve on threads: "threads" must be an integer >= 1, received ${count}`);
  }
  if ("handler" in options) {
    throw new TypeError('Cannot serve on threads: a "handler" cannot be passed to a thread');
  }
  if (typeof Worker === "undefined") throw new TypeError("Cannot serve on threads: this runtime has no Workers");
  const settings = serverSettings(options); // so that a mistake is found here, and not in each thread
  const maxTcpConnections = Math.ceil(settings.maxTcpConnections / count); // they share the limit of open files
  const threads: Thread[] = [];
  const start = (port: number | undefined) => {
    const thread = new Thread(module, {
      ...options,
      maxTcpConnections,
      reusePort: true,
      ...(port !== undefined && { port }),
    });
    threads.push(thread);
    return thread.listening;
  };
  try {
    const { port, shutdownMs } = await start(options.port); // alone, for it may choose the port
    await Promise.all(Array.from({ length: count - 1 }, () => start(port)));
    return new ThreadsServer(threads, port, shutdownMs);
  } catch (error) {
    for (const thread of threads) thread.terminate();
    throw error;
  }
}
