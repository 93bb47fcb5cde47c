/**
 * All metrics: those that events feed, and those that are read from endpoints.
 *
 * @module
 */

import type { Endpoint } from "../../endpoint/endpoint.ts";
import { measureEndpoints } from "./_endpoint_metrics.ts";
import { measureEvents } from "./_event_metrics.ts";
import type { InstrumentMeter, Labels } from "./_meter.ts";

/**
 * Creates all instruments.
 *
 * @param meter Creates them.
 * @param endpoints The endpoints that are read; without one, only events are counted.
 * @param common The attributes of all that is read.
 * @returns Ends it.
 */
export function measure(meter: InstrumentMeter, endpoints: readonly Endpoint[], common: Labels = {}): Disposable {
  const stack = new DisposableStack();
  for (const subscription of measureEvents(meter)) stack.use(subscription);
  if (endpoints.length > 0) stack.use(measureEndpoints(meter, endpoints, common));
  return stack;
}
