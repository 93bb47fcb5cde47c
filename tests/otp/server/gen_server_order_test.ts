import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import {
  GenServer,
  listProcesses,
  type MailboxOptions,
  noreply,
  reply,
  type ServerRef,
  spawn,
} from "@urvogel/realtime";
import { timers } from "../../../lib/base/timer_wheel.ts";

interface Letter {
  readonly from: number;
  readonly nr: number;
  /** How long the handler takes, in microtasks; 0 answers at once. */
  readonly work: number;
}
interface Inbox {
  calls: { write(letter: Letter): string; read(): readonly Letter[] };
  casts: { write(letter: Letter): void };
  info: Letter;
}

class InboxServer extends GenServer<Letter[], Inbox> {
  #working = false;
  override init(_: undefined) {
    return [];
  }
  override handleCall = this.calls({
    write: (letters, letter) => this.#write(letters, letter, (all) => reply(`${letter.from}.${letter.nr}`, all)),
    read: (letters) => reply(letters, letters),
  });
  override handleCast = this.casts({
    write: (letters, letter) => this.#write(letters, letter, (all) => noreply(all)),
  });
  override handleInfo(letters: Letter[], letter: unknown) {
    return this.#write(letters, letter as Letter, (all) => noreply(all));
  }

  #write<R>(letters: Letter[], letter: Letter, result: (letters: Letter[]) => R): R | Promise<R> {
    assertEquals(this.#working, false, "one message at a time");
    if (letter.work === 0) return result([...letters, letter]);
    this.#working = true;
    return work(letter.work).then(() => {
      this.#working = false;
      return result([...letters, letter]);
    });
  }
}

async function work(microtasks: number): Promise<void> {
  for (let i = 0; i < microtasks; i++) await Promise.resolve();
}

/** One thing that a sender does: it waits a little and then sends, in one of three ways. */
interface Move {
  readonly way: "call" | "awaited call" | "cast" | "send" | "deliver";
  readonly pause: number;
  readonly work: number;
}
const move: fc.Arbitrary<Move> = fc.record({
  way: fc.constantFrom("call", "awaited call", "cast", "send", "deliver"),
  pause: fc.nat(3),
  work: fc.nat(3),
});

/** Sends all letters of a sender. Answers which of them were taken. */
async function play(server: ServerRef<Inbox>, from: number, moves: readonly Move[]): Promise<number[]> {
  const taken = new Set<number>();
  const answers: Promise<unknown>[] = [];
  for (const [nr, { way, pause, work: effort }] of moves.entries()) {
    await work(pause);
    const letter = { from, nr, work: effort };
    if (way === "cast" || way === "send") {
      if ((way === "cast" ? server.cast("write", letter) : server.send(letter)) === "sent") taken.add(nr);
      continue;
    }
    const done = way === "deliver" ? server.deliver(letter) : server.call("write", letter);
    answers.push(done.then((answer) => {
      if (answer === "sent" || answer === `${from}.${nr}`) taken.add(nr);
    }, () => {}));
    // One that waits for room may be overtaken by one that does not wait: a sender who cares awaits.
    if (way !== "call") await answers.at(-1);
  }
  await Promise.all(answers);
  return [...taken].sort((a, b) => a - b);
}

const mailboxes: MailboxOptions[] = [{}, { capacity: 2 }, { capacity: 2, overflow: "wait" }];
for (const mailbox of mailboxes) {
  Deno.test(`GenServer keeps each sender's order, one message at a time (${JSON.stringify(mailbox)})`, async () => {
    const before = { timers: timers.size, processes: listProcesses().length };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(move, { maxLength: 8 }), { minLength: 1, maxLength: 5 }), async (senders) => {
        const calm = mailbox.overflow === "wait"
          ? senders.map((moves) =>
            moves.map((move) => move.way === "call" ? { ...move, way: "awaited call" as const } : move)
          )
          : senders;
        const server = await GenServer.start(InboxServer, undefined, { mailbox });
        const taken = await Promise.all(calm.map((moves, from) => play(server, from, moves)));
        let letters: readonly Letter[] = [];
        for (let tries = 0; tries < 100; tries++) { // a full mailbox may refuse this, too
          letters = await server.call("read").catch(() => []);
          if (letters.length >= taken.flat().length) break;
          await work(10);
        }
        for (const [from, nrs] of taken.entries()) {
          assertEquals(letters.filter((letter) => letter.from === from).map(({ nr }) => nr), nrs);
        }
        await server.stop();
      }),
      { numRuns: 100 },
    );
    assertEquals({ timers: timers.size, processes: listProcesses().length }, before);
  });
}

Deno.test("GenServer fails every call that waits, and leaves nothing behind, whenever it is killed", async () => {
  const before = { timers: timers.size, processes: listProcesses().length };
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 12 }), fc.nat(20), async (moves, moment) => {
      const server = await GenServer.start(InboxServer, undefined, { mailbox: { capacity: 3, overflow: "wait" } });
      const clients = moves.map((move, i) => play(server, i, [move]));
      const watcher = spawn((_mailbox, self) => void self.monitor(server));
      await work(moment);
      server.exit("kill");
      await Promise.all(clients); // none of them hangs
      assertEquals(server.alive, false);
      watcher.exit("kill");
    }),
    { numRuns: 100 },
  );
  assertEquals({ timers: timers.size, processes: listProcesses().length }, before);
});
