/**
 * What happened in a cluster, and what must not have. Pure: the same journal has the same faults.
 *
 * @module
 */

/** A stretch of time, in milliseconds since 1970. */
export interface Span {
  readonly fromMs: number;
  /** `Infinity` if it has not ended. */
  toMs: number;
}

/** A message that a person sent. */
export interface Sent {
  readonly from: string;
  /** Each number is sent once, in rising order. */
  readonly n: number;
  /** The node that it was sent to. */
  readonly node: number;
  readonly atMs: number;
  /** When the node acknowledged it; `undefined` if it did not. */
  ackedAtMs: number | undefined;
}

/** A message that a person received. */
export interface Heard {
  readonly from: string;
  readonly n: number;
}

/** What one person sent, heard, and when it was in the room. */
export interface Diary {
  readonly name: string;
  readonly sent: readonly Sent[];
  readonly heard: readonly Heard[];
  /** When it was in the room, and on which node. */
  readonly stays: readonly (Span & { readonly node: number })[];
}

/** When something was broken: the bus of a node, or the node itself. */
export interface Breakage extends Span {
  readonly node: number;
}

/** How long a message may be on its way, in milliseconds. */
export const DELIVERY_MS = 750;

/** Returns what is wrong with what people heard: twice, out of order, never sent. */
export function disorder(diaries: readonly Diary[]): string[] {
  const sent = new Map(diaries.map(({ name, sent }) => [name, new Set(sent.map(({ n }) => n))]));
  return diaries.flatMap(({ name, heard }) => {
    const last = new Map<string, number>();
    const known = new Set<string>();
    const faults: string[] = [];
    for (const { from, n } of heard) {
      const before = last.get(from) ?? -1;
      if (!sent.get(from)?.has(n)) faults.push(`${name} heard ${n} of ${from}, who never sent it`);
      else if (known.has(`${from} ${n}`)) faults.push(`${name} heard ${n} of ${from} twice`);
      else if (n < before) faults.push(`${name} heard ${n} of ${from} after ${before}`);
      known.add(`${from} ${n}`);
      last.set(from, Math.max(before, n));
    }
    return faults;
  });
}

/**
 * Returns the messages that are missing although nothing was broken: they were acknowledged by a node that was whole,
 * and the person who misses them was on a node that was whole, and stayed there.
 */
export function losses(diaries: readonly Diary[], breakages: readonly Breakage[]): string[] {
  return diaries.flatMap(({ name, heard, stays }) => {
    const known = new Set(heard.map(({ from, n }) => `${from} ${n}`));
    return mustHear(diaries, breakages, stays)
      .filter(({ from, n }) => !known.has(`${from} ${n}`))
      .map(({ from, n, atMs }) => `${name} never heard ${n} of ${from}, sent at ${atMs}`);
  });
}

/** Returns how many messages people had to hear: that {@linkcode losses} had something to look for. */
export function promised(diaries: readonly Diary[], breakages: readonly Breakage[]): number {
  return diaries.reduce((sum, { stays }) => sum + mustHear(diaries, breakages, stays).length, 0);
}

/** Returns the messages that were acknowledged although their node had reported before that its bus is down. */
export function falseAcks(diaries: readonly Diary[], outages: readonly Breakage[]): string[] {
  return diaries.flatMap(({ sent }) => sent).flatMap(({ from, n, node, atMs, ackedAtMs }) => {
    if (ackedAtMs === undefined) return [];
    const isDown = outages.some((outage) => outage.node === node && outage.fromMs < atMs && ackedAtMs < outage.toMs);
    return isDown ? [`${n} of ${from} was acknowledged while the bus of its node was down`] : [];
  });
}

function mustHear(diaries: readonly Diary[], breakages: readonly Breakage[], stays: Diary["stays"]): Sent[] {
  return diaries.flatMap(({ sent }) => sent).filter(({ node, atMs, ackedAtMs }) => {
    if (ackedAtMs === undefined) return false;
    const way: Span = { fromMs: atMs, toMs: ackedAtMs + DELIVERY_MS };
    const stay = stays.find(({ fromMs, toMs }) => fromMs < way.fromMs && way.toMs < toMs);
    return stay !== undefined && [node, stay.node].every((each) => isWhole(each, way, breakages));
  });
}

function isWhole(node: number, span: Span, breakages: readonly Breakage[]): boolean {
  return !breakages.some((breakage) =>
    breakage.node === node && breakage.fromMs <= span.toMs && span.fromMs <= breakage.toMs
  );
}
