export type Falsy = false | 0 | 0n | "" | null | undefined;
export function assertFalse(expr: unknown, msg?: string): asserts expr is Falsy;
