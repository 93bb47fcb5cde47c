/**
 * The program, the service and the proxy of `examples/guides/deployment.md`, as they stand there: two nodes with the
 * rights of its service, connected by NATS, behind its nginx.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { hasEngine } from "../support/engines/binaries.ts";
import { startEngine } from "../support/engines/start.ts";
import { freePort } from "../support/free_port.ts";
import { type GuideStep, stepsOf } from "../support/guides/guide.ts";
import { GuideFolders } from "../support/guides/guide_folder.ts";
import { NGINX, type Nginx, startNginx } from "../support/nginx.ts";
import {
  answerOf,
  CLIENT_VERSIONS,
  Inbox,
  loadLongPoll,
  loadSocketClass,
  type PhoenixChannel,
} from "../support/phoenix_client.ts";
import { Program } from "../support/program.ts";
import { until } from "../support/until.ts";

const STEP: GuideStep = stepsOf(
  await Deno.readTextFile(new URL("../../examples/guides/deployment.md", import.meta.url)),
).at(-1)!;
const fileOf = (name: string) => STEP.files.get(name) ?? "";
const [, COMMAND = ""] = /^ExecStart=\/usr\/bin\/(.*)$/m.exec(fileOf("chat.service")) ?? [];
const PORTS = [8000, 8001];

const missing = [NGINX ? undefined : "nginx", hasEngine("nats") ? undefined : "nats-server"].filter(Boolean);
if (missing.length > 0) console.log(`deployment_guide_test.ts: skipped, since there is no ${missing.join(", no ")}`);

Deno.test("the Dockerfile of deployment.md runs the command of its service", () => {
  const [, command = "[]"] = /^CMD (\[.*\])$/m.exec(fileOf("Dockerfile")) ?? [];
  assertEquals(JSON.parse(command).join(" "), COMMAND.replace("127.0.0.1", "0.0.0.0"));
});

// Clients leave timers of their own behind when they disconnect.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "deployment.md: two nodes behind nginx serve WebSockets and long polls, also while they are replaced",
  ignore: missing.length > 0,
  ...sanitize,
  async fn() {
    await using cleanUp = new AsyncDisposableStack();
    const nats = cleanUp.use(await startEngine("nats"));
    const folders = cleanUp.use(await GuideFolders.write(new Map([["deployment", [STEP]]])));
    const { folder } = folders.steps[0]!;
    const start = async (port: number) => {
      const env = { PORT: `${port}`, SECRET: "the same text on all nodes", NATS_URL: nats.url };
      const command = COMMAND.replace("127.0.0.1:8000", `127.0.0.1:${port},127.0.0.1:${nats.port}`);
      const node = cleanUp.use(new Program({ line: command, cwd: folder }, env));
      await node.prints(/Listening on/);
      const response = await fetch(`http://127.0.0.1:${port}/health`);
      assertEquals([response.status, (await response.json()).bus], [200, "up"]);
      return node;
    };
    const first = freePort(2);
    const nodes = await Promise.all([start(first), start(first + 1)]);
    const upstreams = new Map(PORTS.map((port, index) => [port, first + index]));
    const nginx = cleanUp.use(await startNginx(fileOf("nginx.conf"), upstreams));

    const ann = await connect(nginx, cleanUp, "websocket");
    const bob = await connect(nginx, cleanUp, "longpoll");
    assertEquals((await answerOf(ann.room.push("say", "hello"))).status, "ok");
    assertEquals(await bob.said.next(), { text: "hello" });
    assertEquals((await answerOf(bob.room.push("say", "hi"))).status, "ok");
    assertEquals([await ann.said.next(), await ann.said.next()], [{ text: "hello" }, { text: "hi" }]);

    assertEquals(await opens(nginx, "http://127.0.0.1"), true, "the page of this host");
    assertEquals(await opens(nginx, "http://elsewhere.example"), false, "a page of another host");

    assertEquals((await nodes[0]!.end("SIGTERM")).code, 0);
    assertMatch((await nodes[0]!.output()).stdout, /"address":"127\.0\.0\.1"/);
    // The guide's room keeps nothing: what ann says before bob is back does not reach him.
    const heard: unknown[] = [];
    await until(async () => {
      await answerOf(ann.room.push("say", "again", 500));
      while (bob.said.length > 0) heard.push(await bob.said.next());
      return JSON.stringify(heard).includes("again");
    }, "bob hears of it");

    await start(first);
    assertEquals((await nodes[1]!.end("SIGTERM")).code, 0);
    assertEquals(await opens(nginx, "http://127.0.0.1"), true, "the node that was replaced before");
    assert(!/\[emerg\]|no live upstreams/.test(await nginx.errors()));
  },
});

type Via = "websocket" | "longpoll";

async function connect({ port }: Nginx, cleanUp: AsyncDisposableStack, via: Via) {
  const version = CLIENT_VERSIONS[0]!;
  const SocketClass = await loadSocketClass(version);
  const LongPoll = await loadLongPoll(version);
  const again = { reconnectAfterMs: () => 20, rejoinAfterMs: () => 20 };
  const transport = via === "longpoll" ? LongPoll : WebSocket;
  const socket = new SocketClass(`ws://127.0.0.1:${port}/socket`, { transport, ...again });
  socket.connect();
  cleanUp.defer(() => socket.disconnect()); // without waiting: one that never connected does not call back
  const room: PhoenixChannel = socket.channel("room:lobby");
  const said = new Inbox();
  room.on("said", said.put);
  // A join whose socket does not connect never times out by itself.
  assertEquals((await deadline(answerOf(room.join()), 8_000)).status, "ok");
  return { room, said };
}

/** Deno's WebSocket, which can have headers. The types of browsers, which some tests need, do not know that. */
const DenoWebSocket: new (url: string, options: { headers: Record<string, string> }) => WebSocket = WebSocket as never;

/** Returns whether a page of `origin` gets a WebSocket. */
async function opens({ port }: Nginx, origin: string): Promise<boolean> {
  const url = `ws://127.0.0.1:${port}/socket/websocket?vsn=2.0.0`;
  const socket = new DenoWebSocket(url, { headers: { origin } });
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.onopen = () => resolve(true);
    socket.onerror = () => resolve(false);
  });
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  if (isOpen) await closed;
  return isOpen;
}
