/** The message to show for any thrown value. */
export const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A file that is not what it should be. The message is one sentence meant for the person who chose the file. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/** A name as it may stand in a message: quoted, with control characters escaped, not endless. */
export function quote(name: string): string {
  const quoted = JSON.stringify(name);
  return quoted.length > 80 ? `${quoted.slice(0, 77)}…"` : quoted;
}
