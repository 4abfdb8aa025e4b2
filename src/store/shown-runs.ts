/** Which runs the charts show, and in which colours: the open one always, and those that are ticked. */

/** As many as there are colours that eyes of every kind tell apart. */
export const mostShown = 8;

export interface Shown {
  readonly run: string;
  /** Its colour: 0 to mostShown − 1; it stays while the run is shown. */
  readonly colour: number;
}

/** The first colour that none of these has. */
export function freeColour(shown: readonly Shown[]): number {
  const taken = new Set(shown.map(({ colour }) => colour));
  return Array.from({ length: mostShown }, (_, colour) => colour).find((colour) => !taken.has(colour)) ?? 0;
}

/** All that are on the charts, the open one first. @param open null: none */
export function shownRuns(ticked: readonly Shown[], open: string | null): readonly Shown[] {
  if (open === null) return ticked;
  const others = ticked.filter(({ run }) => run !== open).slice(0, mostShown - 1);
  const own = ticked.find(({ run }) => run === open) ?? { run: open, colour: freeColour(others) };
  return [own, ...others];
}
