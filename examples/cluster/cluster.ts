/**
 * Several servers of the chat, or of another program, each a process of its own, on ports in a row.
 *
 * @module
 */

const CHAT = new URL("../chat/main.ts", import.meta.url);
const PAUSE_MS = 500;

/** What the cluster is to be. */
export interface ClusterOptions {
  /** The URL of the engine: `nats://...`, `redis://...`, `postgres://...`. */
  readonly bus: string;
  /** The port of the first server; the others have the next ones. */
  readonly firstPort: number;
  /** How many servers. */
  readonly size: number;
  /**
   * The program, which reads the environment variables `PORT` and `ADAPTER`.
   *
   * @default {the chat}
   */
  readonly program?: URL;
  /**
   * What it may do.
   *
   * @default {["--allow-net", "--allow-env"]}
   */
  readonly permissions?: readonly string[];
  /**
   * More environment variables.
   *
   * @default {{}}
   */
  readonly env?: Readonly<Record<string, string>>;
}

/** One server, which is started again whenever it ends. */
class Server {
  readonly port: number;
  readonly #options: Deno.CommandOptions;
  #child: Deno.ChildProcess | undefined;
  #isOver = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(port: number, options: ClusterOptions) {
    const { bus, program = CHAT, permissions = ["--allow-net", "--allow-env"], env } = options;
    this.port = port;
    this.#options = {
      args: ["run", "--quiet", ...permissions, program.href],
      env: { ...env, PORT: `${port}`, ADAPTER: bus },
      stdin: "null",
    };
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    this.#ended = this.#run();
  }

  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  /** Asks it to end: its clients are told to go elsewhere, and the other servers that it leaves. */
  async stop(): Promise<void> {
    this.#isOver = true;
    this.#child?.kill("SIGTERM");
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      const child = this.#child = new Deno.Command(Deno.execPath(), this.#options).spawn();
      await child.status;
      this.#child = undefined;
      if (!this.#isOver) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** Servers that are one to their users. End them with {@linkcode Cluster.shutdown}. */
export class Cluster {
  readonly #servers: readonly Server[];

  /** Starts the servers. Each prints its address when it listens. */
  constructor(options: ClusterOptions) {
    const { firstPort, size } = options;
    this.#servers = Array.from({ length: size }, (_, index) => new Server(firstPort + index, options));
    for (const server of this.#servers) server.start();
  }

  /** The servers: their ports, and the processes that run. */
  get servers(): readonly { readonly port: number; readonly pid: number | undefined }[] {
    return this.#servers;
  }

  /** Resolves when all servers listen. */
  async listening(): Promise<void> {
    for (const { port } of this.#servers) {
      while (!await isListening(port)) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Kills the server on `port`, without a warning. It is started again. */
  kill(port: number): void {
    this.#servers.find((server) => server.port === port)?.kill();
  }

  /** Ends all servers. */
  async shutdown(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
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
