import { assertEquals } from "@std/assert";
import { onTelemetry } from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";
import { handlerTracing } from "../../lib/channel/handler_tracing.ts";
import { SpokenSocket } from "../support/spoken_app.ts";
import { Crashes } from "../support/crashes.ts";

/** A tracer that writes down what it is asked. */
function recording(name: string, notes: string[]) {
  return handlerTracing.add((traced) => ({
    run(work) {
      const what = traced.callback === "connect" ? traced.socket : `${traced.channel} ${traced.event}`;
      notes.push(`${name} begins ${traced.callback} ${what}`);
      return work();
    },
    end: (result) => void notes.push(`${name} ends ${result}`),
  }));
}

/** Joins, is answered and fails, with listeners for what is traced. */
async function talk(): Promise<void> {
  using _crashes = new Crashes();
  using _joins = onTelemetry("urvogel:channel:joined", () => {});
  using _messages = onTelemetry("urvogel:channel:handled_in", () => {});
  await using client = await connect(SpokenSocket);
  const room = await client.join("room:open");
  await room.assertReply(room.push("echo"), "ok");
  room.push("fail");
  await room.assertPush("phx_error");
}

Deno.test("handlerTracing runs joins and handlers inside each tracer, and says how they ended", async () => {
  const notes: string[] = [];
  using _a = recording("a", notes);
  using _b = recording("b", notes);
  await talk();
  assertEquals(notes, [
    ...["b begins join SpokenChannel undefined", "a begins join SpokenChannel undefined", "a ends ok", "b ends ok"],
    ...["b begins handle_in SpokenChannel echo", "a begins handle_in SpokenChannel echo", "a ends ok", "b ends ok"],
    ...["b begins handle_in SpokenChannel fail", "a begins handle_in SpokenChannel fail"],
    ...["a ends failed", "b ends failed"],
  ]);
});

Deno.test("handlerTracing asks a tracer no more once it was disposed", async () => {
  const notes: string[] = [];
  recording("a", notes)[Symbol.dispose]();
  await talk();
  assertEquals(notes, []);
});

Deno.test("handlerTracing ends the span of a join that is refused or fails", async () => {
  const notes: string[] = [];
  using _crashes = new Crashes();
  using _joins = onTelemetry("urvogel:channel:joined", () => {});
  using _a = recording("a", notes);
  await using client = await connect(SpokenSocket);
  for (const topic of ["room:closed", "room:broken"]) await client.join(topic).catch(() => {});
  assertEquals(notes.filter((note) => note.includes("ends")), ["a ends refused", "a ends crashed"]);
});
