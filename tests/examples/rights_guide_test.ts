/**
 * The table of rights in `examples/guides/deployment.md`: what each feature needs is enough.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type EngineName, hasEngine } from "../support/engines/binaries.ts";
import { startEngine } from "../support/engines/start.ts";
import { freePort } from "../support/free_port.ts";
import type { GuideStep } from "../support/guides/guide.ts";
import { GuideFolders } from "../support/guides/guide_folder.ts";
import { codeSpansOf, rowsOf, sectionOf } from "../support/markdown.ts";
import { Program } from "../support/program.ts";

const GUIDE = await Deno.readTextFile(new URL("../../examples/guides/deployment.md", import.meta.url));
const ROWS = rowsOf(sectionOf(GUIDE, "## Rights"));

/** The rights of a feature, with the addresses of this test. */
function rightsOf(feature: string, addresses: Record<string, string>): string[] {
  const row = ROWS.find(([name]) => codeSpansOf(name!).includes(feature));
  assert(row, `no row for ${feature}`);
  return codeSpansOf(row[1]!).filter((code) => code.startsWith("--")).map((right) => {
    return right.replaceAll('"', "").replace(/127\.0\.0\.1:8000|<host>:<port>/, (written) => addresses[written] ?? "");
  });
}

const FILES = new Map([
  [
    "app.ts",
    `import { Channel, Endpoint, ok, Presence, PubSub, shutdownOnSignal, Socket } from "@urvogel/realtime";
import { inspector } from "@urvogel/realtime/inspector";
import { prometheusHandler } from "@urvogel/realtime/prometheus";
import { threadsAdapter } from "@urvogel/realtime/threads";

class RoomChannel extends Channel {
  override history = { maxMessages: 10 };
  override join() {
    return ok();
  }
}
class UserSocket extends Socket {
  override channels = { "room:*": RoomChannel };
  override connect() {
    return ok();
  }
}
const pubsub = new PubSub({ adapter: threadsAdapter() });
new Presence({ pubsub, name: "people" });
const endpoint = new Endpoint({ pubsub, sockets: { "/socket": UserSocket } });
inspector(endpoint);
prometheusHandler([endpoint]);
shutdownOnSignal(endpoint);
export default endpoint;
`,
  ],
  [
    "native.ts",
    `import endpoint from "./app.ts";
Deno.serve({ port: Number(Deno.args[0]), hostname: "127.0.0.1" }, endpoint.fetch);
`,
  ],
  [
    "serve.ts",
    `import { serve } from "@urvogel/realtime/serve";
import endpoint from "./app.ts";
await serve(endpoint, { port: Number(Deno.args[0]), hostname: "127.0.0.1" });
console.log("Listening");
`,
  ],
  [
    "threads.ts",
    `import { serve } from "@urvogel/realtime/serve";
await serve(new URL("./app.ts", import.meta.url), { port: Number(Deno.args[0]), hostname: "127.0.0.1", threads: 2 });
console.log("Listening");
`,
  ],
  [
    "engine.ts",
    `import { PubSub } from "@urvogel/realtime";
import { natsAdapter } from "@urvogel/realtime/nats";
import { postgresAdapter } from "@urvogel/realtime/postgres";
import { redisAdapter } from "@urvogel/realtime/redis";
const url = Deno.args[0]!;
const adapter = url.startsWith("nats")
  ? natsAdapter({ servers: url })
  : url.startsWith("redis")
  ? redisAdapter({ url })
  : postgresAdapter({ servers: url });
await new PubSub({ adapter }).ready;
console.log("Listening");
`,
  ],
]);

const STEP: GuideStep = { heading: "", files: FILES, parts: [], commands: [] };

Deno.test("deployment.md: the rights of each way to serve are enough for all features without an engine", async () => {
  await using cleanUp = new AsyncDisposableStack();
  const folders = cleanUp.use(await GuideFolders.write(new Map([["rights", [STEP]]])));
  const cwd = folders.steps[0]!.folder;
  const first = freePort(5);
  const own = (port: number) => rightsOf("serve", { "127.0.0.1:8000": `127.0.0.1:${port}` }).join(" ");
  const extra = rightsOf("serve(url, { threads })", {}).join(" ");
  assertEquals([rightsOf("deno serve", {}), rightsOf("threadsAdapter()", {})], [[], []]);
  const lines = [
    `deno run --no-prompt ${own(first)} native.ts ${first}`,
    `deno run --no-prompt ${own(first + 1)} serve.ts ${first + 1}`,
    `deno run --no-prompt ${own(first + 2)} ${extra} threads.ts ${first + 2}`,
    `deno serve --no-prompt --port ${first + 3} --host 127.0.0.1 app.ts`,
    `deno serve --no-prompt --parallel --port ${first + 4} --host 127.0.0.1 app.ts`,
  ];
  await Promise.all(lines.map(async (line, index) => {
    const program = cleanUp.use(new Program({ line, cwd }, { DENO_JOBS: "2" }));
    await program.prints(/Listening/);
    const response = await fetch(`http://127.0.0.1:${first + index}/`);
    assertEquals([line, response.status], [line, 404]);
    await response.body?.cancel();
  }));
});

const ENGINES: readonly [EngineName, feature: string][] = [
  ["nats", "natsAdapter()"],
  ["redis", "redisAdapter()"],
  ["postgres", "postgresAdapter()"],
];
const missing = ENGINES.filter(([engine]) => !hasEngine(engine)).map(([engine]) => engine);

Deno.test({
  name: `deployment.md: the rights of each engine are enough${missing.length > 0 ? ` (no ${missing.join(", ")})` : ""}`,
  ignore: missing.length === ENGINES.length,
  async fn() {
    await using cleanUp = new AsyncDisposableStack();
    const folders = cleanUp.use(await GuideFolders.write(new Map([["rights", [STEP]]])));
    const cwd = folders.steps[0]!.folder;
    await Promise.all(
      ENGINES.filter(([engine]) => hasEngine(engine)).map(async ([name, feature]) => {
        const engine = cleanUp.use(await startEngine(name));
        const rights = rightsOf(feature, { "<host>:<port>": `127.0.0.1:${engine.port}` });
        const line = `deno run --no-prompt ${rights.join(" ")} engine.ts ${engine.url}`;
        await cleanUp.use(new Program({ line, cwd })).prints(/Listening/);
      }),
    );
  },
});
