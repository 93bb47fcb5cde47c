/**
 * The devices on which pages are looked at.
 *
 * @module
 */

/** A phone. */
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
/** The smallest phone for which pages are made. */
export const SMALL = { ...PHONE, viewport: { width: 320, height: 568 } };
