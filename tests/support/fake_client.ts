/**
 * A client without a network: a connection that remembers what was sent, and a driver that takes frames.
 *
 * @module
 */

import { Broadcast, type ConnectInfo, type ExitReason, type Frame, PubSub, type Socket } from "@urvogel/realtime";
import { ChannelDriver } from "../../lib/channel/channel_driver.ts";
import { ProcessGroup } from "../../lib/otp/process_group.ts";
import type { CloseOptions, Connection } from "../../lib/transport/connection.ts";
import type { SocketSession } from "../../lib/transport/socket_driver.ts";

/** What `connect` is told, for tests that do not care. */
export const NO_INFO: ConnectInfo = {
  transport: "test",
  uri: new URL("http://localhost/socket/websocket"),
  peerData: undefined,
  userAgent: undefined,
  xHeaders: new Map(),
  traceContextHeaders: new Map(),
  secWebSocketHeaders: new Map(),
  authToken: undefined,
  session: undefined,
};

/** A connection that remembers. */
export class FakeConnection implements Connection {
  readonly transport = "test";
  readonly bufferedBytes = 0;
  readonly sent: Frame[] = [];
  closedWith: { code: number; options: CloseOptions | undefined } | undefined;

  send(frame: Frame): void {
    if (!this.closedWith) this.sent.push(frame);
  }

  close(code: number, options?: CloseOptions): void {
    this.closedWith ??= { code, options };
  }
}

/** Lets microtasks and the scheduler run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

/** A server with one kind of socket, and clients that are connected to it. */
export class FakeServer<A extends object> implements Disposable {
  readonly pubsub = new PubSub();
  readonly channels = new ProcessGroup();
  readonly #driver: ChannelDriver<A>;
  readonly #clients: FakeClient[] = [];

  constructor(socket: Socket<A>) {
    this.#driver = new ChannelDriver(socket, this.pubsub, this.channels);
  }

  /** Connects a client of protocol V2, or of another. */
  async connect(params: Record<string, string> = {}): Promise<FakeClient> {
    const result = await this.#driver.connect({ vsn: "2.0.0", ...params }, NO_INFO);
    if (result.next !== "ok") throw new Error(`Cannot connect: ${JSON.stringify(result)}`);
    const connection = new FakeConnection();
    const client = new FakeClient(connection, result.value.open(connection));
    this.#clients.push(client);
    return client;
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.hangUp();
  }
}

/** A client that speaks V2 in arrays. */
export class FakeClient {
  readonly connection: FakeConnection;
  readonly #session: SocketSession;

  constructor(connection: FakeConnection, session: SocketSession) {
    this.connection = connection;
    this.#session = session;
  }

  /** Sends a message and lets the server deal with it. */
  async send(...message: unknown[]): Promise<void> {
    this.receive(JSON.stringify(message));
    await settle();
  }

  /** Sends a frame as it is. */
  receive(frame: Frame): void {
    void this.#session.handleIn(frame);
  }

  /** Joins a topic with join ref `"1"`, and forgets the reply. */
  async join(topic: string, params: unknown = {}): Promise<void> {
    await this.send("1", "1", topic, "phx_join", params);
    this.take();
  }

  /** What came since the last time, decoded. */
  take(): unknown[] {
    return this.connection.sent.splice(0).map((frame) => typeof frame === "string" ? JSON.parse(frame) : frame);
  }

  /** Ends the connection. */
  hangUp(reason: ExitReason = { shutdown: "peer_closed" }): void {
    void this.#session.close(reason);
  }
}

export { Broadcast };
