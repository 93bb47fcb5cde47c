/**
 * The files of a new app, by path. Written by `deno task starter` from `examples/starter`: change them there.
 *
 * @module
 */

/** Texts in which `my-app` is the name of the app. */
export const FILES: Readonly<Record<string, string>> = {
  ".dockerignore": `.git
Dockerfile
*_test.ts
`,
  "Dockerfile": `FROM denoland/deno:2.9.6
WORKDIR /app
COPY . .
RUN deno cache main.ts && chown -R deno:deno /app /deno-dir
USER deno
ENV PORT=4000
EXPOSE 4000
CMD ["run", "--cached-only", "--allow-net", "--allow-env=PORT", "main.ts"]
`,
  "README.md": `# my-app

A room with people in it, on [Urvogel](https://jsr.io/@urvogel/realtime): Phoenix Channels for Deno.

\`\`\`sh
deno task dev   # prints the address, and starts again when a file changes
deno task ok    # checks format, lint and types, and runs the tests
\`\`\`

| file              | what it is                                            |
| ----------------- | ----------------------------------------------------- |
| \`contract.ts\`     | what the server and its clients send to each other    |
| \`room_channel.ts\` | one client in one room                                |
| \`endpoint.ts\`     | who may connect, and to which channels                |
| \`main.ts\`         | the server                                            |
| \`page.ts\`         | serves the files of \`page/\`, which run in the browser |
| \`room_test.ts\`    | tests, with clients that need no network              |
| \`Dockerfile\`      | an image of the server; it listens on port 4000       |

The contract is where to begin. Declare another event under \`in\`: \`deno check\` asks for its handler
in \`room_channel.ts\`. A handler returns \`reply()\`, or \`noreply()\` if its clients wait for none.
Rename a field: \`deno check\` shows each place in the server, the page and the tests. A client that
sends something else gets an error.

Anybody may take any name here. Check a token in \`connect\` of \`endpoint.ts\` before you publish it.

To run the image:

\`\`\`sh
docker build -t my-app .
docker run -p 4000:4000 my-app
\`\`\`

The [guides](https://github.com/urvogel/realtime/tree/main/examples/guides) go on from here: who may
connect, presence, history, tests,
[deployment](https://github.com/urvogel/realtime/blob/main/examples/guides/deployment.md).
`,
  "contract.ts": `/**
 * What the server and its clients send to each other. Both have their types from here, and the
 * server refuses what does not fit.
 *
 * @module
 */

import { contract } from "@urvogel/realtime/contract";
import * as z from "zod";

/** \`room:*\`: clients push \`say\`, and receive \`said\`. */
export const room = contract({
  in: {
    say: { payload: z.object({ text: z.string().trim().min(1).max(500) }) },
  },
  out: {
    said: { payload: z.object({ from: z.string(), text: z.string() }) },
  },
});
`,
  "deno.json": `{
  "tasks": {
    "start": "deno run --allow-net --allow-env=PORT main.ts",
    "dev": "deno run --watch --allow-net --allow-env=PORT main.ts",
    "test": "deno test",
    "ok": "deno fmt --check && deno lint && deno check && deno test --no-check"
  },
  "imports": {
    "@std/assert": "jsr:@std/assert@^1.0.0",
    "@types/phoenix": "npm:@types/phoenix@1.6.7",
    "@urvogel/realtime": "jsr:@urvogel/realtime@^0.2.0",
    "phoenix": "npm:phoenix@1.8.16",
    "zod": "npm:zod@4.6.7"
  },
  "fmt": {
    "lineWidth": 100
  }
}
`,
  "endpoint.ts": `/**
 * The server's sockets: who may connect, and to which channels.
 *
 * @module
 */

import { Endpoint, ok, type Params, refuse, Socket } from "@urvogel/realtime";
import { pubsub, RoomChannel, type User } from "./room_channel.ts";

/** A connection. Anybody may take any name: check a token here before you publish this. */
export class UserSocket extends Socket<User> {
  override channels = { "room:*": RoomChannel };

  override connect({ name }: Params) {
    const isName = typeof name === "string" && /^[\\w-]{1,20}$/.test(name);
    return isName ? ok({ name }) : refuse({ reason: "a name has 1 to 20 letters or digits" });
  }
}

/** Where clients connect. */
export const endpoint = new Endpoint({ pubsub, sockets: { "/socket": UserSocket } });
`,
  "main.ts": `/**
 * The server: the page, and the sockets beside it.
 *
 * @module
 */

import { shutdownOnSignal } from "@urvogel/realtime";
import { endpoint } from "./endpoint.ts";
import { servePage } from "./page.ts";

const server = Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 4000),
  onListen: ({ port }) => console.log(\`Open http://localhost:\${port}\`),
  handler: (request, info) => servePage(request) ?? endpoint.fetch(request, info),
});

// Clients are told to reconnect, and reach the next server.
shutdownOnSignal(endpoint, server);
`,
  "page.ts": `/**
 * Serves the files of the page. They are imported as text: there is no build step, and the program
 * needs no permission to read. Browsers get \`page/app.ts\` without its types.
 *
 * @module
 */

import { stripTypeScriptTypes } from "node:module";
import phoenix from "phoenix" with { type: "text" };
import app from "./page/app.ts" with { type: "text" };
import html from "./page/index.html" with { type: "text" };

const HTML = "text/html; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";

const FILES: Readonly<Record<string, readonly [type: string, text: string]>> = {
  "/": [HTML, html],
  "/app.js": [SCRIPT, stripTypeScriptTypes(app)],
  "/phoenix.js": [SCRIPT, phoenix],
};

/** Responds to a request for one of the files; returns \`undefined\` if it is for something else. */
export function servePage(request: Request): Response | undefined {
  const [type, text] = FILES[new URL(request.url).pathname] ?? [];
  return type === undefined ? undefined : new Response(text, { headers: { "content-type": type } });
}
`,
  "page/app.ts": `/// <reference lib="dom" />
/**
 * The page: phoenix.js as it comes from npm, with the types of the server's contract.
 *
 * @module
 */

import type { TypedSocket } from "@urvogel/realtime/client";
// @ts-types="@types/phoenix"
import { Presence, Socket } from "phoenix"; // the import map of index.html says where it is
import type { UserSocket } from "../endpoint.ts";

const $ = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

/** Where this page stands in what was said. The server sends what came after it. */
let since = "last:50";

function enter(name: string) {
  const socket = new Socket("/socket", { params: { name } }) as TypedSocket<UserSocket>;
  const room = socket.channel("room:lobby", () => ({ since }));
  room.onMessage = (_event, payload, ref) => {
    if (typeof ref === "string" && ref.includes(":")) since = ref; // the position of a message
    return payload;
  };
  room.on("history_state", ({ position }) => since = position);
  room.on("said", ({ from, text }) => {
    const line = document.createElement("li");
    line.textContent = \`\${from}: \${text}\`;
    $("said").append(line);
  });
  const people = new Presence(room);
  people.onSync(() => {
    $("people").textContent = people.list((key) => key).sort().join(", ");
  });
  room.onError(() => show("Connection lost, trying again…"));
  room.join().receive("ok", () => show("Online"));
  socket.connect();

  $<HTMLFormElement>("say").addEventListener("submit", (event) => {
    event.preventDefault();
    const input = $<HTMLInputElement>("text");
    const text = input.value;
    input.value = "";
    room.push("say", { text })
      .receive("ok", () => show("Online"))
      .receive("error", () => {
        show("Not sent: a message has 1 to 500 characters");
        input.value ||= text;
      })
      .receive("timeout", () => show("No reply yet"));
  });
}

function show(status: string) {
  $("status").textContent = status;
}

$<HTMLFormElement>("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  enter($<HTMLInputElement>("name").value);
  $("enter").hidden = true;
  $("room").hidden = false;
});
$<HTMLFieldSetElement>("ready").disabled = false; // until now, Enter would load the page again
`,
  "page/index.html": `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>my-app</title>
    <link rel="icon" href="data:,">
    <style>
    body {
      max-width: 34rem;
      margin: 2rem auto;
      padding: 0 1rem;
      font: 1rem/1.6 system-ui, sans-serif;
    }
    fieldset {
      display: flex;
      gap: 0.5rem;
      margin: 0;
      padding: 0;
      border: 0;
    }
    input,
    button {
      padding: 0.4rem 0.7rem;
      font: inherit;
    }
    input {
      flex: 1;
      min-width: 0;
    }
    #said {
      padding: 0;
      list-style: none;
      overflow-wrap: anywhere;
    }
    </style>
    <script type="importmap">
    { "imports": { "phoenix": "/phoenix.js" } }
    </script>
    <script type="module" src="/app.js"></script>
  </head>
  <body>
    <main>
      <h1>my-app</h1>
      <form id="enter">
        <fieldset id="ready" disabled>
          <input
            id="name"
            aria-label="Your name"
            placeholder="your name"
            required
            pattern="[\\w\\-]{1,20}"
          >
          <button>Enter</button>
        </fieldset>
      </form>
      <div id="room" hidden>
        <p id="status" role="status">Connecting…</p>
        <p>In the room: <span id="people"></span></p>
        <ul id="said"></ul>
        <form id="say">
          <fieldset>
            <input id="text" aria-label="Message" required maxlength="500" autocomplete="off">
            <button>Send</button>
          </fieldset>
        </form>
      </div>
    </main>
  </body>
</html>
`,
  "room_channel.ts": `/**
 * One client in one room. Each is a process of its own: if one fails, the others go on.
 *
 * @module
 */

import { channelOf, ok, Presence, PubSub, refuse, reply } from "@urvogel/realtime";
import { room } from "./contract.ts";

/** A client that has connected. */
export interface User {
  readonly name: string;
}

/** What connects the channels of this server. With an adapter it connects several servers. */
export const pubsub = new PubSub();

/** Tracks who is in which room. */
export const presence = new Presence<Record<never, never>>({ pubsub });

/** A client in a room. */
export class RoomChannel extends channelOf(room)<User> {
  // A client that joins gets what was said before, and one that was away gets what it missed.
  // Events that matter only to those who are there, such as "typing", belong in \`exclude\`.
  override history = { maxMessages: 50, maxAgeMs: 60 * 60_000 };

  override join(topic: string) {
    return /^room:[\\w-]{1,40}$/.test(topic) ? ok() : refuse({ reason: "no such room" });
  }

  override afterJoin() {
    presence.track(this.socket, this.socket.assigns.name, {});
    presence.pushState(this.socket);
  }

  override handleIn = this.handlers({
    say: async ({ text }, socket) => {
      await socket.publish("said", { from: socket.assigns.name, text });
      return reply();
    },
  });
}
`,
  "room_test.ts": `import { assertEquals } from "@std/assert";
import { connect } from "@urvogel/realtime/testing";
import { room } from "./contract.ts";
import { endpoint } from "./endpoint.ts";
import { servePage } from "./page.ts";

Deno.test("a client receives what another one says", async () => {
  await using ann = await connect(endpoint, { name: "ann" });
  await using bob = await connect(endpoint, { name: "bob" });
  const [anns, bobs] = await Promise.all([ann.join(room, "room:1"), bob.join(room, "room:1")]);
  await anns.assertReply(anns.push("say", { text: "hello" }), "ok");
  await bobs.assertPush("said", { from: "ann", text: "hello" });
});

Deno.test("a client that joins receives who is there", async () => {
  await using ann = await connect(endpoint, { name: "ann" });
  const anns = await ann.join(room, "room:2");
  await anns.assertPush("presence_state", { ann: { metas: [{}] } });
});

Deno.test("the server refuses an empty message, and nobody receives it", async () => {
  await using ann = await connect(endpoint, { name: "ann" });
  const anns = await ann.join(room, "room:3");
  await anns.assertReply(anns.push("say", { text: "  " }), "error");
  await anns.refutePush("said");
});

Deno.test("the server serves the page, and nothing else", async () => {
  const page = servePage(new Request("http://localhost/"));
  assertEquals(page?.headers.get("content-type"), "text/html; charset=utf-8");
  assertEquals((await page?.text())?.includes("/app.js"), true);
  assertEquals(servePage(new Request("http://localhost/main.ts")), undefined);
});
`,
};
