/**
 * Answers that are generated word by word, and outlive the page that asked for them.
 *
 * ```sh
 * deno task start
 * ```
 *
 * @module
 */

import { Endpoint, shutdownOnSignal } from "@urvogel/realtime";
import { answersOf } from "./answer_channel.ts";
import { generator } from "./generator.ts";
import { answerPage } from "./page.ts";

const WORD_MS = 60;

const endpoint = new Endpoint({ sockets: { "/socket": answersOf(generator(WORD_MS)) } });

const server = Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 4000),
  onListen: ({ port }) => console.log(`Tokens: open http://localhost:${port}`),
  handler: (request, info) => answerPage(request) ?? endpoint.fetch(request, info),
});

shutdownOnSignal(endpoint, server);
