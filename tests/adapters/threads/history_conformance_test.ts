import { historyConformance } from "@urvogel/realtime/testing";
import { threadsAdapter } from "@urvogel/realtime/threads";

let opened = 0;

const cases = historyConformance({
  skip: { kill: "threads have no engine", empty: "threads have no engine", pause: "threads have no engine" },
  open: () => {
    const prefix = `history${opened++}`;
    return { createNode: () => threadsAdapter({ prefix }) };
  },
});
for (const { name, ignore, fn } of cases) Deno.test({ name: `ThreadsHistory: ${name}`, ignore, fn });
