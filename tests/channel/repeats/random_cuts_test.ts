/**
 * Pushes with keys across random cuts: whatever is cut, closed late or killed, each push is handled once, in the order of
 * its client, and gets a reply.
 */

import { assertEquals } from "@std/assert";
import { Channel, noreply, ok, reply, Socket, type SocketRef } from "@urvogel/realtime";
import { nextTurn } from "../../../lib/base/pause.ts";
import { Random } from "../../soak/random.ts";
import { type FakeClient, FakeServer, settle } from "../../support/fake_client.ts";

const TOPIC = "room:1";
const SEEDS = 50;
const STEPS = 60;

/** One client that is cut off, again and again. */
class Run implements Disposable {
  readonly handled: number[] = [];
  readonly #random: Random;
  readonly #doors: (() => void)[] = [];
  readonly #refs: SocketRef[] = [];
  readonly #server: FakeServer<object>;
  /** Connections that the client has given up, and the server not yet. */
  readonly #lost: FakeClient[] = [];
  readonly #unanswered = new Set<number>();
  #client!: FakeClient;
  #pushes = 0;
  #attempts = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#server = new FakeServer(this.#socket());
  }

  get pushes(): number[] {
    return Array.from({ length: this.#pushes }, (_, n) => n + 1);
  }

  get unanswered(): number[] {
    return [...this.#unanswered];
  }

  async go(): Promise<void> {
    await this.#connect();
    for (let step = 0; step < STEPS; step++) {
      await this.#step(this.#random.next());
      if (this.#random.next() < 0.5) await this.#turn();
      this.#read();
    }
    for (let left = 4 * STEPS; left > 0 && this.#unanswered.size > 0; left--) {
      this.#goOn();
      this.#lost.shift()?.hangUp();
      await this.#turn();
      this.#read();
    }
  }

  [Symbol.dispose](): void {
    this.#server[Symbol.dispose]();
  }

  async #step(choice: number): Promise<void> {
    if (choice < 0.5) this.#push();
    else if (choice < 0.75) this.#goOn();
    else if (choice < 0.85) await this.#cut();
    else if (choice < 0.9) this.#lost.shift()?.hangUp();
    else if (choice < 0.93 && this.#server.channels.size > 1) [...this.#server.channels][0]!.exit("kill");
  }

  #push(): void {
    this.#unanswered.add(++this.#pushes);
    this.#send(this.#pushes);
  }

  /** Lets a handler go on, or a reply be sent that was kept for later. */
  #goOn(): void {
    this.#doors.shift()?.();
    this.#refs.shift()?.reply();
  }

  async #cut(): Promise<void> {
    this.#read();
    if (this.#random.next() < 0.5) this.#client.hangUp();
    else this.#lost.push(this.#client);
    await this.#connect();
    for (const n of this.#unanswered) this.#send(n);
  }

  async #connect(): Promise<void> {
    this.#client = await this.#server.connect();
    await this.#client.join(TOPIC);
    await this.#turn();
    this.#client.take();
  }

  #send(n: number): void {
    this.#client.receive(JSON.stringify(["1", `${++this.#attempts}~page.${n}`, TOPIC, "say", { n }]));
  }

  #read(): void {
    for (const [, ref] of this.#client.take() as [unknown, string][]) {
      this.#unanswered.delete(Number(ref.split(".")[1]));
    }
  }

  async #turn(): Promise<void> {
    await settle();
    await nextTurn(); // the scheduler has a budget for each
    await settle();
  }

  #socket(): Socket<object> {
    const { handled } = this;
    const [doors, refs] = [this.#doors, this.#refs];
    class RoomChannel extends Channel {
      override join() {
        return ok();
      }
      override handleIn = this.handlers({
        say: (payload, _socket, push) => {
          const { n } = payload as { n: number };
          handled.push(n);
          if (n % 4 === 0) return reply();
          if (n % 4 !== 3) return new Promise<void>((resolve) => doors.push(resolve)).then(() => reply());
          refs.push(push.socketRef());
          return noreply();
        },
      });
    }
    return new (class extends Socket<object> {
      override channels = { "room:*": RoomChannel };
      override connect() {
        return ok();
      }
    })();
  }
}

Deno.test("pushes are handled once and in their order, whatever is cut", async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    using run = new Run(seed);
    await run.go();
    assertEquals(run.handled, run.pushes, `seed ${seed}`);
    assertEquals(run.unanswered, [], `seed ${seed}`);
  }
});
