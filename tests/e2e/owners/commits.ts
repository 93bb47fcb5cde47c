/**
 * What a store was asked, in order, and what must not be in it. Pure: the same log has the same faults.
 *
 * @module
 */

/** The state of a counter: how many writes it has, and the last of them. */
export interface Count {
  /** How many writes, this one included. */
  readonly n: number;
  /** The write. Each is sent once. */
  readonly id: string;
}

/** One request to the store. Nothing is ever removed from the log or changed in it. */
export interface LogEntry {
  readonly kind: "load" | "save";
  readonly key: string;
  readonly token: bigint;
  /** The node that asked. */
  readonly node: string;
  /** Whether the store did it, or refused it since it had seen a higher token. */
  readonly isAccepted: boolean;
  /** What was saved; absent in a `load`. */
  readonly count?: Count;
}

/** A write whose client got a reply. */
export interface Acknowledged extends Count {
  readonly key: string;
}

/** Returns what is wrong: owners that committed side by side, and acknowledged writes that are not there. */
export function faultsOf(log: readonly LogEntry[], acknowledged: readonly Acknowledged[]): string[] {
  return [...sharedTokens(log), ...forks(log), ...losses(log, acknowledged)];
}

/** Returns the requests of owners that were no longer the owner: only one that was stopped may not have noticed. */
export function refusals(log: readonly LogEntry[]): string[] {
  return log.filter(({ isAccepted }) => !isAccepted).map(describe);
}

/** Returns the node that owns a key, as far as the store knows. */
export function ownerIn(log: readonly LogEntry[], key: string): string | undefined {
  return log.findLast((entry) => entry.key === key && entry.isAccepted)?.node;
}

/** A token belongs to one node. */
function sharedTokens(log: readonly LogEntry[]): string[] {
  const nodes = new Map<string, string>();
  return log.filter(({ key, token, node }) => {
    const owner = `${key} ${token}`;
    if (!nodes.has(owner)) nodes.set(owner, node);
    return nodes.get(owner) !== node;
  }).map((entry) => `two nodes have one token: ${describe(entry)}`);
}

/** Each write continues the one before it, so no owner began with less than the one before it had committed. */
function forks(log: readonly LogEntry[]): string[] {
  const last = new Map<string, { readonly token: bigint; readonly n: number }>();
  const faults: string[] = [];
  for (const entry of log.filter(({ isAccepted }) => isAccepted)) {
    const { key, token, count } = entry;
    const before = last.get(key) ?? { token: 0n, n: 0 };
    if (token < before.token) faults.push(`a former owner was accepted: ${describe(entry)}`);
    if (count && count.n !== before.n + 1) faults.push(`after ${before.n} came ${describe(entry)}`);
    last.set(key, { token, n: count?.n ?? before.n });
  }
  return faults;
}

/** What was acknowledged is in the log once, at the place that the reply said. */
function losses(log: readonly LogEntry[], acknowledged: readonly Acknowledged[]): string[] {
  const committed = new Map<string, number>();
  const faults: string[] = [];
  for (const { key, isAccepted, count } of log) {
    if (!isAccepted || !count) continue;
    const write = `${count.id} of ${key}`;
    if (committed.has(write)) faults.push(`${write} was committed twice`);
    committed.set(write, count.n);
  }
  for (const { key, id, n } of acknowledged) {
    const found = committed.get(`${id} of ${key}`);
    if (found !== n) faults.push(`${id} of ${key} was acknowledged as ${n}, and committed as ${found ?? "nothing"}`);
  }
  return faults;
}

function describe({ kind, key, token, node, count }: LogEntry): string {
  return `${kind} of ${key} by ${node} with ${token}${count ? `: ${count.n}, ${count.id}` : ""}`;
}
