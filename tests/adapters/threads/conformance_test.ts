import { adapterConformance } from "@urvogel/realtime/testing";
import { threadsAdapter } from "@urvogel/realtime/threads";
import { Session } from "../../../lib/adapters/threads/_session.ts";
import { SILENT_NODE } from "../../../lib/testing/conformance/_silent_node.ts";

let opened = 0;

const cases = adapterConformance({
  skip: { engine: "threads have no engine", refusal: "threads have no engine" },
  open: () => {
    const prefix = `conformance${opened++}`;
    const forger = new Session({ prefix, nodeName: "forger", wants: () => false, maxStallMs: 10_000 }, SILENT_NODE);
    return {
      createNode: () => threadsAdapter({ prefix }),
      async publishRaw(bytes, topic) {
        await forger.start();
        forger.send(topic, false, bytes);
      },
      close: () => forger.stop(),
    };
  },
});
for (const { name, ignore, fn } of cases) Deno.test({ name: `threadsAdapter(): ${name}`, ignore, fn });
