/**
 * History engines that break the contract in one way each, to see whether the conformance suite notices.
 *
 * @module
 */

import { type HistoryPage, MemoryHistory, type Position, type Retention, type Unnumbered } from "@urvogel/realtime";
import type { HistoryConformanceCaseId } from "@urvogel/realtime/testing";

/** An engine with a fault, and the cases that notice it. */
export interface BrokenEngine {
  /** What it does wrong. */
  readonly fault: string;
  /** The cases that fail, in the order of the suite. */
  readonly fails: readonly HistoryConformanceCaseId[];
  readonly Engine: typeof MemoryHistory;
}

class ForgetsPositions extends MemoryHistory {
  override read(topic: string, after: number | undefined, keep: Retention): HistoryPage {
    const page = super.read(topic, after, keep);
    if (after === undefined || page.messages.length > 0) return page;
    return { ...page, top: { ...page.top, offset: 0 }, completeFrom: 0 };
  }
}

class ClaimsAll extends MemoryHistory {
  override read(topic: string, after: number | undefined, keep: Retention): HistoryPage {
    return { ...super.read(topic, after, keep), completeFrom: 0 };
  }
}

class ClaimsNothing extends MemoryHistory {
  override read(topic: string, after: number | undefined, keep: Retention): HistoryPage {
    const page = super.read(topic, after, keep);
    return { ...page, completeFrom: page.top.offset + 1 };
  }
}

class KeepsAll extends MemoryHistory {
  override publish(topic: string, message: Unnumbered): Position {
    return super.publish(topic, message, ALL);
  }
  override read(topic: string, after: number | undefined): HistoryPage {
    return super.read(topic, after, ALL);
  }
}

class ReadsFromTheStart extends MemoryHistory {
  override read(topic: string, after: number | undefined, keep: Retention): HistoryPage {
    return super.read(topic, after === undefined ? undefined : 0, keep);
  }
}

class MixesTopics extends MemoryHistory {
  override publish(_topic: string, message: Unnumbered, keep: Retention): Position {
    return super.publish("", message, keep);
  }
  override read(_topic: string, after: number | undefined, keep: Retention): HistoryPage {
    return super.read("", after, keep);
  }
}

class DeletesNothing extends MemoryHistory {
  override delete(): boolean {
    return true;
  }
  override clear(): void {}
}

class ChangesEpochs extends MemoryHistory {
  #epochs = 0;
  override read(topic: string, after: number | undefined, keep: Retention): HistoryPage {
    const page = super.read(topic, after, keep);
    return { ...page, top: { ...page.top, epoch: `${this.#epochs++}` } };
  }
}

const ALL: Retention = { maxMessages: 10_000, maxAgeMs: Infinity, maxBytes: Infinity };

/** The engines. Memory serves one node, so what needs several is not among the faults. */
export const BROKEN_ENGINES: readonly BrokenEngine[] = [
  {
    fault: "forgets where a quiet topic stands",
    fails: ["pages", "age", "deleteLast", "clear"],
    Engine: ForgetsPositions,
  },
  { fault: "claims to have what is gone", fails: ["number", "age", "bytes"], Engine: ClaimsAll },
  {
    fault: "never claims to be complete",
    fails: ["start", "pages", "number", "age", "delete", "deleteLast", "clear"],
    Engine: ClaimsNothing,
  },
  { fault: "keeps everything", fails: ["number", "age", "bytes"], Engine: KeepsAll },
  {
    fault: "reads too much",
    fails: ["pages", "apart", "number", "age", "bytes", "delete", "deleteLast"],
    Engine: ReadsFromTheStart,
  },
  { fault: "mixes topics", fails: ["apart", "delete", "clear"], Engine: MixesTopics },
  { fault: "deletes nothing", fails: ["delete", "clear"], Engine: DeletesNothing },
  {
    fault: "changes its epoch with each read",
    fails: ["numbers", "start", "pages", "number", "age", "delete", "deleteLast", "clear"],
    Engine: ChangesEpochs,
  },
];
