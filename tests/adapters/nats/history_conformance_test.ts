import { natsAdapter } from "@urvogel/realtime/nats";
import { historyConformance } from "@urvogel/realtime/testing";
import { engineTest } from "../../support/engines/binaries.ts";
import { startNats } from "../../support/engines/nats.ts";

const cases = historyConformance({
  open: async () => {
    const engine = await startNats();
    return {
      createNode: () => natsAdapter({ servers: engine.url }),
      engine,
      close: () => engine[Symbol.asyncDispose](),
    };
  },
});
for (const { name, fn } of cases) engineTest("nats", `natsAdapter().history: ${name}`, fn);
