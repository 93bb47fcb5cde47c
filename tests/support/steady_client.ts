/**
 * A client that does what a client should, without a pause, while others make trouble.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { RawClient } from "./raw_client.ts";

const TOPIC = "room:steady";

/** Echoes and broadcasts in turn, and insists on each answer. */
export class SteadyClient implements AsyncDisposable {
  readonly #client: RawClient;
  #round = 0;
  #stopped = false;
  #served: Promise<void> = Promise.resolve();

  private constructor(client: RawClient) {
    this.#client = client;
  }

  /** Connects to the server at `port`, joins, and begins. */
  static async start(port: number): Promise<SteadyClient> {
    const client = await RawClient.connect({ port, path: "/steady/websocket?vsn=2.0.0" });
    const steady = new SteadyClient(client);
    await steady.#ask("phx_join", {});
    steady.#served = steady.#serve();
    steady.#served.catch(() => {}); // for `stop` to throw
    return steady;
  }

  /** Waits for two more rounds. */
  async checkIn(): Promise<void> {
    const goal = this.#round + 2;
    while (this.#round < goal) {
      const failed = this.#served.then(() => {});
      await Promise.race([new Promise((resolve) => setTimeout(resolve, 1)), failed]);
    }
  }

  /** Ends after the round under way. @throws {Error} If the server failed it at any time. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#served;
  }

  /** Ends at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#client[Symbol.asyncDispose]();
    await this.#served.catch(() => {});
  }

  async #serve(): Promise<void> {
    while (!this.#stopped) {
      await this.#ask("echo", { round: this.#round });
      await this.#ask("shout", { round: this.#round });
      this.#round++;
      await new Promise((resolve) => setTimeout(resolve, 1)); // leaves the processor to the others
    }
  }

  async #ask(event: string, payload: object): Promise<void> {
    const ref = `${this.#round}`;
    await this.#client.sendText(JSON.stringify(["s", ref, TOPIC, event, payload]));
    const response = event === "echo" ? payload : {};
    if (event === "shout") await this.#expect([null, null, TOPIC, "shout", payload]);
    await this.#expect(["s", ref, TOPIC, "phx_reply", { status: "ok", response }]);
  }

  async #expect(message: unknown[]): Promise<void> {
    const incoming = await this.#client.recv(5000);
    assertEquals(incoming?.kind, "text", `the steady client expected a message, received ${JSON.stringify(incoming)}`);
    if (incoming?.kind === "text") assertEquals(JSON.parse(incoming.text), message);
  }
}
