import { threadsAdapter } from "@urvogel/realtime/threads";
import { scriptsNumber } from "../../support/kept_script.ts";

Deno.test("a script in a thread numbers what it broadcasts, without another line", async () => {
  await scriptsNumber(() => threadsAdapter({ prefix: "kept_script" }));
});
