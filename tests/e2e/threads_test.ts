/**
 * `deno serve --parallel` with `threadsAdapter()`: clients on different threads are in the same rooms.
 */

import { assertEquals } from "@std/assert";
import {
  answerOf,
  CLIENT_VERSIONS,
  loadLongPoll,
  loadPresenceClass,
  loadSocketClass,
  type PhoenixChannel,
} from "../support/phoenix_client.ts";
import { Program } from "../support/program.ts";
import { until } from "../support/until.ts";

const [client] = CLIENT_VERSIONS;
const SocketClass = await loadSocketClass(client!);
const PresenceClass = await loadPresenceClass(client!);

const COMMAND = "deno serve --parallel -A --port 0 --host 127.0.0.1 tests/fixtures/phoenix_app.ts";
const ENV = { ADAPTER: "threads", DENO_JOBS: "3" };
/** So many clients that they are all on one of three threads once in 177,147 runs. */
const CLIENTS = 12;

// The client leaves timers of its own behind when it disconnects. Elsewhere the kernel gives all connections to one thread.
const parallel = { sanitizeOps: false, sanitizeResources: false, ignore: Deno.build.os !== "linux" };

/** A person in a room. */
class Person implements Disposable {
  readonly name: string;
  readonly channel: PhoenixChannel;
  readonly heard: unknown[] = [];
  readonly #socket;
  readonly #presence;
  #closed = 0;

  constructor(authority: string, name: string) {
    this.name = name;
    this.#socket = new SocketClass(`ws://${authority}/socket`, { transport: WebSocket, params: { user: name } });
    this.#socket.onClose(() => this.#closed++);
    this.#socket.connect();
    this.channel = this.#socket.channel("room:lobby", { presence: true });
    this.#presence = new PresenceClass(this.channel);
    this.channel.on("shout", (payload) => this.heard.push((payload as { n: unknown }).n));
  }

  /** How often the connection was closed. */
  readonly closed = (): number => this.#closed;

  async join(): Promise<void> {
    assertEquals((await answerOf(this.channel.join())).status, "ok");
  }

  /** The people that it sees. */
  get sees(): string[] {
    return this.#presence.list((name) => name).sort();
  }

  [Symbol.dispose](): void {
    this.#socket.disconnect();
  }
}

/** A program on three threads, and people in its room. */
async function setUp() {
  await using resources = new AsyncDisposableStack();
  const program = resources.use(new Program(COMMAND, ENV));
  const [, authority = ""] = await program.prints(/http:\/\/(\S+:\d+)/);
  const people = Array.from({ length: CLIENTS }, (_, n) => resources.use(new Person(authority, `person${10 + n}`)));
  await Promise.all(people.map((person) => person.join()));
  const kept = resources.move();
  return { program, people, names: people.map(({ name }) => name), [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

Deno.test("people on different threads see each other's messages, presence and ends", parallel, async () => {
  await using room = await setUp();
  const { people, names } = room;
  for (const person of people) await until(() => `${person.sees}` === `${names}`, () => `${person.sees} are all`);

  for (const { name, channel } of people) channel.push("shout", { n: name });
  for (const { heard } of people) await until(() => heard.length === CLIENTS, "all messages arrived");
  for (const { heard } of people) assertEquals(heard.toSorted(), names);

  const [gone, ...others] = people;
  for (const { name: user } of others) gone!.channel.push("disconnect_all", { user });
  for (const { name, closed } of others) await until(() => closed() > 0, `${name} was disconnected`);
  await until(() => `${gone!.sees}` === `${names}`, () => `${gone!.sees} are all again`);
  gone![Symbol.dispose]();
  const left = names.slice(1);
  for (const person of others) await until(() => `${person.sees}` === `${left}`, () => `${person.sees} are ${left}`);
});

Deno.test(
  "2,000 messages of one client arrive on all threads, once and in order; SIGTERM ends them",
  parallel,
  async () => {
    await using room = await setUp();
    const { people, program } = room;
    const [sender] = people;
    for (let first = 0; first < 2_000; first += 100) {
      const pushes = Array.from({ length: 100 }, (_, n) => sender!.channel.push("shout_ack", { n: first + n }));
      await Promise.all(pushes.map(answerOf));
    }
    const all = Array.from({ length: 2_000 }, (_, n) => n);
    for (const { heard } of people) await until(() => heard.length >= all.length, "all messages arrived");
    for (const { heard } of people) assertEquals(heard, all);
    assertEquals((await program.end("SIGTERM")).code, 0);
  },
);

Deno.test("long polls reach their session, whichever thread the kernel gives them to", parallel, async () => {
  await using program = new Program(COMMAND, ENV);
  const [, authority = ""] = await program.prints(/http:\/\/(\S+:\d+)/);
  const LongPoll = await loadLongPoll(client!);
  using sockets = new DisposableStack();
  const joins = Array.from({ length: CLIENTS }, async (_, n) => {
    const socket = new SocketClass(`http://${authority}/socket`, { transport: LongPoll, params: { user: `poll${n}` } });
    sockets.defer(() => socket.disconnect());
    socket.connect();
    const channel = socket.channel("room:polls");
    const heard: number[] = [];
    channel.on("shout", (payload) => heard.push((payload as { n: number }).n));
    assertEquals((await answerOf(channel.join())).status, "ok");
    return { channel, heard };
  });
  const people = await Promise.all(joins);
  const isFrom = (sender: number) => (n: number) => n % CLIENTS === sender;
  const all = Array.from({ length: 50 }, (_, n) => n);
  for (const n of all) {
    assertEquals((await answerOf(people[n % CLIENTS]!.channel.push("shout_ack", { n }))).status, "ok");
  }
  for (const { heard } of people) await until(() => heard.length >= all.length, "all messages arrived");
  for (const { heard } of people) { // those of one sender in order: the order of threads is not that of their clients
    for (let n = 0; n < CLIENTS; n++) assertEquals(heard.filter(isFrom(n)), all.filter(isFrom(n)));
  }
  sockets.dispose();
  assertEquals((await program.end("SIGTERM")).code, 0);
});
