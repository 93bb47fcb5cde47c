export function tee<T>(iterable: AsyncIterable<T>): [AsyncIterable<T>, AsyncIterable<T>];
export function tee<T, N extends number>(iterable: AsyncIterable<T>, n: N): AsyncIterable<T>[];
