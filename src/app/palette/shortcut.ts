/** Ctrl-K and ⌘K open the palette; its code comes with the first press. */
import { useCallback, useEffect, useState } from 'react';

const isApple = /Mac|iPhone|iPad/.test(globalThis.navigator?.userAgent ?? '');

/** As it stands in tooltips. */
export const commandKeys = isApple ? '⌘K' : 'Ctrl+K';

interface PaletteState {
  readonly isOpen: boolean;
  readonly wasOpened: boolean;
  readonly open: () => void;
  readonly change: (isOpen: boolean) => void;
}

export function usePalette(): PaletteState {
  const [state, setState] = useState({ isOpen: false, wasOpened: false });
  const change = useCallback(
    (isOpen: boolean) => setState(({ wasOpened }) => ({ isOpen, wasOpened: wasOpened || isOpen })),
    [],
  );
  const open = useCallback(() => change(true), [change]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || event.shiftKey || event.altKey) return;
      if (event.ctrlKey === event.metaKey) return;
      // Browsers have a use of their own for it.
      event.preventDefault();
      // A key that is held down would open and close it in turn.
      if (!event.repeat) setState(({ isOpen }) => ({ isOpen: !isOpen, wasOpened: true }));
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
  return { ...state, open, change };
}
