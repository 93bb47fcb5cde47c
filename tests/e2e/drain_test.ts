/**
 * Servers that go while clients are connected, and the clients that come to the next: real programs, real signals,
 * real phoenix.js.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  answerOf,
  CLIENT_VERSIONS,
  type ClientVersion,
  Inbox,
  loadLongPoll,
  loadSocketClass,
  type PhoenixSocket,
} from "../support/phoenix_client.ts";
import { Program } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { onTransports, type TransportUnderTest } from "../support/transports.ts";

const posix = { ignore: Deno.build.os === "windows" }; // which has no SIGTERM
// The client leaves timers and requests of its own behind when it disconnects.
const sanitize = { sanitizeOps: false, sanitizeResources: false };
const [newest] = CLIENT_VERSIONS as [ClientVersion];
const APP = "tests/fixtures/drain_app.ts";

/** The app as a program, on a port of its own or on `port`. */
class Server implements AsyncDisposable {
  readonly #program: Program;

  constructor({ name }: TransportUnderTest, env: Record<string, string> = {}, port = 0) {
    this.#program = new Program(`deno run -A ${APP}`, { PORT: String(port), TRANSPORT: name, ...env });
  }

  async port(): Promise<number> {
    return Number((await this.#program.prints(/listening on (\d+)/))[1]);
  }

  /** Sends SIGTERM and waits for the end. */
  async end(): Promise<{ code: number; terminated: string[] }> {
    const { code } = await this.#program.end("SIGTERM");
    const { stdout } = await this.#program.output();
    return { code, terminated: [...stdout.matchAll(/^terminated (.*)$/gm)].map(([, reason]) => reason!) };
  }

  signal(signal: Deno.Signal): Promise<Deno.CommandStatus> {
    return this.#program.end(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}

/** A client in two rooms, that tells which program it has joined them at. */
async function member(options: object, client: ClientVersion = newest) {
  const PhoenixSocketClass = await loadSocketClass(client);
  const { url, ...rest } = options as { url: string };
  const socket: PhoenixSocket = new PhoenixSocketClass(url, { rejoinAfterMs: () => 10, ...rest });
  socket.connect();
  const joins = new Inbox<number>();
  const rooms = ["room:a", "room:b"].map((topic) => socket.channel(topic));
  for (const room of rooms) room.join().receive("ok", (response) => joins.put((response as { pid: number }).pid));
  const pids = [await joins.next(), await joins.next()];
  return { socket, joins, rooms, pid: pids[0]! };
}

// These come first: what clients leave behind would count as theirs.

onTransports("A server that drains closes sockets without channels too, with 1012", posix, async (transport) => {
  await using server = new Server(transport);
  await using client = await RawClient.connect({ port: await server.port(), path: "/raw/websocket" });
  const end = server.end();
  assertEquals(await client.recv(), { kind: "close", code: 1012, reason: "" });
  await client.sendClose(1012);
  assertEquals((await end).code, 0);
});

onTransports("A second signal exits at once, with its own code", posix, async (transport) => {
  await using server = new Server(transport, { STUCK: "yes" });
  const port = await server.port();
  await using client = await RawClient.connect({ port, path: "/raw/websocket" });
  const end = server.signal("SIGTERM");
  assertEquals((await client.recv())?.kind, "close"); // the first has been heard
  assertEquals((await server.signal("SIGINT")).code, 130);
  await end;
});

const ways: [name: string, client: ClientVersion][] = [
  ...CLIENT_VERSIONS.map((client): [string, ClientVersion] => ["WebSocket", client]),
  ["LongPoll", newest],
];
for (const [way, client] of ways) {
  const name = `phoenix ${client.version} comes to the next server over ${way}, with its channels, on SIGTERM`;
  onTransports(name, { ...posix, ...sanitize }, (server) => moveToTheNextServer(server, way === "LongPoll", client));
}

async function moveToTheNextServer(
  transport: TransportUnderTest,
  isLongPoll: boolean,
  client: ClientVersion,
): Promise<void> {
  const LongPoll = await loadLongPoll(newest);
  await using first = new Server(transport);
  const port = await first.port();
  const url = `${isLongPoll ? "http" : "ws"}://127.0.0.1:${port}/socket`;
  const options = { url, transport: isLongPoll ? LongPoll : WebSocket, reconnectAfterMs: () => 20 };
  const { socket, joins, rooms, pid } = await member(options, client);
  try {
    const { code, terminated } = await first.end();
    const restart = '{"shutdown":"restart"}';
    assertEquals({ code, terminated }, { code: 0, terminated: [restart, restart] });
    await using next = new Server(transport, {}, port);
    await next.port();
    const pids = [await joins.next(), await joins.next()];
    assert(pids[0] === pids[1] && pids[0] !== pid, `${pids} and ${pid}`);
    for (const room of rooms) {
      assertEquals(await answerOf(room.push("echo", { n: 1 })), { status: "ok", response: { n: 1 } });
    }
  } finally {
    await new Promise<void>((resolve) => socket.disconnect(resolve));
  }
}

onTransports(
  "phoenix.js keeps to the time that it is told in the close frame, by the lines that drainer.ts gives",
  { ...posix, ...sanitize },
  async (transport) => {
    await using first = new Server(transport, { JITTER_MS: "200" });
    const port = await first.port();
    const { socket, joins } = await member({ url: `ws://127.0.0.1:${port}/socket`, transport: WebSocket });
    const delays = new Inbox<number>();
    const setTimeout = (act: () => void, delayMs: number) => {
      delays.put(delayMs);
      globalThis.setTimeout(act, delayMs);
    };
    // Exactly as documented, but for `setTimeout`.
    const lines = /```js ignore\n([^`]*)```/.exec(await Deno.readTextFile("lib/endpoint/drainer.ts"))![1]!;
    new Function("socket", "setTimeout", lines.replaceAll(/^ *\* ?/gm, ""))(socket, setTimeout);
    const texts = new Inbox<string>();
    socket.onClose((...[event]: unknown[]) => texts.put((event as CloseEvent).reason));
    try {
      await first.end();
      await using next = new Server(transport, {}, port);
      await next.port();
      const text = await texts.next();
      assertMatch(text, /^retry-after-ms=\d{1,3}$/);
      assertEquals(await delays.next(), Number(text.split("=")[1]));
      await joins.next();
      await joins.next();
      assertEquals(delays.length, 0);
    } finally {
      await new Promise<void>((resolve) => socket.disconnect(resolve));
    }
  },
);

for (const flags of ["", " --parallel"]) {
  Deno.test({
    ...posix,
    ...sanitize,
    name: `\`deno serve${flags}\` drains on SIGTERM, all threads of it`,
    async fn() {
      await using program = new Program(`deno serve${flags} -A --port 0 --host 127.0.0.1 ${APP}`);
      const [, authority = ""] = await program.prints(/http:\/\/(\S+:\d+)/);
      const clients = await Promise.all(
        Array.from({ length: 8 }, () => member({ url: `ws://${authority}/socket`, transport: WebSocket })),
      );
      try {
        const { code } = await program.end("SIGTERM");
        const { stdout } = await program.output();
        const terminated = [...stdout.matchAll(/terminated (.*)/g)].map(([, reason]) => reason);
        assertEquals([code, terminated], [0, Array(16).fill('{"shutdown":"restart"}')]);
      } finally {
        for (const { socket } of clients) socket.disconnect();
      }
    },
  });
}
