export function ulid(seedTime?: number): string;
