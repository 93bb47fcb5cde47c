import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import type { TypedSocket } from "@urvogel/realtime/client";
import type { Message, Person } from "../../examples/chat/contract.ts";
import type { ChatSocket } from "../../examples/chat/endpoint.ts";
import { answerOf, CLIENT_VERSIONS, Inbox, loadSocketClass } from "../support/phoenix_client.ts";
import { commandOf, Program } from "../support/program.ts";

const [newest] = CLIENT_VERSIONS as [typeof CLIENT_VERSIONS[0]];
const COMMAND = await commandOf("examples/chat/README.md");
const PhoenixSocketClass = await loadSocketClass(newest);
// The client leaves timers of its own behind when it disconnects.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

type Metas = Record<string, { readonly metas: readonly { readonly [field: string]: unknown }[] }>;

interface People {
  readonly joins: Metas;
  readonly leaves: Metas;
}

/** The chat, and clients that are gone when the test is over. */
class Chat implements AsyncDisposable {
  readonly #program = new Program(COMMAND, { PORT: "0" });
  readonly #sockets: TypedSocket<ChatSocket>[] = [];

  async url(): Promise<string> {
    return (await this.#program.prints(/open (http:\S+)/))[1]!;
  }

  async connect(params: object): Promise<TypedSocket<ChatSocket>> {
    const url = `${(await this.url()).replace("http", "ws")}/socket`;
    const options = { params, transport: WebSocket, reconnectAfterMs: () => 60_000 };
    const socket = new PhoenixSocketClass(url, options) as TypedSocket<ChatSocket>;
    this.#sockets.push(socket);
    socket.connect();
    return socket;
  }

  /** Joins a room, and collects what it says. */
  async join(name: string, room: `room:${string}` = "room:lobby", secret?: string) {
    const params = secret === undefined ? { name } : { name, secret };
    const channel = (await this.connect(params)).channel(room, { since: "last:50" });
    const heard = {
      missed: new Inbox<number | undefined>(),
      state: new Inbox<string[]>(),
      people: new Inbox<People>(),
      message: new Inbox<Message>(),
    };
    channel.on("presence_state", (people) => heard.state.put(namesIn(people)));
    channel.on("history_state", ({ missed }) => heard.missed.put(missed));
    channel.on("presence_diff", heard.people.put);
    channel.on("message", heard.message.put);
    const answer = await answerOf(channel.join());
    return { channel, answer, ...heard };
  }

  end(signal: Deno.Signal): Promise<Deno.CommandStatus> {
    return this.#program.end(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.disconnect();
    await this.#program[Symbol.asyncDispose]();
  }
}

function namesIn(people: Metas): string[] {
  return Object.values(people).flatMap(({ metas }) => metas.map(({ name }) => `${name}`)).sort();
}

function namesOf({ joins, leaves }: People) {
  return { came: namesIn(joins), left: namesIn(leaves) };
}

/** Who has joined, as the room sees it. */
function you({ status, response }: { status: string; response: unknown }): Person {
  assertEquals(status, "ok");
  return (response as { you: Person }).you;
}

Deno.test("chat serves its page, and nothing else", async () => {
  await using chat = new Chat();
  const url = await chat.url();
  const files: [string, RegExp, RegExp][] = [
    ["/", /^text\/html/, /<script type="module" src="\/page\/app.ts">/],
    ["/page/app.ts", /^text\/javascript/, /import\("\/phoenix.js" *\)/],
    ["/names.ts", /^text\/javascript/, /export function isRoom\(value *\)/],
    ["/phoenix.js", /^text\/javascript/, /heartbeatIntervalMs/],
    ["/style.css", /^text\/css/, /prefers-color-scheme/],
    ["/icon.svg", /^image\/svg\+xml/, /^<svg/],
  ];
  for (const [path, type, content] of files) {
    const response = await fetch(url + path);
    assertEquals(response.status, 200, path);
    assertMatch(response.headers.get("content-type") ?? "", type);
    assertMatch(response.headers.get("content-security-policy") ?? "", /default-src 'self'/);
    assertMatch(await response.text(), content);
  }
  for (const path of ["/main.ts", "/contract.ts", "/page/", "/../deno.json"]) {
    const response = await fetch(url + path);
    await response.body?.cancel();
    assertEquals(response.status, 404, path);
  }
});

Deno.test("chat tells a room who is here and what was said", sanitize, async () => {
  await using chat = new Chat();
  const ann = await chat.join("ann");
  const { id } = you(ann.answer);
  assertEquals(ann.answer, { status: "ok", response: { you: { id, name: "ann" } } });
  assertEquals(namesOf(await ann.people.next()), { came: ["ann"], left: [] });
  assertEquals(await ann.missed.next(), 0);
  assertEquals((await answerOf(ann.channel.push("say", { text: " hello ", tag: "1" }))).status, "ok");
  const said = await ann.message.next();
  assertEquals({ ...said, at: 0 }, { at: 0, from: { id, name: "ann" }, text: "hello", tag: "1" });

  const bob = await chat.join("bob");
  assertEquals([await bob.missed.next(), await bob.message.next()], [1, said]);
  assertEquals(await bob.state.next(), ["ann", "bob"]);
  for (const { people } of [ann, bob]) assertEquals(namesOf(await people.next()), { came: ["bob"], left: [] });
  for (let i = 0; i < 60; i++) bob.channel.push("say", { text: `${i}` });
  const heard: Message[] = [];
  while (heard.length < 60) heard.push(await ann.message.next());
  assertEquals(heard.map(({ text }) => text), Array.from({ length: 60 }, (_, i) => `${i}`));

  const late = await chat.join("cleo");
  assertEquals(await late.missed.next(), 50);
  for (const message of heard.slice(-50)) assertEquals(await late.message.next(), message);
  bob.channel.leave();
  const changes = [await ann.people.next(), await ann.people.next()];
  assertEquals(changes.map(namesOf), [{ came: ["cleo"], left: [] }, { came: [], left: ["bob"] }]);
});

Deno.test("chat says once what somebody says again with the same tag", sanitize, async () => {
  await using chat = new Chat();
  const [ann, bob] = [await chat.join("ann"), await chat.join("bob")];
  for (const { channel } of [ann, ann, bob]) {
    assertEquals((await answerOf(channel.push("say", { text: "hello", tag: "1" }))).status, "ok");
  }
  const heard = [await ann.message.next(), await ann.message.next()];
  assertEquals(heard.map(({ from }) => from.name), ["ann", "bob"]);
  for (let i = 0; i < 2; i++) await answerOf(ann.channel.push("say", { text: "untagged" }));
  assertEquals([await bob.message.next(), await bob.message.next()], heard);
  for (let i = 0; i < 2; i++) assertEquals((await bob.message.next()).text, "untagged");
});

Deno.test("chat knows a person again by a secret, and never by the name", sanitize, async () => {
  await using chat = new Chat();
  const secret = "what only the page of ann knows";
  const [ann, again, other, short, ...nameless] = await Promise.all([
    chat.join("ann", "room:lobby", secret),
    chat.join("anna", "room:help", secret),
    chat.join("ann", "room:lobby", `${secret}!`),
    chat.join("ann", "room:lobby", "guessable"),
    chat.join("ann", "room:lobby", "guessable"),
    chat.join("ann"),
    chat.join("ann"),
  ]);
  const { id } = you(ann.answer);
  assertEquals(you(again.answer), { id, name: "anna" });
  const others = [other, short, ...nameless].map(({ answer }) => you(answer).id);
  assertEquals(new Set([id, ...others]).size, 6);
  const posing = await chat.join("ann", "room:lobby", id); // everybody knows the id
  assertNotEquals(you(posing.answer).id, id);
});

Deno.test("chat refuses what is not a name, a room or a message, and goes on", sanitize, async () => {
  await using chat = new Chat();
  for (
    const params of [{}, { name: "" }, { name: " ann" }, { name: "x".repeat(33) }, { name: ["ann"] }, {
      name: "\u200B",
    }, { name: "a\nb" }]
  ) {
    const socket = await chat.connect(params);
    await new Promise<void>((resolve) => socket.onError(() => resolve()));
    assertEquals(socket.isConnected(), false);
    socket.disconnect();
  }
  for (const room of ["room:", "room:a b", `room:${"x".repeat(41)}`] as const) {
    const { answer } = await chat.join("ann", room);
    assertEquals(answer, { status: "error", response: { reason: "no such room" } });
  }
  const { channel, message } = await chat.join("ann");
  const issues = [{ message: "a message has 1 to 2000 characters", path: ["text"] }];
  const refused = { status: "error", response: { reason: "invalid payload", issues } };
  for (const payload of [null, {}, { text: "" }, { text: " " }, { text: 7 }, { text: "x".repeat(2001) }]) {
    assertEquals(await answerOf(channel.push("say", payload as never)), refused);
  }
  const tagged = channel.push("say", { text: "hello", tag: { not: "a text" } as never });
  assertEquals((await answerOf(tagged)).status, "error");
  channel.push("say", { text: "x".repeat(2000) });
  assertEquals((await message.next()).tag, "");
});

Deno.test({
  name: "chat ends cleanly on SIGTERM, with clients connected",
  ...sanitize,
  ignore: Deno.build.os === "windows", // has no SIGTERM
  async fn() {
    await using chat = new Chat();
    const closed = new Inbox<unknown>();
    const socket = await chat.connect({ name: "ann" });
    socket.onClose(() => closed.put("closed"));
    await answerOf(socket.channel("room:lobby").join());
    const response = await fetch(await chat.url()); // a connection that is kept alive must not hold it up
    await response.text();
    const { code, signal } = await chat.end("SIGTERM");
    assertEquals({ code, signal }, { code: 0, signal: null });
    await closed.next();
  },
});
