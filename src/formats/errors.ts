/** Errors of foreign files, and the message to show for any thrown value. */
export const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A file that is not what it should be. The message is one sentence meant for the person who chose the file. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}
