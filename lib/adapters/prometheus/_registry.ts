/**
 * Collects metrics, and prints them in the text format of Prometheus (version 0.0.4).
 *
 * By hand, as it is short: `prom-client` wants the names of labels in advance, and has metrics of its own.
 *
 * @module
 */

import type { InstrumentDetails, InstrumentMeter, Labels, Observer } from "../metrics/_meter.ts";

/** Prints the samples of one metric. */
type Samples = () => Iterable<string>;

/** The metrics of one handler. */
export class Registry implements InstrumentMeter {
  readonly #metrics: { readonly head: string; readonly samples: Samples }[] = [];

  /** All metrics as text. */
  toString(): string {
    const lines = this.#metrics.flatMap(({ head, samples }) => [head, ...samples()]);
    return lines.map((line) => `${line}\n`).join("");
  }

  createCounter(name: string, details?: InstrumentDetails) {
    const values = new Values();
    this.#add(name, "counter", details, (full) => values.samples(full));
    return { add: (value: number, labels?: Labels) => values.add(value, labels) };
  }

  createHistogram(name: string, details?: InstrumentDetails) {
    const histogram = new Histogram(details?.advice?.explicitBucketBoundaries ?? []);
    this.#add(name, "histogram", details, (full) => histogram.samples(full));
    return histogram;
  }

  createObservableCounter(name: string, details?: InstrumentDetails) {
    return this.#observable(name, "counter", details);
  }

  createObservableUpDownCounter(name: string, details?: InstrumentDetails) {
    return this.#observable(name, "gauge", details);
  }

  createObservableGauge(name: string, details?: InstrumentDetails) {
    return this.#observable(name, "gauge", details);
  }

  #observable(name: string, type: "counter" | "gauge", details: InstrumentDetails | undefined) {
    const callbacks = new Set<(observer: Observer) => void>();
    this.#add(name, type, details, (full) => {
      const values = new Values();
      for (const callback of callbacks) callback({ observe: (value, labels) => values.add(value, labels) });
      return values.samples(full);
    });
    return {
      addCallback: (callback: (observer: Observer) => void) => void callbacks.add(callback),
      removeCallback: (callback: (observer: Observer) => void) => void callbacks.delete(callback),
    };
  }

  #add(
    name: string,
    type: "counter" | "gauge" | "histogram",
    { description = "", unit }: Partial<InstrumentDetails> = {},
    samples: (name: string) => Iterable<string>,
  ): void {
    const full = nameOf(name, unit) + (type === "counter" ? "_total" : "");
    const help = description.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    this.#metrics.push({ head: `# HELP ${full} ${help}\n# TYPE ${full} ${type}`, samples: () => samples(full) });
  }
}

/** Values by their labels. */
class Values {
  readonly #values = new Map<string, number>();

  add(value: number, labels: Labels = {}): void {
    const key = labelsOf(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + value);
  }

  *samples(name: string): Iterable<string> {
    for (const [labels, value] of this.#values) yield `${name}${braced(labels)} ${value}`;
  }
}

/** Values counted by size. */
class Histogram {
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, { readonly counts: number[]; sum: number; count: number }>();

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  record(value: number, labels: Labels = {}): void {
    const key = labelsOf(labels);
    let series = this.#series.get(key);
    if (!series) this.#series.set(key, series = { counts: this.#bounds.map(() => 0), sum: 0, count: 0 });
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    if (bucket >= 0) series.counts[bucket]!++;
    series.sum += value;
    series.count++;
  }

  *samples(name: string): Iterable<string> {
    for (const [labels, { counts, sum, count }] of this.#series) {
      const prefix = labels === "" ? "" : `${labels},`;
      let below = 0;
      for (const [i, bound] of this.#bounds.entries()) {
        yield `${name}_bucket{${prefix}le="${bound}"} ${below += counts[i]!}`;
      }
      yield `${name}_bucket{${prefix}le="+Inf"} ${count}`;
      yield `${name}_sum${braced(labels)} ${sum}`;
      yield `${name}_count${braced(labels)} ${count}`;
    }
  }
}

const UNITS: Readonly<Record<string, string>> = { s: "_seconds", By: "_bytes" };

/** The name of a metric as OpenTelemetry's exporters write it. */
function nameOf(name: string, unit: string | undefined): string {
  return name.replaceAll(".", "_") + (UNITS[unit ?? ""] ?? "");
}

function labelsOf(labels: Labels): string {
  return Object.entries(labels).map(([name, value]) => `${name.replaceAll(".", "_")}="${escaped(`${value}`)}"`).join();
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}
