/**
 * Clients without a network, for tests of what is below the test kit: one turn of the server at a time, any version of
 * the protocol, any end of the connection. The wire is the kit's.
 *
 * @module
 */

import { Broadcast, type ExitReason, type Frame, PubSub, type Socket } from "@urvogel/realtime";
import { ChannelDriver, type DriverOptions } from "../../lib/channel/channel_driver.ts";
import { SocketTree } from "../../lib/channel/socket_tree.ts";
import type { CloseOptions, Connection } from "../../lib/transport/connection.ts";
import type { AcceptedSocket } from "../../lib/transport/socket_driver.ts";
import { driverFailed } from "../../lib/transport/telemetry.ts";
import { NO_INFO } from "../../lib/testing/_no_info.ts";
import { LocalWire } from "../../lib/testing/wire.ts";

export { NO_INFO };

/** A connection that remembers. */
export class FakeConnection implements Connection {
  readonly transport = "test";
  bufferedBytes = 0;
  maxBufferedBytes = Infinity;
  readonly sent: Frame[] = [];
  closedWith: { code: number; options: CloseOptions | undefined } | undefined;

  send(frame: Frame): void {
    if (!this.closedWith) this.sent.push(frame);
  }

  close(code: number, options?: CloseOptions): void {
    this.closedWith ??= { code, options };
  }

  reportFailure(thrown: unknown): Error {
    return driverFailed(thrown, { connection: this });
  }
}

/** Lets microtasks and the scheduler run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

/** A server with one kind of socket, and clients that are connected to it. */
export class FakeServer<A extends object> implements Disposable {
  readonly pubsub: PubSub;
  readonly tree = new SocketTree();
  readonly #driver: ChannelDriver<A>;
  readonly #clients: FakeClient[] = [];

  constructor(socket: Socket<A>, pubsub: PubSub = new PubSub(), options: DriverOptions = {}) {
    this.pubsub = pubsub;
    this.#driver = new ChannelDriver(socket, this.pubsub, this.tree, options);
  }

  /** Its channels. */
  get channels(): SocketTree["channels"] {
    return this.tree.channels;
  }

  /** Connects a client of protocol V2, or of another. */
  async connect(params: Record<string, string> = {}): Promise<FakeClient> {
    const result = await this.#driver.connect({ vsn: "2.0.0", ...params }, NO_INFO);
    if (result.next !== "ok") throw new Error(`Cannot connect: ${JSON.stringify(result)}`);
    const client = new FakeClient(result.value);
    this.#clients.push(client);
    return client;
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.hangUp();
    this.tree.end();
  }
}

/** A client that speaks V2 in arrays, over the wire of the test kit. */
export class FakeClient {
  /** What the server said. */
  readonly connection: Pick<FakeConnection, "sent" | "closedWith"> = { sent: [], closedWith: undefined };
  readonly #wire: LocalWire;

  constructor(accepted: AcceptedSocket) {
    const { connection } = this;
    this.#wire = new LocalWire(accepted, {
      onFrame: (frame) => void connection.sent.push(frame),
      onClose: ({ code, text }, reason) => {
        connection.closedWith = { code, options: { ...(text !== "" && { text }), ...(reason && { reason }) } };
      },
    });
  }

  /** Sends a message and lets the server deal with it. */
  async send(...message: unknown[]): Promise<void> {
    this.receive(JSON.stringify(message));
    await settle();
  }

  /** Sends a frame as it is. */
  receive(frame: Frame): void {
    this.#wire.send(frame);
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
  hangUp(reason?: ExitReason): void {
    void this.#wire.close(reason);
  }
}

export { Broadcast };
