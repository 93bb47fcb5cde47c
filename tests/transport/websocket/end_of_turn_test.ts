import { assertEquals } from "@std/assert";
import { nextTurn } from "../../../lib/base/pause.ts";
import { EndOfTurn } from "../../../lib/transport/websocket/end_of_turn.ts";

Deno.test("EndOfTurn.flush() flushes all who wait when the turn is over, in order, then calls back", async () => {
  const seen: string[] = [];
  const end = new EndOfTurn(() => seen.push("over"));
  for (const name of ["a", "b"]) end.flush({ flush: () => seen.push(name) });
  await Promise.resolve();
  assertEquals(seen, []);
  await nextTurn();
  assertEquals(seen, ["a", "b", "over"]);
  await nextTurn();
  assertEquals(seen.length, 3);
});

Deno.test("EndOfTurn.flush() within a flush waits for the next turn", async () => {
  const seen: string[] = [];
  const end = new EndOfTurn(() => seen.push("over"));
  end.flush({ flush: () => end.flush({ flush: () => seen.push("later") }) });
  await nextTurn();
  assertEquals(seen, ["over"]);
  await nextTurn();
  assertEquals(seen, ["over", "later", "over"]);
});
