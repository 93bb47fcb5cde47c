/**
 * A TCP proxy between a client and a server, which does what bad networks do.
 *
 * @module
 */

import { connect, createServer, type Server, type Socket } from "node:net";

/** The server behind a proxy. */
export interface ProxyTarget {
  /** The port on 127.0.0.1. */
  readonly port: number;
}

/** Passes bytes both ways until it is told otherwise. */
export class TcpProxy implements AsyncDisposable {
  /** How late bytes arrive from now on, in milliseconds, each way. */
  delayMs = 0;
  /** How many bytes have passed, both ways together. */
  passedBytes = 0;
  readonly #server: Server;
  readonly #target: ProxyTarget;
  readonly #links = new Set<Link>();
  #isStalled = false;

  private constructor(target: ProxyTarget) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** Starts a proxy on a free port of 127.0.0.1. */
  static async start(target: ProxyTarget): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** Its port. */
  get port(): number {
    const address = this.#server.address();
    if (typeof address !== "object" || !address) throw new Error("Cannot read port: the proxy has ended");
    return address.port;
  }

  /** The number of its connections. */
  get connections(): number {
    return this.#links.size;
  }

  /** Passes nothing more, and keeps the connections, new ones too: the cable is cut, and nobody knows. */
  stall(): void {
    this.#isStalled = true;
    for (const link of this.#links) link.stall();
  }

  /** Ends {@linkcode stall}. What was sent meanwhile arrives now. */
  flow(): void {
    this.#isStalled = false;
    for (const link of this.#links) link.flow();
  }

  /** Ends all connections in the orderly way (FIN). New ones are possible. */
  cut(): void {
    for (const link of this.#links) link.end();
  }

  /** Breaks off all connections (RST). New ones are possible. */
  reset(): void {
    for (const link of this.#links) link.reset();
  }

  /** Ends all connections in the middle of what the server sends next, of which `share` passes. New ones are possible. */
  tear(share: number): void {
    for (const link of this.#links) link.tear(share);
  }

  /** Resets its connections and ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    const link = new Link(client, connect({ port: this.#target.port, host: "127.0.0.1", allowHalfOpen: true }), this);
    this.#links.add(link);
    link.onClose(() => this.#links.delete(link));
    if (this.#isStalled) link.stall();
  }
}

/** What pipes need of their proxy. */
interface PipeSettings {
  readonly delayMs: number;
  passedBytes: number;
}

/** One connection: a socket on each side. */
class Link {
  readonly #sides: readonly [Socket, Socket];
  readonly #pipes: readonly [Pipe, Pipe];

  constructor(client: Socket, server: Socket, proxy: PipeSettings) {
    this.#sides = [client, server];
    this.#pipes = [new Pipe(client, server, proxy), new Pipe(server, client, proxy)];
  }

  onClose(closed: () => void): void {
    let open = 2;
    for (const side of this.#sides) {
      side.on("close", () => {
        if (--open > 0) return this.reset(); // one without the other makes no sense
        for (const pipe of this.#pipes) pipe.stop();
        closed();
      });
    }
  }

  stall(): void {
    for (const pipe of this.#pipes) pipe.stall();
  }

  flow(): void {
    for (const pipe of this.#pipes) pipe.flow();
  }

  end(): void {
    for (const side of this.#sides) side.end();
  }

  reset(): void {
    for (const side of this.#sides) side.resetAndDestroy();
  }

  tear(share: number): void {
    const [, fromServer] = this.#pipes;
    fromServer.tear(share, () => this.end());
  }
}

/** One direction of a connection. Nothing overtakes: a delay that becomes shorter holds for what comes after it. */
class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #waiting: { readonly atMs: number; readonly act: () => void }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tear: ((bytes: Uint8Array) => void) | undefined;

  constructor(from: Socket, to: Socket, proxy: PipeSettings) {
    this.#from = from;
    this.#to = to;
    from.setNoDelay(true);
    from.on("error", () => {}); // "close" follows
    from.on("data", (bytes) =>
      this.#later(proxy.delayMs, () => {
        if (this.#tear) return this.#tear(bytes);
        proxy.passedBytes += bytes.length;
        to.write(bytes);
      }));
    from.on("end", () => this.#later(proxy.delayMs, () => to.end()));
  }

  stall(): void {
    this.#from.pause();
    this.stop();
  }

  flow(): void {
    this.#from.resume();
    this.#pass();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  tear(share: number, torn: () => void): void {
    this.#tear = (bytes) => {
      this.#tear = () => {}; // nothing more passes
      this.#to.write(bytes.subarray(0, Math.floor(bytes.length * share)));
      torn();
    };
  }

  #later(delayMs: number, act: () => void): void {
    this.#waiting.push({ atMs: performance.now() + delayMs, act });
    if (this.#waiting.length === 1) this.#pass();
  }

  /** Passes what is due, and comes back for the next. */
  #pass(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const waitMs = next.atMs - performance.now();
      if (waitMs > 0) return void (this.#timer = setTimeout(() => this.#pass(), waitMs));
      this.#waiting.shift();
      next.act();
    }
  }
}
