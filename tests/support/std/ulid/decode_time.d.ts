export function decodeTime(ulid: string): number;
