/**
 * The steady group: people who chat while all around them come, go and misbehave. They must lose nothing.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { askOften, LongPollClient } from "./long_poll_client.ts";
import { SoakClient, type Talker } from "./soak_client.ts";

const TOPIC = "room:steady";
const PAUSE_MS = 100;
/** Every third member polls. */
const POLLS_EVERY = 3;
/** How long the last messages may take. */
const PATIENCE_MS = 15_000;

/** One member: says numbers, and checks that it hears all numbers of all members, each once and in order. */
class Member {
  /** How many it has said. */
  said = 0;
  /** How many of these were answered. */
  answered = 0;
  /** How many it has heard of each member. */
  readonly heard: number[];
  readonly #client: Talker;
  readonly #index: number;
  readonly #report: (fault: string) => void;

  constructor(client: Talker, index: number, size: number, report: (fault: string) => void) {
    this.#client = client;
    this.#index = index;
    this.#report = (fault) => report(`member ${index} of the steady group ${fault}`);
    this.heard = Array(size).fill(0);
  }

  /** Joins. */
  async join(): Promise<void> {
    await this.#client.send("1", "1", TOPIC, "phx_join", {});
    const answer = JSON.stringify(await this.#client.next());
    if (!answer.includes('"status":"ok"')) throw new Error(`Cannot begin: the steady group got ${answer}`);
  }

  /** Says the next number. */
  async say(): Promise<void> {
    await this.#client.send("1", `${this.said}`, TOPIC, "say", { from: this.#index, number: this.said });
    this.said++;
  }

  /** Receives messages until the connection ends. */
  async listen(isOver: () => boolean): Promise<void> {
    while (true) {
      const received = await this.#client.next();
      if (received.kind === "message") this.#hear(received.message);
      else if (isOver()) return;
      else return this.#report(`lost its connection: ${JSON.stringify(received)}`);
    }
  }

  /** Leaves. */
  drop(): void {
    this.#client.drop();
  }

  #hear([, ref, , event, payload]: readonly unknown[]): void {
    if (event === "phx_reply") return this.#countAnswer(ref, payload as { status: string });
    if (event !== "said") return this.#report(`heard ${event}`);
    const { from, number } = payload as { from: number; number: number };
    const expected = this.heard[from];
    if (number !== expected) this.#report(`heard number ${number} of member ${from} where ${expected} was due`);
    this.heard[from] = number + 1;
  }

  #countAnswer(ref: unknown, { status }: { status: string }): void {
    if (ref !== `${this.answered}` || status !== "ok") this.#report(`got answer ${ref} ${status}`);
    this.answered++;
  }
}

/** A group that chats. */
export class SteadyGroup {
  readonly #members: Member[] = [];
  readonly #faults: string[] = [];
  readonly #listening: Promise<void>[] = [];
  #phase: "chatting" | "finishing" | "over" = "chatting";
  #chatting: Promise<unknown> = Promise.resolve();

  /** What went wrong. Must stay empty. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** How many of its members poll. */
  get pollers(): number {
    return Math.floor(this.#members.length / POLLS_EVERY);
  }

  /** How many messages its members have heard. */
  get heard(): number {
    return this.#members.reduce((sum, { heard }) => sum + heard.reduce((sum, count) => sum + count, 0), 0);
  }

  /** Gathers `size` members, and lets them begin. */
  static async start(port: number, size: number): Promise<SteadyGroup> {
    const group = new SteadyGroup();
    const report = (fault: string) => void group.#faults.push(fault);
    for (let i = 0; i < size; i++) {
      const polls = i % POLLS_EVERY === POLLS_EVERY - 1;
      const client = polls ? await LongPollClient.open(port, askOften) : await SoakClient.connect(port);
      const member = new Member(client, i, size, report);
      await member.join();
      group.#members.push(member);
    }
    for (const member of group.#members) {
      group.#listening.push(member.listen(() => group.#phase === "over").catch((error) => report(`failed: ${error}`)));
    }
    group.#chatting = Promise.all(group.#members.map((member) => group.#chat(member)));
    return group;
  }

  /** Lets all say their last word, waits until all have heard it, and ends. */
  async finish(): Promise<void> {
    this.#phase = "finishing";
    await this.#chatting;
    const end = performance.now() + PATIENCE_MS;
    while (!this.#isComplete() && performance.now() < end) await delay(20);
    if (!this.#isComplete()) this.#faults.push("the steady group has not heard all that was said");
    this.#phase = "over";
    for (const member of this.#members) member.drop();
    await Promise.all(this.#listening);
  }

  async #chat(member: Member): Promise<void> {
    while (this.#phase === "chatting") {
      await member.say();
      await delay(PAUSE_MS);
    }
  }

  #isComplete(): boolean {
    return this.#members.every(({ said, answered, heard }) =>
      answered === said && heard.every((count, from) => count === this.#members[from]!.said)
    );
  }
}
