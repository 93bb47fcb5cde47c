/**
 * Several servers on ports in a row, each a process of its own, under a supervisor that starts again those that end.
 *
 * @module
 */

import {
  type ChildSpec,
  type Exit,
  exitWhenEnded,
  type Pid,
  spawn,
  Supervisor,
  type SupervisorRef,
} from "@urvogel/realtime";

const PROGRAM = new URL("node.ts", import.meta.url).href;

/** What the cluster is to be. */
export interface ClusterOptions {
  /** The URL of the engine: `nats://...`, `redis://...`, `postgres://...`. */
  readonly bus: string;
  /** The port of the first server; the others have the next ones. */
  readonly firstPort: number;
  /** How many servers. */
  readonly size: number;
}

/** Servers that are one to their users. */
export class Cluster {
  /** The ports of the servers. */
  readonly ports: readonly number[];
  readonly #bus: string;
  readonly #children = new Map<number, Deno.ChildProcess>();
  readonly #supervisor: Promise<SupervisorRef>;

  /** Starts the servers. Each prints its address when it listens. */
  constructor({ bus, firstPort, size }: ClusterOptions) {
    this.ports = Array.from({ length: size }, (_, index) => firstPort + index);
    this.#bus = bus;
    this.#supervisor = Supervisor.start(this.ports.map((port) => this.#server(port)));
  }

  /** Waits until all servers listen. */
  async listening(): Promise<void> {
    exitWhenEnded(await this.#supervisor); // it gives up where servers cannot start, as on ports that others have
    for (const port of this.ports) {
      while (!await isListening(port)) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Kills the server on `port`, without a warning. It is started again. */
  kill(port: number): void {
    this.#children.get(port)?.kill("SIGKILL");
  }

  /** Asks the servers to end: their clients are told to go elsewhere, and waits until they have ended. */
  async shutdown(): Promise<void> {
    await (await this.#supervisor).stop();
  }

  /** A process of ours that has one of the operating system: they end together. */
  #server(port: number): ChildSpec {
    const start = (parent: Pid<never>) =>
      spawn<Exit | "ended">(async (mailbox, self) => {
        self.trapExit = true;
        const child = new Deno.Command(Deno.execPath(), {
          args: ["run", "--quiet", "--allow-net", "--allow-env", PROGRAM],
          env: { PORT: `${port}`, ADAPTER: this.#bus },
          stdin: "null",
        }).spawn();
        this.#children.set(port, child);
        void child.status.then(() => self.send("ended"));
        for await (const message of mailbox) {
          if (message === "ended") return;
          child.kill("SIGTERM"); // an exit signal: the supervisor ends
        }
      }, { link: parent });
    return { id: port, start, shutdown: "infinity" };
  }
}

async function isListening(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
