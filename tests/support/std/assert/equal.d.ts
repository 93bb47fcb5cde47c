export function equal(a: unknown, b: unknown): boolean;
