export function unimplemented(msg?: string): never;
