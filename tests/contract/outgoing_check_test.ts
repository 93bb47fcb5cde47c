import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { contract } from "@urvogel/realtime/contract";
import * as v from "valibot";
import * as z from "zod";
import { nextTurn } from "../../lib/base/pause.ts";
import { OutgoingCheck } from "../../lib/contract/outgoing_check.ts";

const short = z.object({ text: z.string().max(3) });
const declared = contract({
  join: { reply: short },
  in: { say: { payload: short, reply: short }, typing: { payload: short } },
  out: {
    said: { payload: short },
    later: { payload: v.pipeAsync(v.object({}), v.checkAsync(() => Promise.resolve(false), "No")) },
  },
});
const never = (error: unknown) => {
  throw error;
};
const check = new OutgoingCheck(declared, never);

Deno.test("OutgoingCheck accepts what fits, events of the library, and replies that are not declared", () => {
  check.assertPayload("push", "said", { text: "abc" });
  check.assertPayload("push", "presence_state", {});
  check.assertReply("say", { text: "abc" });
  check.assertReply("typing", {});
  check.assertJoinReply("phx_join", { text: "abc" });
});

Deno.test("OutgoingCheck names event, issues and keys when something does not fit", () => {
  const why = 'it does not fit the contract: Too big: expected string to have <=3 characters (at "text")';
  const payload = { text: "long" };
  assertThrows(() => check.assertPayload("push", "said", payload), TypeError, `Cannot push "said": ${why}`);
  assertThrows(() => check.assertReply("say", payload), TypeError, `Cannot reply to "say": ${why}`);
  assertThrows(() => check.assertJoinReply("phx_join", payload), TypeError, `Cannot reply to the join: ${why}`);
});

Deno.test.each(["sayd", "say", "toString", "__proto__"])(
  "OutgoingCheck refuses the event %s, which is not declared",
  (event) => {
    assertThrows(() => check.assertPayload("broadcast", event, {}), TypeError, "the contract has no such event");
  },
);

Deno.test("OutgoingCheck reports the line that sent a message when its schema is asynchronous", async () => {
  const late: [Error, string][] = [];
  const check = new OutgoingCheck(declared, (error, event) => void late.push([error as Error, event]));
  check.assertPayload("push", "later", {});
  await nextTurn();
  assertEquals(late.map(([{ message }, event]) => [message, event]), [[
    'Cannot push "later": it does not fit the contract: No',
    "later",
  ]]);
  assertStringIncludes(late[0]![0].stack!, "outgoing_check_test.ts");
});
