/** Actions of the open page, for the palette: a page tells them while it is on screen, and is asked when the palette opens. */
import { useEffect, useRef } from 'react';

export interface Command {
  /** A verb first: "Fit the whole picture". */
  readonly label: string;
  /** Keys that do the same. */
  readonly keys?: string;
  readonly run: () => void;
}

/** Pages and their parts, in the order in which they came. */
const sources = new Set<() => readonly Command[]>();

/** @param list those that can be run at that moment */
export function useCommands(list: () => readonly Command[]): void {
  const latest = useRef(list);
  latest.current = list;
  useEffect(() => {
    const source = () => latest.current();
    sources.add(source);
    return () => {
      sources.delete(source);
    };
  }, []);
}

/** Those of the page on screen now. */
export const pageCommands = (): readonly Command[] => [...sources].flatMap((list) => list());
