export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void;
