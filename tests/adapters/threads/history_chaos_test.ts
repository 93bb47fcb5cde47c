import { threadsAdapter } from "@urvogel/realtime/threads";
import type { HistoryConformanceNode } from "@urvogel/realtime/testing";
import { pause } from "../../../lib/base/pause.ts";
import { type ChaosPhase, chaosSeed, runHistoryChaos } from "../../support/history_chaos/run.ts";
import { ThreadNode } from "../../support/thread_node.ts";
import { SILENT_NODE } from "../../../lib/testing/conformance/_silent_node.ts";

const PREFIX = "chaos";
const KEEPERS = 3;

/** The phases of a run. Nodes are in this thread; Workers came first, so one of them keeps history. */
function phases(keepers: ThreadNode[], nodes: readonly HistoryConformanceNode[]): ChaosPhase[] {
  let others = 0;
  return [
    { name: "members come and go", harms: 0, harm: () => {}, told: "never" },
    {
      name: "another thread starts, and ends in the middle",
      harms: 3,
      harm: async () => (await ThreadNode.start(PREFIX, `other${others++}`))[Symbol.dispose](),
      told: "never",
    },
    {
      name: "the thread that keeps is busy",
      harms: 3,
      harm: (random) => void keepers[0]!.ask({ kind: "stall", ms: random.between(50, 300) }),
      told: "never",
    },
    {
      name: "the thread that keeps ends in the middle",
      harms: KEEPERS,
      harm: () => keepers.shift()![Symbol.dispose](),
      told: "must",
    },
    {
      name: "the thread that keeps stops, and starts again",
      harms: 3,
      harm: async (random) => {
        const keeper = nodes.find(({ history }) => history.tailSize === 0)!; // it need not ask
        await keeper.stop!();
        await pause(random.between(0, 50));
        await keeper.start!(SILENT_NODE);
      },
      told: "must",
    },
  ];
}

Deno.test("ThreadsHistory survives chaos: nothing is missing, twice, or lost without being told", async () => {
  const keepers: ThreadNode[] = [];
  for (let n = 0; n < KEEPERS; n++) keepers.push(await ThreadNode.start(PREFIX, `keeper${n}`));
  const nodes: HistoryConformanceNode[] = [];
  const createNode = () => {
    const node = threadsAdapter({ prefix: PREFIX });
    nodes.push(node);
    return node;
  };
  try {
    await runHistoryChaos({ seed: chaosSeed(), createNode, phases: phases(keepers, nodes) });
  } finally {
    for (const keeper of keepers) keeper[Symbol.dispose]();
  }
});
