/**
 * How much of a topic's history is kept.
 *
 * @module
 */

/**
 * Options of a channel for the history of its topics: how much is kept.
 *
 * @category History
 */
export interface HistoryOptions {
  /**
   * How many messages of a topic are kept, at most 10,000.
   *
   * @default {100}
   */
  readonly maxMessages?: number;
  /**
   * How long a message is kept, in milliseconds.
   *
   * @default {300000}
   */
  readonly maxAgeMs?: number;
  /**
   * How many bytes of messages are kept for a topic.
   *
   * @default {1000000}
   */
  readonly maxBytes?: number;
  /**
   * Events that are not numbered and not kept, such as `"typing"`: they only reach the current members.
   *
   * @default {none}
   */
  readonly exclude?: readonly string[];
}

/**
 * How much is kept, with all defaults filled in.
 *
 * @category History
 */
export interface Retention {
  /** How many messages of a topic are kept. */
  readonly maxMessages: number;
  /** How long a message is kept, in milliseconds. */
  readonly maxAgeMs: number;
  /** How many bytes of messages are kept for a topic. */
  readonly maxBytes: number;
}

/** The most messages that a topic may keep: a replay is sent in one go. */
const MAX_MESSAGES = 10_000;

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} If a limit is out of range.
 */
export function readRetention(options: HistoryOptions): Retention {
  const { maxMessages = 100, maxAgeMs = 300_000, maxBytes = 1_000_000 } = options;
  if (!Number.isInteger(maxMessages) || maxMessages < 1 || maxMessages > MAX_MESSAGES) {
    throw wrong("maxMessages", `must be an integer from 1 to ${MAX_MESSAGES}`, maxMessages);
  }
  if (!(maxAgeMs >= 1)) throw wrong("maxAgeMs", "must be >= 1", maxAgeMs);
  if (!(maxBytes >= 1)) throw wrong("maxBytes", "must be >= 1", maxBytes);
  return { maxMessages, maxAgeMs, maxBytes };
}

/** Returns a retention that has JSON text: `Infinity` has none. */
export function finiteRetention({ maxMessages, maxAgeMs, maxBytes }: Retention): Retention {
  const most = Number.MAX_SAFE_INTEGER;
  return { maxMessages, maxAgeMs: Math.min(maxAgeMs, most), maxBytes: Math.min(maxBytes, most) };
}

function wrong(name: string, must: string, value: number): RangeError {
  return new RangeError(`Cannot keep history: "${name}" ${must}, received ${value}`);
}
