/** Telling a failed allocation from other errors: backends and browsers have no type for it, only words. */
const words = /out of memory|memory access|allocat|could not grow|buffer size|too large|larger than/i;

export const looksLikeMemory = (error: unknown): boolean =>
  words.test(error instanceof Error ? error.message : String(error));
