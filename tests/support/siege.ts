/**
 * A server under siege: somebody makes trouble while a steady client is served, and when it is over nothing may be left
 * of it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import {
  Endpoint,
  type EndpointOptions,
  listProcesses,
  PubSub,
  type SocketTarget,
  type WebSocketOptions,
} from "@urvogel/realtime";
import { timers } from "../../lib/base/timer_wheel.ts";
import { SteadySocket } from "../fixtures/siege_app.ts";
import { Crashes } from "./crashes.ts";
import { type Incoming, RawClient } from "./raw_client.ts";
import { SteadyClient } from "./steady_client.ts";
import type { ServedApp, TransportUnderTest } from "./transports.ts";
import { until } from "./until.ts";

/** What lives in the program: what a troublemaker must not leave behind. */
interface Census {
  readonly processes: number;
  readonly timers: number;
  readonly topics: number;
  readonly subscribers: number;
  readonly connections: number;
}

/** The topics that tests join; a troublemaker's subscription to one of them would stay. */
const TOPICS = ["room:steady", "room:a", "room:b"] as const;

/** Limits that are reached soon, so that no test waits for long. */
const IMPATIENT: WebSocketOptions = { connectTimeoutMs: 150, closeTimeoutMs: 50 };

/** A server with a steady client at `/steady` and a socket to attack at `/socket`. Dispose of it with `await using`. */
export class Siege implements AsyncDisposable {
  /** What the server's processes failed with: expected where a channel is made to crash. */
  readonly crashes: Crashes = new Crashes();
  /** What sockets failed with: an error that was not the client's. Must be empty at the end. */
  readonly failures: Error[] = [];
  /** What reached the program itself. Must be empty at the end. */
  readonly escaped: unknown[] = [];
  /** The endpoint. */
  readonly endpoint: Endpoint;
  #server!: ServedApp;
  readonly #pubsub = new PubSub();
  readonly #attackers: RawClient[] = [];
  readonly #processesBefore = listProcesses().length;
  #steady!: SteadyClient;
  #before!: Census;

  private constructor(target: SocketTarget, websocket: WebSocketOptions, more: Partial<EndpointOptions>) {
    this.endpoint = new Endpoint({
      ...more,
      pubsub: this.#pubsub,
      sockets: {
        "/steady": SteadySocket,
        "/poll": [target, { websocket: false, longpoll: { windowMs: 100 } }],
        "/socket": [target, { websocket: { ...IMPATIENT, ...websocket } }],
      },
    });
    subscribe("urvogel:socket:failed", this.#onFailure);
    addEventListener("error", this.#onEscape);
    addEventListener("unhandledrejection", this.#onEscape);
  }

  /** Starts the server and its steady client. */
  static async begin(
    transport: TransportUnderTest,
    target: SocketTarget,
    websocket: WebSocketOptions = {},
    more: Partial<EndpointOptions> = {},
  ): Promise<Siege> {
    const siege = new Siege(target, websocket, more);
    siege.#server = await transport.serve(siege.endpoint, { compression: transport.compression });
    siege.#steady = await SteadyClient.start(siege.port);
    siege.#before = siege.#census();
    return siege;
  }

  /** The server's port. */
  get port(): number {
    return this.#server.port;
  }

  /** Connects a troublemaker, which hangs up when the siege ends. */
  async connect(query = "vsn=2.0.0", headers: Readonly<Record<string, string>> = {}): Promise<RawClient> {
    const client = await RawClient.connect({ port: this.port, path: `/socket/websocket?${query}`, headers });
    this.#attackers.push(client);
    return client;
  }

  /** Connects a troublemaker that is let in, and joins `topic` with join ref `"1"`. */
  async join(topic: string, params: unknown = {}): Promise<RawClient> {
    const client = await this.connect();
    await client.sendText(JSON.stringify(["1", "1", topic, "phx_join", params]));
    assertEquals(await nextMessage(client), ["1", "1", topic, "phx_reply", { status: "ok", response: {} }]);
    return client;
  }

  /** Waits until the server has rid itself of all troublemakers, although they are still there. */
  async cleared(): Promise<void> {
    await until(() => this.endpoint.connectionCount === this.#before.connections, "all troublemakers are gone");
    await this.#nothingIsLeft();
  }

  /** The steady client was served all the time; nothing is left, and nothing got out. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#steady.checkIn();
      for (const attacker of this.#attackers) await attacker[Symbol.asyncDispose]();
      await this.#nothingIsLeft();
      await this.#steady.stop();
      assertEquals(this.failures, [], "a socket failed");
      assertEquals(this.escaped, [], "an exception got out");
    } finally {
      await this.#steady[Symbol.asyncDispose]();
      for (const attacker of this.#attackers) await attacker[Symbol.asyncDispose]();
      await this.#server[Symbol.asyncDispose]();
      this.crashes[Symbol.dispose]();
      unsubscribe("urvogel:socket:failed", this.#onFailure);
      removeEventListener("error", this.#onEscape);
      removeEventListener("unhandledrejection", this.#onEscape);
    }
    assertEquals(listProcesses().length, this.#processesBefore);
  }

  async #nothingIsLeft(): Promise<void> {
    const same = () => JSON.stringify(this.#census()) === JSON.stringify(this.#before);
    await until(same, () => `${JSON.stringify(this.#census())} is ${JSON.stringify(this.#before)} again`);
  }

  #census(): Census {
    return {
      processes: listProcesses().length,
      timers: timers.size,
      topics: this.#pubsub.topicCount,
      subscribers: TOPICS.reduce((sum, topic) => sum + this.#pubsub.subscriberCount(topic), 0),
      connections: this.endpoint.connectionCount,
    };
  }

  readonly #onFailure = (event: unknown) => void this.failures.push((event as { error: Error }).error);

  readonly #onEscape = (event: Event) => {
    event.preventDefault();
    this.escaped.push((event as ErrorEvent).error ?? (event as PromiseRejectionEvent).reason);
  };
}

/** A frame of many megabytes takes seconds on a machine that is busy. */
const PATIENCE_MS = 15_000;

/** The next text frame. Fails on anything else. */
export async function nextText(client: RawClient): Promise<string> {
  const incoming = await client.recv(PATIENCE_MS);
  assertEquals(incoming?.kind, "text", `expected a message, received ${JSON.stringify(incoming)}`);
  return (incoming as Incoming & { kind: "text" }).text;
}

/** The same, decoded. */
export async function nextMessage(client: RawClient): Promise<unknown> {
  return JSON.parse(await nextText(client));
}

/** The code and text of the close frame that comes next. */
export async function nextClose(client: RawClient): Promise<{ code: number | null; reason: string }> {
  const incoming = await client.recv();
  assertEquals(incoming?.kind, "close", `expected a close frame, received ${JSON.stringify(incoming)?.slice(0, 200)}`);
  const { code, reason } = incoming as Incoming & { kind: "close" };
  return { code, reason };
}

/** Asserts that the client is still served: a heartbeat is answered, after `before` other messages. */
export async function assertServed(client: RawClient): Promise<void> {
  await client.sendText('[null,"still there?","phoenix","heartbeat",{}]');
  assertEquals(await nextMessage(client), [null, "still there?", "phoenix", "phx_reply", OK]);
}

const OK = { status: "ok", response: {} };
