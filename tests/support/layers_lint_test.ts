/// <reference lib="deno.unstable" />
import { assertEquals } from "@std/assert";
import layers from "./layers_lint.ts";

function messages(path: string, source: string): string[] {
  return Deno.lint.runPlugin(layers, `/work/urvogel/${path}`, source).map(({ message }) => message);
}

const REFUSED: readonly [path: string, source: string, message: string][] = [
  [
    "lib/base/deque.ts",
    `import { spawn } from "../otp/process.ts";`,
    "lib/base must not import lib/otp",
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
    `export { Mailbox } from "../otp/mailbox.ts";`,
    "lib/client must not import lib/otp",
  ],
  [
    "lib/otp/task.ts",
    `const { serve } = await import("../transport/serve.ts");`,
    "lib/otp must not import lib/transport",
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
    `import { step } from "../otp/_step.ts";`,
    "lib/channel must not import a private file of lib/otp",
  ],
  [
    "lib/otp/task.ts",
    `import { Task } from "../../mod.ts";`,
    "lib/otp must not import what is outside the folders of lib",
  ],
  [
    "lib/otp/task.ts",
    `import { Task } from "@urvogel/realtime";`,
    "lib/otp must not import the package by its name",
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
  ["lib/otp/task.ts", `import { Deque } from "../base/deque.ts";`],
  ["lib/otp/task.ts", `import { step } from "./_step.ts";`],
  ["lib/otp/inner/task.ts", `import { spawn } from "../process.ts";`],
  ["lib/otp/task.ts", `import { ulid } from "@std/ulid";`],
  ["lib/testing/connect.ts", `import { Client } from "../client/client.ts";`],
  ["lib/testing/connect.ts", `import { Endpoint } from "../endpoint/endpoint.ts";`],
  ["tests/otp/task_test.ts", `import { spawn } from "../../lib/otp/process.ts";`],
  ["mod.ts", `export { Endpoint } from "./lib/endpoint/endpoint.ts";`],
];

for (const [path, source] of ALLOWED) {
  Deno.test(`no-upward-import allows ${source} in ${path}`, () => {
    assertEquals(messages(path, source), []);
  });
}
