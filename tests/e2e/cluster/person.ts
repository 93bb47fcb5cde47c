/**
 * A person with an unmodified phoenix.js, who comes back by a load balancer to another node when its own is gone.
 *
 * @module
 */

import type { Random } from "../../soak/random.ts";
import {
  answerOf,
  type ClientVersion,
  loadPresenceClass,
  loadSocketClass,
  type PhoenixChannel,
  type PhoenixPresence,
  type PhoenixSocket,
} from "../../support/phoenix_client.ts";
import { TcpProxy } from "../../support/tcp_proxy.ts";
import type { Diary, Heard, Sent } from "./journal.ts";

/** Nodes to choose from. */
export interface Balancer {
  /** Returns the port of one that is alive. */
  pick(): number;
}

/** How a person behaves. */
export interface PersonOptions {
  readonly name: string;
  readonly client: ClientVersion;
  readonly balancer: Balancer;
  readonly random: Random;
  /** Whether it speaks. Others only listen. */
  readonly speaks: boolean;
}

const ANSWER_MS = 1000;
/** phoenix.js 1.8's `Presence` reads what all versions receive. */
const PresenceClass = await loadPresenceClass({ version: "1.8.16" });

/** The room that all are in. */
export const ROOM = "room:chaos";

/** Somebody in the room. */
export class Person implements AsyncDisposable, Diary {
  readonly name: string;
  readonly sent: Sent[] = [];
  readonly heard: Heard[] = [];
  readonly stays: { readonly node: number; readonly fromMs: number; toMs: number }[] = [];
  /** The people that were seen to leave, with the time. */
  readonly seenLeaving: { readonly name: string; readonly atMs: number }[] = [];
  readonly #options: PersonOptions;
  readonly #proxy: TcpProxy;
  readonly #socket: PhoenixSocket;
  readonly #channel: PhoenixChannel;
  readonly #presence: PhoenixPresence;
  #port = 0;
  #isSilent = false;
  #talk: Promise<void> = Promise.resolve();

  /** Makes a person come into the room and, if it speaks, speak until it is disposed of. */
  static async start(options: PersonOptions): Promise<Person> {
    const person: { port: () => number } = { port: () => 0 };
    const proxy = await TcpProxy.start({
      get port() {
        return person.port();
      },
    });
    const SocketClass = await loadSocketClass(options.client);
    const started = new Person(options, proxy, SocketClass);
    person.port = () => started.#port = options.balancer.pick();
    started.#enter();
    return started;
  }

  private constructor(
    options: PersonOptions,
    proxy: TcpProxy,
    SocketClass: Awaited<ReturnType<typeof loadSocketClass>>,
  ) {
    this.name = options.name;
    this.#options = options;
    this.#proxy = proxy;
    this.#socket = new SocketClass(`ws://127.0.0.1:${proxy.port}/socket`, {
      transport: WebSocket,
      params: { user: this.name },
      reconnectAfterMs: () => 100,
      rejoinAfterMs: () => 100,
    });
    this.#channel = this.#socket.channel(ROOM, { presence: true });
    this.#presence = new PresenceClass(this.#channel);
  }

  /** Whether it is in the room now. */
  get isIn(): boolean {
    return this.stays.at(-1)?.toMs === Infinity;
  }

  /** The people that it sees, each with how often. */
  get sees(): ReadonlyMap<string, number> {
    return new Map(this.#presence.list((name, { metas }) => [name, metas.length] as const));
  }

  /** Loses its connection. */
  drop(): void {
    this.#leaveRoom(); // before its node can know
    this.#proxy.reset();
  }

  /** Says nothing more, and stays. */
  async fallSilent(): Promise<void> {
    this.#isSilent = true;
    await this.#talk;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.disconnect();
    await this.fallSilent();
    await this.#proxy[Symbol.asyncDispose]();
  }

  #enter(): void {
    this.#socket.onClose(() => this.#leaveRoom());
    this.#channel.onError(() => this.#leaveRoom());
    this.#channel.on("shout", (payload) => {
      const { from, n } = payload as Heard;
      this.heard.push({ from, n });
    });
    this.#presence.onLeave((name, { metas }) => {
      if (metas.length === 0) this.seenLeaving.push({ name, atMs: Date.now() });
    });
    // Called for each reply to a join, also of those that the client sends by itself.
    this.#channel.join().receive("ok", () => this.stays.push({ node: this.#port, fromMs: Date.now(), toMs: Infinity }));
    this.#socket.connect();
    if (this.#options.speaks) this.#talk = this.#speak();
  }

  #leaveRoom(): void {
    const stay = this.stays.at(-1);
    if (stay?.toMs === Infinity) stay.toMs = Date.now();
  }

  async #speak(): Promise<void> {
    for (let n = 0; !this.#isSilent;) {
      await new Promise((resolve) => setTimeout(resolve, this.#options.random.between(20, 60)));
      if (this.isIn && this.#socket.isConnected() && !this.#isSilent) await this.#say(n++);
    }
  }

  async #say(n: number): Promise<void> {
    const message: Sent = { from: this.name, n, node: this.#port, atMs: Date.now(), ackedAtMs: undefined };
    this.sent.push(message);
    const { status } = await answerOf(this.#channel.push("shout_ack", { from: this.name, n }, ANSWER_MS));
    if (status === "ok") message.ackedAtMs = Date.now();
  }
}
