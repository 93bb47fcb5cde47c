/**
 * What `examples/guides/troubleshooting.md` says about messages of the compiler, by programs that do not compile.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { GuideFolders } from "../support/guides/guide_folder.ts";
import { codeSpansOf, rowsOf, sectionOf } from "../support/markdown.ts";

const GUIDE = new URL("../../examples/guides/troubleshooting.md", import.meta.url);

/** The mistakes of the table, in its order. */
const MISTAKES = `
import { Channel, channelOf, ok, reply, Socket } from "@urvogel/realtime";
import { contract } from "@urvogel/realtime/contract";
import type { TypedPush } from "@urvogel/realtime/client";
import * as z from "zod";

const room = contract({ in: { say: { payload: z.object({}), reply: z.object({ id: z.number() }) } } });

export class WithoutHandler extends channelOf(room) {
  override join() { return ok(); }
  override handleIn = this.handlers({});
}
export class WithoutResult extends channelOf(room) {
  override join() { return ok(); }
  override handleIn = this.handlers({ say: () => {} });
}
export class WithoutJoinResult extends Channel {
  override join() {}
}
export class WrongReply extends channelOf(room) {
  override join() { return ok(); }
  override handleIn = this.handlers({ say: () => reply({ ids: 1 }) });
}
class UserChannel extends Channel<{ user: string }> {
  override join() { return ok(); }
}
export class OtherAssigns extends Socket {
  override channels = { room: UserChannel };
  override connect() { return ok(); }
}
export class WithoutAssigns extends Socket<{ user: string }> {
  override channels = { room: UserChannel };
  override connect() { return ok(); }
}
export class WithoutContract extends Channel {
  override join() { return ok(); }
  override handleIn = this.handlers({ say: (payload) => reply(payload?.text) });
}
export const socket = new Socket("/socket");
export const refused = (push: TypedPush<object>) => push.receive("error", ({ reason }) => console.log(reason));
`;

/** A text of the guide as a pattern: `…` stands for anything in its line. */
function patternOf(text: string): RegExp {
  return new RegExp(text.split("…").map(RegExp.escape).join(".*"));
}

Deno.test("troubleshooting.md has what the compiler says about each mistake, and nothing else", async () => {
  const rows = rowsOf(sectionOf(await Deno.readTextFile(GUIDE), "## It does not compile"));
  const step = { heading: "", files: new Map([["mistakes.ts", MISTAKES]]), commands: [], parts: [] };
  await using folders = await GuideFolders.write(new Map([["mistakes", [step]]]));
  const { text } = await folders.deno("check", ".");
  const messages = text.split(/^(?=TS\d+ \[ERROR\])/m).slice(1);
  const said = rows.map(([says = ""]) => codeSpansOf(says)[0] ?? "");
  const mistakeOf = (words: string) => messages.findIndex((message) => patternOf(words).test(message));
  assertEquals(said.map(mistakeOf), messages.map((_, index) => index), text);
});
