import { assert, assertEquals, assertMatch } from "@std/assert";
/**
 * The chat, bundled, on Node: Deno stays first, but `serve` and what stands behind it run there too.
 *
 * @module
 */

import { Program } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";
import { nextMessage } from "../support/siege.ts";

const APP = "tests/fixtures/chat_app.ts";
const LEAST_MAJOR = 24;

/** Nothing, but for what Node says of the function that takes the types out of the page's script. */
const PAGE_WARNING = /^(\(node:\d+\) ExperimentalWarning: stripTypeScriptTypes .*\n.*--trace-warnings.*\n)?$/;

/** How to run Node 24 or later here: by itself, or from npm. */
async function findNode(): Promise<string | undefined> {
  for (const command of ["node", `npx --yes node@${LEAST_MAJOR}`]) {
    const [name = "", ...args] = command.split(" ");
    try {
      const { stdout } = await new Deno.Command(name, { args: [...args, "-p", "process.execPath+process.version"] })
        .output();
      const [, path, major] = /^(.*)v(\d+)\./.exec(new TextDecoder().decode(stdout)) ?? [];
      if (Number(major) >= LEAST_MAJOR) return path;
    } catch { // there is none
    }
  }
  console.log(`The tests with Node are skipped: there is none of version ${LEAST_MAJOR}, and none to be had by npx`);
  return undefined;
}

const node = await findNode();

Deno.test({
  name: "the chat, bundled by `deno bundle`, serves on Node",
  ignore: node === undefined || Deno.build.os === "windows", // which has no SIGTERM
  async fn() {
    const bundle = await Deno.makeTempFile({ suffix: ".mjs" });
    const bundling = new Deno.Command(Deno.execPath(), {
      args: ["bundle", "-q", "--platform", "deno", "-o", bundle, APP],
    });
    const { success, stderr } = await bundling.output();
    assert(success, new TextDecoder().decode(stderr));
    await using program = new Program(`${node} ${bundle}`);
    const [, port] = await program.prints(/open http:\/\/localhost:(\d+)/);
    await assertChats(Number(port));
    await using client = await enter(Number(port), "cat");
    const end = program.end("SIGTERM");
    assertEquals((await closeOf(client)).code, 1012);
    await client.sendClose(1012);
    assertEquals((await end).code, 0);
    assertMatch((await program.output()).stderr, PAGE_WARNING);
    await Deno.remove(bundle);
  },
});

/** The page is there, and what one says the other reads. */
async function assertChats(port: number): Promise<void> {
  const page = await fetch(`http://127.0.0.1:${port}/`);
  assertMatch(await page.text(), /<title>/);
  await using ann = await enter(port, "ann");
  await using bob = await enter(port, "bob");
  await ann.sendText(JSON.stringify(["1", "2", "room:lobby", "say", { text: "h\u00e9llo", tag: "t" }]));
  assertMatch(JSON.stringify(await messageOf(bob, "message")), /h\u00e9llo/);
}

/** Somebody who has joined the lobby. */
async function enter(port: number, name: string): Promise<RawClient> {
  const client = await RawClient.connect({
    port,
    path: `/socket/websocket?vsn=2.0.0&name=${name}&secret=known+to+${name}+alone`,
  });
  await client.sendText(JSON.stringify(["1", "1", "room:lobby", "phx_join", {}]));
  await messageOf(client, "phx_reply");
  return client;
}

/** The next message of an event. */
async function messageOf(client: RawClient, event: string): Promise<unknown> {
  while (true) {
    const message = await nextMessage(client) as unknown[];
    if (message[3] === event) return message;
  }
}

async function closeOf(client: RawClient): Promise<{ code: number | null }> {
  while (true) {
    const incoming = await client.recv();
    if (incoming?.kind === "close") return incoming;
    assertEquals(incoming?.kind, "text");
  }
}
