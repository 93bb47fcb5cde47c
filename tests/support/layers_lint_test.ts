/// <reference lib="deno.unstable" />
import { assertEquals } from "@std/assert";
import layers, { MAY_IMPORT } from "./layers_lint.ts";
import { codeSpansOf, rowsOf, sectionOf } from "./markdown.ts";

function messages(path: string, source: string): string[] {
  return Deno.lint.runPlugin(layers, `/work/urvogel/${path}`, source).map(({ message }) => message);
}

const REFUSED: readonly [path: string, source: string, message: string][] = [
  [
    "lib/base/deque.ts",
    `import { spawn } from "../otp/process/spawn.ts";`,
    "lib/base must not import lib/otp/process",
  ],
  [
    "lib/presence/presence.ts",
    `import type { Channel } from "../channel/channel.ts";`,
    "lib/presence must not import lib/channel",
  ],
  [
    "lib/channel/channel.ts",
    `export * from "../endpoint/endpoint.ts";`,
    "lib/channel must not import lib/endpoint",
  ],
  [
    "lib/client/client.ts",
    `export { Mailbox } from "../otp/process/mailbox.ts";`,
    "lib/client must not import lib/otp/process",
  ],
  [
    "lib/otp/task/task.ts",
    `const { serve } = await import("../../transport/serve.ts");`,
    "lib/otp/task must not import lib/transport",
  ],
  [
    "lib/otp/mod.ts",
    `export { Channel } from "../channel/channel.ts";`,
    "lib/otp must not import lib/channel",
  ],
  [
    "lib/endpoint/endpoint.ts",
    `import { Client } from "../client/client.ts";`,
    "lib/endpoint must not import lib/client",
  ],
  [
    "lib/endpoint/endpoint.ts",
    `import { connect } from "../testing/connect.ts";`,
    "lib/endpoint must not import lib/testing",
  ],
  [
    "lib/channel/channel.ts",
    `import { step } from "../otp/process/_step.ts";`,
    "lib/channel must not import a private file of lib/otp/process",
  ],
  [
    "lib/otp/process/mailbox.ts",
    `import { Call } from "../server/call.ts";`,
    "lib/otp/process must not import lib/otp/server",
  ],
  [
    "lib/otp/registry/registry.ts",
    `import { Supervisor } from "../supervisor/supervisor.ts";`,
    "lib/otp/registry must not import lib/otp/supervisor",
  ],
  [
    "lib/transport/long_poll/_session.ts",
    `import { Handshake } from "../websocket/handshake.ts";`,
    "lib/transport/long_poll must not import lib/transport/websocket",
  ],
  [
    "lib/otp/task/task.ts",
    `import { Task } from "../../../mod.ts";`,
    "lib/otp/task must not import what is outside the folders of lib",
  ],
  [
    "lib/otp/task/task.ts",
    `import { Task } from "@urvogel/realtime";`,
    "lib/otp/task must not import the package by its name",
  ],
  [
    "lib/extra/thing.ts",
    `import { Deque } from "../base/deque.ts";`,
    "lib/extra is not in the table of layers",
  ],
];

for (const [path, source, message] of REFUSED) {
  Deno.test(`no-upward-import refuses ${source} in ${path}`, () => {
    assertEquals(messages(path, source), [message]);
  });
}

const ALLOWED: readonly [path: string, source: string][] = [
  ["lib/otp/task/task.ts", `import { Deque } from "../../base/deque.ts";`],
  ["lib/otp/task/task.ts", `import { step } from "./_step.ts";`],
  ["lib/otp/task/task.ts", `import { spawn } from "../process/spawn.ts";`],
  ["lib/channel/channel.ts", `import { reply } from "../otp/server/result.ts";`],
  ["lib/transport/websocket/websocket.ts", `import { Admission } from "../admission.ts";`],
  ["lib/adapters/supabase/serializer.ts", `import { Frame } from "../frame.ts";`],
  ["lib/otp/task/task.ts", `import { ulid } from "@std/ulid";`],
  ["lib/testing/connect.ts", `import { Client } from "../client/client.ts";`],
  ["lib/testing/connect.ts", `import { Endpoint } from "../endpoint/endpoint.ts";`],
  ["tests/otp/task/task_test.ts", `import { spawn } from "../../lib/otp/process/process.ts";`],
  ["mod.ts", `export { Endpoint } from "./lib/endpoint/endpoint.ts";`],
];

for (const [path, source] of ALLOWED) {
  Deno.test(`no-upward-import allows ${source} in ${path}`, () => {
    assertEquals(messages(path, source), []);
  });
}

/** The folders of `lib` that a folder may import, those inside it left out. */
function foldersOf(folder: string, rooms: string): string[] {
  const folders = rooms.split(" ").map((room) => room.replace(/\/.*/, ""));
  return [...new Set(folders)].filter((name) => name !== "" && name !== folder).sort();
}

Deno.test("CONTRIBUTING.md has the table of layers", async () => {
  const markdown = await Deno.readTextFile(new URL("../../CONTRIBUTING.md", import.meta.url));
  const rows = rowsOf(sectionOf(markdown, "## Layout")).filter((cells) => cells.length === 3);
  const written = rows.map(([folder = "", , rooms = ""]) => [codeSpansOf(folder)[0], codeSpansOf(rooms).sort()]);
  const ruled = Object.entries(MAY_IMPORT).filter(([room]) => !room.includes("/"))
    .map(([room, rooms]) => [room, foldersOf(room, rooms)] as const);
  assertEquals(Object.fromEntries(written), Object.fromEntries(ruled));
});
