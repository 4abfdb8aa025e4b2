/** KaTeX, fetched when the first formula is shown: until then, and where it can't be had, formulas are plain letters. */
type Typesetter = (tex: string, element: HTMLElement, isDisplay: boolean) => void;

/** A word below a symbol is set upright. */
const word = /_\{([a-z]{2,})\}/g;

let typesetter: Typesetter | null = null;
let isAsked = false;
const listeners = new Set<() => void>();

async function load(): Promise<void> {
  const [{ default: katex }] = await Promise.all([import('katex'), import('katex/dist/katex.min.css')]);
  typesetter = (tex, element, isDisplay) =>
    katex.render(tex.replace(word, '_{\\mathrm{$1}}'), element, {
      displayMode: isDisplay,
      throwOnError: false,
      output: 'htmlAndMathml',
    });
  for (const listener of listeners) listener();
}

/** Null until it is there. */
export const currentTypesetter = (): Typesetter | null => typesetter;

export function listenToTypesetter(listener: () => void): () => void {
  if (!isAsked) {
    isAsked = true;
    load().catch(() => {
      // The plain letters stay.
    });
  }
  listeners.add(listener);
  return () => listeners.delete(listener);
}
