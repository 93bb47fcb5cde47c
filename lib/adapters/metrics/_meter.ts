/**
 * The interface to what collects metrics: a `Meter` of OpenTelemetry, or our own for Prometheus.
 *
 * @module
 */

/** The attributes of a value. Their number of combinations must not depend on clients. */
export type Labels = Readonly<Record<string, string | number>>;

/** Options of an instrument. */
export interface InstrumentDetails {
  /** What it measures, in one sentence. */
  readonly description: string;
  /** The unit, as UCUM writes it: `s`, `By`, `{connection}`. */
  readonly unit?: string;
  /** Hints for histograms. */
  readonly advice?: { readonly explicitBucketBoundaries: number[] };
}

/** Receives the value of an instrument that is read when metrics are collected. */
export interface Observer {
  /** Reports the current value. */
  observe(value: number, attributes?: Labels): void;
}

/** An instrument that is read when metrics are collected. */
export interface ObservableInstrument {
  /** Calls `callback` at each collection. */
  addCallback(callback: (observer: Observer) => void): void;
  /** Ends {@linkcode ObservableInstrument.addCallback | addCallback}. */
  removeCallback(callback: (observer: Observer) => void): void;
}

/** The used part of a `Meter` of `@opentelemetry/api`. */
export interface InstrumentMeter {
  /** Creates an instrument for durations. */
  createHistogram(name: string, options?: InstrumentDetails): { record(value: number, attributes?: Labels): void };
  /** Creates an instrument for counts. */
  createCounter(name: string, options?: InstrumentDetails): { add(value: number, attributes?: Labels): void };
  /** Creates an instrument for counts that are known elsewhere. */
  createObservableCounter(name: string, options?: InstrumentDetails): ObservableInstrument;
  /** Creates an instrument for numbers that add up over nodes. */
  createObservableUpDownCounter(name: string, options?: InstrumentDetails): ObservableInstrument;
  /** Creates an instrument for numbers that do not add up, such as delays. */
  createObservableGauge(name: string, options?: InstrumentDetails): ObservableInstrument;
}
