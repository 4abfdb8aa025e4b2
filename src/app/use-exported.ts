import { useEffect } from 'react';
import { save } from '../features/ui/save.ts';
import { useApp } from '../store/context.ts';

/** Saves what the engine exports, whatever page is on screen by then. */
export function useExported(): void {
  const { engine } = useApp();
  useEffect(
    () =>
      engine.listen((event) => {
        if (event.type === 'models-exported') save(event.name, event.file);
        if (event.type === 'training-exported') save(event.name, event.blob);
      }),
    [engine],
  );
}
