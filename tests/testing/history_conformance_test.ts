import { MemoryHistory } from "@urvogel/realtime";
import { historyConformance } from "@urvogel/realtime/testing";

const cases = historyConformance({
  open: () => ({ createNode: () => ({ history: new MemoryHistory() }) }),
  skip: { engine: "it is in this program", nodes: "it serves one node" },
});
for (const test of cases) Deno.test({ ...test, name: `MemoryHistory: ${test.name}` });
