/**
 * y-phoenix-channel as it comes from npm, with phoenix.js, against `examples/yjs`.
 */

import { assertEquals } from "@std/assert";
// Before y-phoenix-channel, which asks for "^1.0.6-1" of it: the newest of these does not export what it imports.
import "npm:@y/protocols@1.0.6-1/sync.js";
import { PhoenixChannelProvider } from "npm:y-phoenix-channel@0.1.1";
import { Doc } from "npm:yjs@13.6.27";
import { answerOf, CLIENT_VERSIONS, loadSocketClass, type PhoenixSocket } from "../support/phoenix_client.ts";
import { commandOf, Program } from "../support/program.ts";
import { until } from "../support/until.ts";

const COMMAND = await commandOf("examples/yjs/README.md");
const PhoenixSocketClass = await loadSocketClass(CLIENT_VERSIONS[0]!);
// The client leaves timers of its own behind when it disconnects.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

/** The server, and writers who are gone when the test is over. */
class Writers implements AsyncDisposable {
  readonly #program = new Program(COMMAND, { PORT: "0" });
  readonly #sockets: PhoenixSocket[] = [];
  readonly #providers: PhoenixChannelProvider[] = [];

  async connect(): Promise<PhoenixSocket> {
    const [, url = ""] = await this.#program.prints(/connect to (ws:\S+)/);
    const socket = new PhoenixSocketClass(url, { transport: WebSocket, rejoinAfterMs: () => 10 });
    this.#sockets.push(socket);
    socket.connect();
    return socket;
  }

  /** Opens a document. */
  async open(room: string, doc = new Doc()) {
    // `disableBc`: or they would find each other within this process.
    const provider = new PhoenixChannelProvider(await this.connect() as never, room, doc, { disableBc: true });
    this.#providers.push(provider);
    await until(() => provider.synced, "the document is synced");
    return { doc, text: doc.getText(), provider };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const provider of this.#providers) provider.destroy();
    for (const socket of this.#sockets) socket.disconnect();
    await this.#program[Symbol.asyncDispose]();
  }
}

Deno.test("y-phoenix-channel shares a document, also with who comes later", sanitize, async () => {
  await using writers = new Writers();
  const ann = await writers.open("y_doc_room:1");
  const bob = await writers.open("y_doc_room:1");
  ann.text.insert(0, "hello");
  await until(() => bob.text.toString() === "hello", "Bob reads what Ann wrote");
  bob.text.insert(5, " world");
  ann.text.insert(0, "> ");
  await until(() => ann.text.toString() === "> hello world", "Ann reads what Bob wrote");
  const eve = await writers.open("y_doc_room:1");
  assertEquals(eve.text.toString(), "> hello world");
});

Deno.test("y-phoenix-channel brings along what was written offline, and shows who is there", sanitize, async () => {
  await using writers = new Writers();
  const offline = new Doc();
  offline.getText().insert(0, "written before");
  const ann = await writers.open("y_doc_room:2");
  const bob = await writers.open("y_doc_room:2", offline);
  await until(() => ann.text.toString() === "written before", "Ann reads what Bob wrote before");
  bob.provider.awareness.setLocalState({ name: "Bob" });
  const names = () =>
    [...ann.provider.awareness.getStates().values()].map((state) => (state as { name?: string }).name);
  await until(() => names().includes("Bob"), "Ann sees Bob");
});

Deno.test("who sends what is not Yjs loses the channel, and nobody else does", sanitize, async () => {
  await using writers = new Writers();
  const ann = await writers.open("y_doc_room:3");
  ann.text.insert(0, "safe");
  for (const payload of [Uint8Array.of(0, 2, 200, 1).buffer, Uint8Array.of(0, 9).buffer, { not: "bytes" }]) {
    const channel = (await writers.connect()).channel("y_doc_room:3");
    const closed = new Promise<void>((resolve) => channel.onClose(resolve));
    await answerOf(channel.join());
    channel.push("yjs", payload);
    await closed;
  }
  const bob = await writers.open("y_doc_room:3");
  assertEquals(bob.text.toString(), "safe");
  assertEquals(ann.provider.synced, true);
});
