/**
 * How threads get to know each other: by greetings over `BroadcastChannel`, one channel for each thread.
 *
 * Deno drops messages of a `BroadcastChannel` without an error while the program posts many. So a greeting is repeated
 * until it is returned, and nothing else is sent in this way.
 *
 * @module
 */

/** Another version does not understand the memory of this one. */
const VERSION = 2;

/** What a thread says to another one. */
export interface Greeting {
  /** The version of the shared memory. */
  readonly version: typeof VERSION;
  /** The name of the thread that greets. */
  readonly from: string;
  /** Another one for each start of that thread. */
  readonly run: string;
  /** Its memory. */
  readonly memory: SharedArrayBuffer;
  /** Which reader of its ring the other thread is. */
  readonly reader: number;
  /** Whether it returns a greeting. */
  readonly isReply: boolean;
}

/** The channels of the threads that share a prefix. */
export class Greetings {
  readonly #prefix: string;
  readonly #own: BroadcastChannel;

  /** Opens the channel of the thread `node`. */
  constructor(prefix: string, node: string, receive: (greeting: Greeting) => void) {
    this.#prefix = `urvogel:threads:${prefix}:`;
    this.#own = new BroadcastChannel(this.#prefix + node);
    this.#own.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (isGreeting(data)) receive(data);
    };
  }

  /** Greets the thread `node`. */
  send(node: string, greeting: Omit<Greeting, "version">): void {
    const channel = new BroadcastChannel(this.#prefix + node);
    channel.postMessage({ ...greeting, version: VERSION });
    channel.close();
  }

  /** Closes the channel. */
  close(): void {
    this.#own.close();
  }
}

function isGreeting(data: unknown): data is Greeting {
  if (typeof data !== "object" || data === null) return false;
  const { version, from, run, memory, reader, isReply }: Partial<Record<keyof Greeting, unknown>> = data;
  return version === VERSION && typeof from === "string" && typeof run === "string" &&
    memory instanceof SharedArrayBuffer && Number.isInteger(reader) && typeof isReply === "boolean";
}
