/** A name as it may stand in a message: quoted, with control characters escaped, not endless. */
export function quote(name: string): string {
  const quoted = JSON.stringify(name);
  return quoted.length > 80 ? `${quoted.slice(0, 77)}…"` : quoted;
}
