/**
 * Turns the cases of a conformance suite into tests.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";

/** The cases of a suite: what each is called, and how it is checked. */
export type Cases<Id extends string, S> = Readonly<
  Record<Id, readonly [name: string, check: (site: S) => Promise<void>]>
>;

/** Where a case runs. */
export interface Closable {
  /** Ends what the case has started. */
  close?(): MaybePromise<void>;
}

/** A test of a suite, as its public type describes it. */
export interface SuiteCase<Id extends string> {
  /** Its name in `skip`. */
  readonly id: Id;
  /** What must hold. If it is skipped, with the reason. */
  readonly name: string;
  /** Whether it is skipped. */
  readonly ignore: boolean;
  /** Runs it. */
  readonly fn: () => Promise<void>;
}

/**
 * Creates the tests of a suite, each on a site of its own.
 *
 * @param cases The cases.
 * @param whySkipped Returns why a case cannot be passed, if it cannot.
 * @param open Opens the site of a case.
 * @param again Opens another site for a case that failed on one, if that says nothing about what is tested.
 */
export function testsOf<Id extends string, S extends Closable>(
  cases: Cases<Id, S>,
  whySkipped: (id: Id) => string | undefined,
  open: (id: Id) => Promise<S>,
  again: (id: Id, failedOn: S) => Promise<S> | undefined = () => undefined,
): SuiteCase<Id>[] {
  return (Object.keys(cases) as Id[]).map((id) => {
    const [name, check] = cases[id];
    const reason = whySkipped(id);
    return {
      id,
      name: reason === undefined ? name : `${name} (skipped: ${reason})`,
      ignore: reason !== undefined,
      fn: async () => await runOn(await open(id), check, (site) => again(id, site)),
    };
  });
}

/** Runs a case. What it found counts for more than what goes wrong while its nodes are stopped. */
async function runOn<S extends Closable>(
  site: S,
  check: (site: S) => Promise<void>,
  again: (site: S) => Promise<S> | undefined,
): Promise<void> {
  const close = async () => await site.close?.();
  try {
    await check(site);
  } catch (error) {
    await close().catch(() => {});
    const other = await again(site);
    if (other) return await runOn(other, check, again);
    throw error;
  }
  await close();
}
