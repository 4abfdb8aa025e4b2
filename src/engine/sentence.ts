/** Whatever was thrown, as what is told of it. */
export const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));
