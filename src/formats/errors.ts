/** The message to show for any thrown value. */
export const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * `fetch` of a file beside the page.
 * @throws one sentence where no answer comes; the browser's "Failed to fetch" says neither which file nor what to do
 */
export function fetchBeside(url: string, options?: RequestInit): Promise<Response> {
  return fetch(url, options).catch(() => {
    throw new Error(`${url.split('/').pop()} can’t be loaded: check the connection, then try again.`);
  });
}

/** A file that is not what it should be. The message is one sentence meant for the person who chose the file. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/** A file can't be read now, for want of memory or of a decoder: another time it may be. The message is a sentence for the user. */
export class UnavailableError extends Error {}

/** Of pictures whose pixels can't be read. */
export const damagedImage = () =>
  new FormatError('The image is damaged or cut off: open it in another program and save it again.');

/** A name as it may stand in a message: quoted, with control characters escaped, not endless. */
export function quote(name: string): string {
  const quoted = JSON.stringify(name);
  return quoted.length > 80 ? `${quoted.slice(0, 77)}…"` : quoted;
}
