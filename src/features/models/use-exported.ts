import { useEffect } from 'react';
import { useApp } from '../../store/context.ts';
import { save } from '../ui/save.ts';

/** Saves what the engine exports, whatever page is on screen by then. */
export function useExported(): void {
  const { engine } = useApp();
  useEffect(() => engine.listen((event) => event.type === 'models-exported' && save(event.name, event.file)), [engine]);
}
